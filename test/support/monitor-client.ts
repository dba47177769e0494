import { connect, type Socket } from "node:net";

const PROMPT = "(ringside) ";

/** Who talks to a machine's monitor by its Unix socket. */
export class MonitorClient {
  private text = "";
  private awake: () => void = () => {};
  private gone = false;

  private constructor(private readonly socket: Socket) {
    socket.setEncoding("utf8");
    socket.on("data", (text) => {
      this.text += text;
      this.awake();
    });
    socket.on("close", () => {
      this.gone = true;
      this.awake();
    });
    // "close" follows.
    socket.on("error", () => {});
  }

  /** When the monitor has greeted. */
  static async open(path: string): Promise<MonitorClient> {
    const client = new MonitorClient(connect(path));
    await client.answer();
    return client;
  }

  /** What the monitor says to a command. */
  ask(line: string): Promise<string> {
    this.socket.write(`${line}\n`);
    return this.answer();
  }

  private async answer(): Promise<string> {
    while (!this.text.endsWith(PROMPT)) {
      if (this.gone) throw new Error(`the monitor has gone; it said: ${this.text}`);
      await new Promise<void>((resolve) => {
        this.awake = resolve;
      });
    }
    const said = this.text.slice(0, -PROMPT.length);
    this.text = "";
    return said;
  }

  close(): void {
    this.socket.destroy();
  }
}
