// A transcript is what a shell session looks like on the serial line: every line that begins with the prompt is a command to type, and
// all the text is what must come back. It drives the teaching kernel in QEMU and on our own machine alike.

const PROMPT = "ring0> ";
/** Of the paravirtual flavour. */
export const PARAVIRTUAL_PROMPT = "ring1> ";

/** The commands of a transcript, in order. */
export function commandsOf(transcript: string, prompt = PROMPT): string[] {
  return transcript
    .split("\n")
    .filter((line) => line.startsWith(prompt))
    .map((line) => line.slice(prompt.length));
}

/** Types the next command each time the guest shows its prompt. Feed it the guest's output; it returns what to type, if anything. */
export class Typist {
  private received = "";
  private next = 0;

  constructor(
    private readonly commands: readonly string[],
    private readonly prompt = PROMPT,
  ) {}

  /** Output came from the guest: returns text for its input, or "". */
  feed(output: string): string {
    this.received += output.replaceAll("\r", "");
    const command = this.commands[this.next];
    if (command === undefined || !this.received.endsWith(`\n${this.prompt}`)) return "";
    this.next++;
    return `${command}\r`;
  }

  /** Everything received, line ends as in the transcript. */
  get text(): string {
    return this.received;
  }
}
