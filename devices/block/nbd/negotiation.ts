// The handshake: a client and we agree on an export. NBD protocol, "Fixed newstyle negotiation", "Option types".
// Not there: TLS, extended headers, and oldstyle negotiation.
import type { Connection } from "./byte-stream.js";
import { findExport, type NbdExport, transmissionFlags } from "./export.js";
import { listContexts, type MetaContext, selectContexts } from "./meta-contexts.js";
import {
  Decoder,
  encode,
  type Field,
  HANDSHAKE,
  INFO,
  LONGEST_NAME,
  MAGIC,
  MOST_PAYLOAD,
  NbdError,
  OPTION,
  OPTION_REPLY,
  utf8,
} from "./protocol.js";

/** Bytes of an option's data that are looked at. */
const LONGEST_OPTION = 1 << 16;
const PREFERRED_BLOCK = 1 << 16;
/** Zeros behind the answer to EXPORT_NAME, unless both sides agreed to leave them out. */
const PADDING = 124;

/** What a client and we have agreed on. */
export interface Agreement {
  readonly offered: NbdExport;
  readonly structured: boolean;
  readonly contexts: readonly MetaContext[];
}

export class Negotiation {
  private noZeroes = false;
  private structured = false;
  /** Selected, for the export of that name. */
  private selected: { readonly name: string; readonly contexts: readonly MetaContext[] } | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly exports: readonly NbdExport[],
  ) {}

  /** Undefined: the client left in good order. Rejects with NbdError. */
  async run(): Promise<Agreement | undefined> {
    const { fixedNewstyle, noZeroes } = HANDSHAKE;
    await this.connection.send(encode(["u64", MAGIC.nbd], ["u64", MAGIC.option], ["u16", fixedNewstyle | noZeroes]));
    const flags = new Decoder(await this.connection.read(new Uint8Array(4))).u32();
    if ((flags & fixedNewstyle) === 0 || flags & ~(fixedNewstyle | noZeroes))
      throw new NbdError(`the client's flags ${flags} are not known`);
    this.noZeroes = (flags & noZeroes) !== 0;
    for (;;) {
      const header = new Decoder(await this.connection.read(new Uint8Array(16)));
      if (header.u64() !== MAGIC.option) throw new NbdError("an option begins with a wrong number");
      const option = header.u32();
      const length = header.u32();
      if (option === OPTION.abort) {
        await this.connection.skip(length);
        // Who aborts need not wait for an answer.
        await this.reply(option, OPTION_REPLY.acknowledge).catch(() => {});
        return undefined;
      }
      const agreement = await this.option(option, length);
      if (agreement) return agreement;
    }
  }

  private async option(option: number, length: number): Promise<Agreement | undefined> {
    if (length > LONGEST_OPTION) {
      await this.connection.skip(length);
      await this.refuse(option, "tooBig", `an option of ${length} bytes is too long`);
      return undefined;
    }
    const data = new Decoder(await this.connection.read(new Uint8Array(length)));
    switch (option) {
      case OPTION.exportName:
        return this.exportName(data);
      case OPTION.list:
        await this.list(data);
        return undefined;
      case OPTION.info:
      case OPTION.go:
        return this.info(option, data);
      case OPTION.structuredReply:
        if (data.remaining > 0) return this.refuse(option, "invalid", "this option has no data");
        this.structured = true;
        await this.reply(option, OPTION_REPLY.acknowledge);
        return undefined;
      case OPTION.listMetaContext:
      case OPTION.setMetaContext:
        await this.metaContext(option, data);
        return undefined;
      default:
        return this.refuse(option, "unsupported", `option ${option} is not known here`);
    }
  }

  private reply(option: number, type: number, ...fields: readonly Field[]): Promise<void> {
    const data = encode(...fields);
    return this.connection.send(encode(["u64", MAGIC.optionReply], ["u32", option], ["u32", type], ["u32", data.length], data));
  }

  private async refuse(option: number, why: "unsupported" | "invalid" | "unknown" | "tooBig", text: string): Promise<undefined> {
    await this.reply(option, OPTION_REPLY[why], text);
  }

  private agreeOn(offered: NbdExport, name: string): Agreement {
    const { structured, selected } = this;
    return { offered, structured, contexts: selected?.name === name ? selected.contexts : [] };
  }

  /** There is no way to say no but to hang up. */
  private async exportName(data: Decoder): Promise<Agreement> {
    const name = data.string(data.remaining);
    const offered = findExport(this.exports, name);
    if (!offered) throw new NbdError("the client asked for an export that there is not");
    const flags = transmissionFlags(offered, this.structured);
    const padding = new Uint8Array(this.noZeroes ? 0 : PADDING);
    await this.connection.send(encode(["u64", offered.image.size], ["u16", flags], padding));
    return this.agreeOn(offered, name);
  }

  private async list(data: Decoder): Promise<void> {
    if (data.remaining > 0) return this.refuse(OPTION.list, "invalid", "this option has no data");
    for (const { name, description } of this.exports) {
      const bytes = utf8(name);
      await this.reply(OPTION.list, OPTION_REPLY.server, ["u32", bytes.length], bytes, utf8(description ?? ""));
    }
    await this.reply(OPTION.list, OPTION_REPLY.acknowledge);
  }

  private async info(option: number, data: Decoder): Promise<Agreement | undefined> {
    const parsed = parseInfo(data);
    if (!parsed) return this.refuse(option, "invalid", "the request's lengths do not fit");
    const offered = findExport(this.exports, parsed.name);
    if (!offered) return this.refuse(option, "unknown", "there is no export of this name");
    const tell = (type: number, ...fields: readonly Field[]) => this.reply(option, OPTION_REPLY.info, ["u16", type], ...fields);
    if (parsed.wanted.has(INFO.name)) await tell(INFO.name, utf8(offered.name));
    if (parsed.wanted.has(INFO.description) && offered.description) await tell(INFO.description, utf8(offered.description));
    await tell(INFO.blockSize, ["u32", 1], ["u32", PREFERRED_BLOCK], ["u32", MOST_PAYLOAD]);
    await tell(INFO.export, ["u64", offered.image.size], ["u16", transmissionFlags(offered, this.structured)]);
    await this.reply(option, OPTION_REPLY.acknowledge);
    return option === OPTION.go ? this.agreeOn(offered, parsed.name) : undefined;
  }

  private async metaContext(option: number, data: Decoder): Promise<void> {
    const parsed = parseMetaContext(data);
    if (option === OPTION.setMetaContext) this.selected = undefined;
    if (!parsed) return this.refuse(option, "invalid", "the request's lengths do not fit");
    if (!this.structured) return this.refuse(option, "invalid", "structured replies have to be agreed on first");
    if (!findExport(this.exports, parsed.name)) return this.refuse(option, "unknown", "there is no export of this name");
    const setting = option === OPTION.setMetaContext;
    const contexts = setting ? selectContexts(parsed.queries) : listContexts(parsed.queries);
    if (setting) this.selected = { name: parsed.name, contexts };
    for (const { id, name } of contexts) await this.reply(option, OPTION_REPLY.metaContext, ["u32", setting ? id : 0], name);
    await this.reply(option, OPTION_REPLY.acknowledge);
  }
}

/** A string with its length before it; undefined if it is longer than what is there, or than a name may be. */
function parseName(data: Decoder): string | undefined {
  if (data.remaining < 4) return undefined;
  const length = data.u32();
  return length <= Math.min(LONGEST_NAME, data.remaining) ? data.string(length) : undefined;
}

function parseInfo(data: Decoder): { readonly name: string; readonly wanted: ReadonlySet<number> } | undefined {
  const name = parseName(data);
  if (name === undefined || data.remaining < 2) return undefined;
  const count = data.u16();
  if (data.remaining !== 2 * count) return undefined;
  return { name, wanted: new Set(Array.from({ length: count }, () => data.u16())) };
}

function parseMetaContext(data: Decoder): { readonly name: string; readonly queries: readonly string[] } | undefined {
  const name = parseName(data);
  if (name === undefined || data.remaining < 4) return undefined;
  const count = data.u32();
  const queries: string[] = [];
  for (let i = 0; i < count; i++) {
    const query = parseName(data);
    if (query === undefined) return undefined;
    queries.push(query);
  }
  return data.remaining === 0 ? { name, queries } : undefined;
}
