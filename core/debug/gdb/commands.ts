// What each packet asks for. GDB manual, "Packets", "General Query Packets". A packet that is not known is answered with an empty one, as the
// protocol wants; one that makes no sense with an error.
import { REGISTERS, type RegisterDescription } from "../registers.js";
import { TARGET_DESCRIPTION } from "./description.js";
import { monitor } from "./monitor.js";
import { fromHex, LONGEST_PACKET, parseHex, toHex } from "./packet.js";
import type { GdbServer, Order } from "./server.js";
import { encodeRegister, type PointType, threadOf } from "./stop-reply.js";

const BAD_REQUEST = "E22";
const NO_MEMORY = "E14";
/** Bytes of memory in one reply. */
const MOST_BYTES = (LONGEST_PACKET - 16) / 2;
/** Characters of a monitor command's answer in one packet. */
const OUTPUT_PIECE = 4096;

const latin1 = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

export class Commands {
  constructor(private readonly server: GdbServer) {}

  handle(data: string): void {
    const answer = this.answer(data);
    if (answer !== undefined) this.server.reply(answer);
  }

  /** Undefined: answered already, or later. */
  private answer(data: string): string | undefined {
    const rest = data.slice(1);
    switch (data[0]) {
      case "?":
        this.server.replyStop();
        return undefined;
      case "g":
        return this.allRegisters();
      case "G":
        return this.writeAll(rest);
      case "p":
        return this.readOne(rest);
      case "P":
        return this.writeOne(rest);
      case "m":
        return this.readMemory(rest);
      case "M":
      case "X":
        return this.writeMemory(rest, data[0] === "X");
      case "Z":
      case "z":
        return this.point(rest, data[0] === "Z");
      case "c":
      case "C":
      case "s":
      case "S":
        return this.resume(data);
      case "b":
        return this.backwards(rest);
      case "H":
        return this.selectThread(rest);
      case "T":
        return this.threadNumber(rest) === undefined ? BAD_REQUEST : "OK";
      case "D":
        this.server.reply("OK");
        this.server.detach();
        return undefined;
      case "k":
        this.server.kill();
        return undefined;
      case "v":
        return this.verbose(data);
      case "q":
      case "Q":
        return this.query(data);
      default:
        return "";
    }
  }

  private allRegisters(): string {
    return REGISTERS.map(({ name, bits }) => encodeRegister(this.server.vcpu, name, bits)).join("");
  }

  private writeAll(text: string): string {
    let at = 0;
    let good = true;
    for (const register of REGISTERS) {
      const digits = register.bits / 4;
      // What the debugger leaves out at the end stays.
      if (at + digits > text.length) break;
      good = this.put(register, text.slice(at, at + digits)) && good;
      at += digits;
    }
    return good && at > 0 ? "OK" : BAD_REQUEST;
  }

  private readOne(text: string): string {
    const register = REGISTERS[parseHex(text) ?? -1];
    return register ? encodeRegister(this.server.vcpu, register.name, register.bits) : BAD_REQUEST;
  }

  private writeOne(text: string): string {
    const [number, value] = text.split("=", 2);
    const register = REGISTERS[parseHex(number) ?? -1];
    return register && value?.length === register.bits / 4 && this.put(register, value) ? "OK" : BAD_REQUEST;
  }

  /** A register that keeps its value is no change of the guest. */
  private put({ name }: RegisterDescription, text: string): boolean {
    const bytes = fromHex(text);
    if (!bytes) return false;
    const value = bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    const { vcpu, session } = this.server;
    if (vcpu.read(name) === value) return true;
    let taken = false;
    session.change(() => {
      taken = vcpu.write(name, value);
    });
    return taken;
  }

  private range(text: string | undefined): { address: number; length: number } | undefined {
    const [first, second, ...more] = (text ?? "").split(",");
    const address = parseHex(first);
    const length = parseHex(second);
    return address === undefined || length === undefined || more.length > 0 ? undefined : { address, length };
  }

  private readMemory(text: string): string {
    const range = this.range(text);
    if (!range) return BAD_REQUEST;
    if (range.length === 0) return "";
    const bytes = this.server.vcpu.readMemory(range.address, Math.min(range.length, MOST_BYTES));
    return bytes.length === 0 ? NO_MEMORY : toHex(bytes);
  }

  private writeMemory(text: string, binary: boolean): string {
    const colon = text.indexOf(":");
    const range = this.range(text.slice(0, Math.max(0, colon)));
    const content = text.slice(colon + 1);
    const bytes = binary ? latin1(content) : fromHex(content);
    if (!range || !bytes || bytes.length !== range.length) return BAD_REQUEST;
    if (bytes.length === 0) return "OK";
    const { vcpu, session } = this.server;
    let written = 0;
    session.change(() => {
      written = vcpu.writeMemory(range.address, bytes);
    });
    return written === bytes.length ? "OK" : NO_MEMORY;
  }

  private point(text: string, insert: boolean): string {
    const comma = text.indexOf(",");
    const type = Number(text.slice(0, comma));
    // Conditions and commands, after a semicolon, are gdb's own business: we have not said that we know them.
    const range = this.range(text.slice(comma + 1).split(";", 1)[0]);
    if (comma !== 1 || !range) return BAD_REQUEST;
    if (!(type >= 0 && type <= 4)) return "";
    const { points } = this.server;
    try {
      if (insert) points.insert(type as PointType, range.address, range.length);
      else points.remove(type as PointType, range.address, range.length);
    } catch (error) {
      if (error instanceof RangeError) return `E.${error.message}`;
      throw error;
    }
    return "OK";
  }

  /** c s [address], C S signal[;address]: signals are nothing to a machine. */
  private resume(data: string): string | undefined {
    const withSignal = data[0] === "C" || data[0] === "S";
    const where = withSignal ? data.split(";", 2)[1] : data.slice(1);
    if (where) {
      const eip = parseHex(where);
      if (eip === undefined) return BAD_REQUEST;
      const { vcpu, session } = this.server;
      session.change(() => vcpu.write("eip", BigInt(eip)));
    }
    const step = data[0] === "s" || data[0] === "S";
    return this.start({ kind: step ? "step" : "continue", vcpu: this.server.selectedVcpu });
  }

  private start(order: Order): undefined {
    this.server.order(order);
    return undefined;
  }

  private backwards(which: string): string | undefined {
    const vcpu = this.server.selectedVcpu;
    if (which === "s") return this.start({ kind: "back-step", vcpu });
    return which === "c" ? this.start({ kind: "back-continue", vcpu }) : "";
  }

  /** Number of the vCPU, -1 for all, 0 for any; undefined: there is no such. */
  private threadNumber(text: string): number | undefined {
    if (text === "-1" || text === "0") return -1;
    const id = parseHex(text);
    return id !== undefined && id >= 1 && id <= this.server.session.vcpus.length ? id - 1 : undefined;
  }

  private selectThread(text: string): string {
    const vcpu = this.threadNumber(text.slice(1));
    if (vcpu === undefined) return BAD_REQUEST;
    if (vcpu >= 0) this.server.select(vcpu);
    return "OK";
  }

  private verbose(data: string): string | undefined {
    if (data === "vCont?") return "vCont;c;C;s;S;r";
    if (data.startsWith("vCont;")) return this.vCont(data.slice(6));
    if (!data.startsWith("vKill;")) return "";
    this.server.reply("OK");
    this.server.kill();
    return undefined;
  }

  /** All vCPUs run together: one that steps is the one that counts, and the others run meanwhile. */
  private vCont(text: string): string | undefined {
    let order: Order | undefined;
    for (const action of text.split(";")) {
      const match = /^(c|C[0-9a-f]{2}|s|S[0-9a-f]{2}|r([0-9a-f]+),([0-9a-f]+))(?::(.+))?$/i.exec(action);
      const vcpu = match ? this.threadNumber(match[4] ?? "-1") : undefined;
      if (!match || vcpu === undefined) return BAD_REQUEST;
      const meant = vcpu < 0 ? this.server.selectedVcpu : vcpu;
      const kind = match[1]![0]!.toLowerCase();
      if (kind === "c") order ??= { kind: "continue", vcpu: meant };
      else if (order === undefined || order.kind === "continue") {
        const [start, end] = [parseHex(match[2]), parseHex(match[3])];
        if (kind === "s") order = { kind: "step", vcpu: meant };
        else if (start !== undefined && end !== undefined) order = { kind: "range", vcpu: meant, start, end };
        else return BAD_REQUEST;
      }
    }
    return order ? this.start(order) : BAD_REQUEST;
  }

  private query(data: string): string | undefined {
    const [name, argument = ""] = splitAt(data, data.startsWith("qRcmd") || data.startsWith("qThreadExtraInfo") ? "," : ":");
    switch (name) {
      case "qSupported":
        return this.supported(argument);
      case "QStartNoAckMode":
        this.server.stopAcknowledging();
        return undefined;
      case "qXfer":
        return this.transfer(argument);
      case "qRcmd":
        return this.command(argument);
      case "qAttached":
        return "1";
      case "qC":
        return `QC${threadOf(this.server.selectedVcpu)}`;
      case "qfThreadInfo":
        return `m${this.server.session.vcpus.map((_, n) => threadOf(n)).join(",")}`;
      case "qsThreadInfo":
        return "l";
      case "qThreadExtraInfo": {
        const vcpu = this.threadNumber(argument);
        return vcpu === undefined ? BAD_REQUEST : toHex(latin1(`CPU ${vcpu}`));
      }
      default:
        return "";
    }
  }

  private supported(argument: string): string {
    const theirs = new Set(argument.split(";"));
    this.server.client = { swbreak: theirs.has("swbreak+"), hwbreak: theirs.has("hwbreak+") };
    const ours = [
      "qXfer:features:read+",
      "QStartNoAckMode+",
      "vContSupported+",
      "swbreak+",
      "hwbreak+",
      "ReverseStep+",
      "ReverseContinue+",
    ];
    return `PacketSize=${LONGEST_PACKET.toString(16)};${ours.join(";")}`;
  }

  /** qXfer:features:read:target.xml:offset,length. */
  private transfer(argument: string): string {
    const [object, operation, annex, place] = argument.split(":");
    if (object !== "features" || operation !== "read") return "";
    const range = this.range(place);
    if (annex !== "target.xml") return "E00";
    if (!range) return BAD_REQUEST;
    const piece = TARGET_DESCRIPTION.slice(range.address, range.address + Math.min(range.length, MOST_BYTES));
    return `${range.address + piece.length < TARGET_DESCRIPTION.length ? "m" : "l"}${piece}`;
  }

  private command(argument: string): string {
    const bytes = fromHex(argument);
    if (!bytes) return BAD_REQUEST;
    const { session, vcpu } = this.server;
    const output = monitor(String.fromCharCode(...bytes), vcpu, session);
    for (let at = 0; at < output.length; at += OUTPUT_PIECE) this.server.reply(`O${toHex(latin1(output.slice(at, at + OUTPUT_PIECE)))}`);
    return "OK";
  }
}

/** What comes before the first separator, and what after it. */
function splitAt(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
