// Binary translation: the guest's user code runs in place as on the road `trap`, its kernel is translated and runs in ring 1 from a cache that
// it can not reach. So the sensitive instructions tell what bare hardware tells.
//
// The VMM's window (trap/window.ts) has the cache. Segments end before it. What the guest's kernel has mapped there or behind is reached one
// instruction at a time: executed in place, with the guest's own segments, and without the window.
//
// The real CR4.UMIP is set, so that SGDT, SIDT, SLDT, STR and SMSW in the guest's ring 3 trap, and tell of the guest's tables too. Ring 3 is still
// lied to by PUSHF and POPF where it has IOPL 3 or runs with IF clear, and by LAR and LSL about segments that were never loaded.
//
// Kernel code that is not translated, but goes one instruction at a time, by the emulator or in place: 16-bit code, code with EFLAGS.TF set, all of it
// while a code breakpoint is set, runs of a few instructions, and all of it for a debugger: while one of its stops is at an address, and where it
// wants the guest's own count of instructions (vcpu.countsExactly). Otherwise the count is of what was executed, the translation's instructions.
//
// Refused beside what trap/deprivileged-road.ts says: kernel code where no memory is, which bare hardware reads as ones.
import * as STATE from "../../../wasm/abi/state.js";
import type { ProcessorEvent } from "../../cpu/event.js";
import { type ExitReason, REASON, reasonOfException } from "../events/exit-reasons.js";
import { exceptionName } from "../events/svm-exit-codes.js";
import type { VcpuExit } from "../exit.js";
import type { GuestMemory } from "../guest-memory.js";
import type { Host } from "../host.js";
import { CR4_UMIP, FLAG_RF, FLAG_T, type VcpuState } from "../state.js";
import { type Decoded, decodedAgain, type Mnemonic } from "../trap/decode.js";
import { DeprivilegedRoad, EMULATED } from "../trap/deprivileged-road.js";
import { BIG } from "../trap/descriptor.js";
import { emulateMove, type Moved } from "../trap/emulate-move.js";
import { GuestException, VECTOR_DB } from "../trap/guest.js";
import { isOpened, type Opened } from "../trap/page-faults.js";
import type { Vcpu } from "../vcpu.js";
import { AREAS, CACHE_PAGES } from "./areas.js";
import { BinaryTranslator, type BtExit } from "./binary-translator.js";
import { CodePages } from "./code-pages.js";
import { Course, LEAST_RUN } from "./course.js";
import { Crossings } from "./crossings.js";
import type { OwnExit } from "./host.js";
import { type BtLayout, TranslatedWorld } from "./translated-world.js";
import type { GuestInstruction } from "./unit.js";

/** What exits to the translator are counted as. */
const OWN_EXITS: Readonly<Record<OwnExit, readonly [reason: ExitReason, action: string]>> = {
  branch: [REASON.TRANSLATE, "find or make the translation, and chain the branch to it"],
  indirect: [REASON.INDIRECT_MISS, "find or make the translation, and enter it where indirect branches look"],
  made: [REASON.INDIRECT_MISS, "find the translation behind the shadow of STI"],
  window: [REASON.CALLOUT, "look whether an interrupt waits"],
  "x87-pointers": [REASON.CALLOUT, "make the x87 unit's pointers the guest's"],
  fetch: [REASON.TRANSLATE, "read code that could not be read before"],
};
const DR6 = STATE.DRS + 48;
const DR7 = STATE.DRS + 56;
/** Instructions that are decoded once for a translation: CR4 does not change what they are. */
const LASTING: ReadonlySet<Mnemonic> = new Set([
  "iret",
  "sysexit",
  "in",
  "out",
  "hlt",
  "clts",
  "invlpg",
  "mov to cr",
  "mov from cr",
  "rdmsr",
  "wrmsr",
  "rdtsc",
]);

export class BtRoad extends DeprivilegedRoad {
  private readonly world: TranslatedWorld;
  private readonly pages: CodePages;
  private translator: BinaryTranslator | undefined;
  /** Of callouts. */
  private readonly decodings = new WeakMap<GuestInstruction, Decoded>();
  /** CS that translations were made for. */
  private code = { base: 0, limit: 0 };
  private readonly crossings: Crossings;
  private readonly course: Course;
  /** Guest EIP of the translated instruction that the exit at hand came from. */
  private translated: number | undefined;

  constructor(host: Host, memory: GuestMemory, vcpu: Vcpu) {
    super(host, memory, vcpu, "bt", { compression: "0/1/3", cr4: CR4_UMIP, window: { areas: AREAS, overKernel: true } });
    this.pages = new CodePages(
      this.guest,
      (page) => this.translator?.cache.dropPage(page),
      (frame) => this.translator?.codeWritten(frame),
    );
    this.world = new TranslatedWorld(host, vcpu, this.guest, this.window, this.inPlace.real, {
      fetch: (eip) => this.pages.fetch(eip),
      left: (why, eip) => this.leftTranslation(why, eip),
      refreshed: (changes) => this.crossings.refreshed(changes),
    });
    this.crossings = new Crossings(host, this.guest, this.window, this.inPlace, this.world);
    const { guest, window, world, inPlace, crossings, faults, recorder } = this;
    this.course = new Course(
      { host, vcpu, guest, window, world, inPlace, crossings, faults, recorder },
      {
        waits: () => this.waits,
        begin: (event) => this.begin(event),
        translator: () => this.translator!,
        prepared: () => this.prepared(),
        decoded: (instruction) => this.decodings.get(instruction),
      },
    );
    memory.onChange(() => {
      this.pages.remapped("all");
      this.crossings.forget();
    });
  }

  /** Where the window is, what of it translated code may write, and where that lies in the host's memory: for audits. */
  get layout(): BtLayout {
    return this.world.layout;
  }

  /** What the translator has done, once it has. */
  get statistics() {
    return this.translator && { ...this.translator.statistics, cache: this.translator.cache.statistics };
  }

  override stateChanged(): void {
    super.stateChanged();
    this.forget();
  }

  private forget(): void {
    this.pages.forget();
    this.crossings.forget();
    this.translator?.flush(this.world.cacheBase, this.world.stateBase);
  }

  protected override watchedStore(hostPage: number, start: number, end: number): void {
    super.watchedStore(hostPage, start, end);
    this.pages.stored(hostPage);
  }

  protected override runGuest(count: number): VcpuExit | undefined {
    this.translated = undefined;
    const { state } = this.vcpu;
    if (state.cpl !== 0) return this.runUser(count);
    // The trap of the instruction before comes first, and nothing is executed.
    if (state.u32(STATE.PENDING_DEBUG)) return this.ended(this.step());
    if (this.isOneByOne) return this.single();
    if ((this.waits && this.isShadowed) || count < LEAST_RUN || !this.isTranslatable) return this.alone("one instruction", this.decode());
    return this.runTranslated(count);
  }

  /** A debugger wants each instruction in its place, or counted. */
  private get isOneByOne(): boolean {
    return this.vcpu.countsExactly || this.vcpu.stops.hasPlaces;
  }

  /** The instruction at hand, which is an exit only if it would be one on `trap`, or lies there. */
  private single(): VcpuExit | undefined {
    const { state, stops } = this.vcpu;
    const decoded = this.decode();
    if (!decoded) return this.ended(this.step());
    if (stops.reaches((state.segment(STATE.CS).base + state.rip) >>> 0)) return undefined;
    return this.emulateAlone(decoded);
  }

  private emulateAlone(decoded: Decoded): VcpuExit | undefined {
    const { vcpu, recorder } = this;
    recorder.begin(this.inPlace.real, () => ({ kind: "callout", name: decoded.mnemonic }));
    vcpu.executed();
    const { state } = vcpu;
    const reached = breakpointsAt(state, (state.segment(STATE.CS).base + state.rip) >>> 0);
    if (!reached || state.flags & FLAG_RF) return this.ended(this.emulate(decoded));
    // SDM 3B "Instruction-Breakpoint Exception Condition": before the instruction is executed.
    recorder.decided(reasonOfException(VECTOR_DB), "emulator", "deliver the guest's code breakpoint through its IDT");
    state.set(DR6, state.u32(DR6) | reached);
    this.delivery.exception(new GuestException(VECTOR_DB));
    return this.ended(undefined);
  }

  /** Code that the translator takes, with nothing going on that has to be served between two instructions. */
  private get isTranslatable(): boolean {
    const { state } = this.vcpu;
    const isBig = (n: number) => (state.segment(n).access & BIG) !== 0;
    return !(state.flags & FLAG_T) && isBig(STATE.CS) && isBig(STATE.SS) && codeBreakpoints(state).length === 0;
  }

  private runUser(count: number): VcpuExit | undefined {
    this.inPlace.enter();
    this.crossings.learn();
    return this.follow(undefined, count);
  }

  private runTranslated(count: number): VcpuExit | undefined {
    const { vcpu, world } = this;
    const translator = this.prepared();
    world.load(count);
    this.crossings.learn();
    translator.flags.value = vcpu.state.flags;
    translator.flags.pending = this.waits;
    return this.follow(vcpu.state.rip, count);
  }

  /** `eip`: in the kernel; undefined: user code. */
  private follow(eip: number | undefined, count: number): VcpuExit | undefined {
    const end = this.course.run(eip, count);
    switch (end.kind) {
      case "user":
        return this.handle(end.exit, end.event);
      case "kernel":
        return this.serve(end.exit);
      case "page-fault":
        this.translated = end.translated;
        return this.ended(isOpened(end.verdict) ? this.step(end.verdict) : this.settle(end.verdict));
      case "again":
        return undefined;
    }
  }

  /** The translator, with all that it was told being so. */
  private prepared(): BinaryTranslator {
    const { world } = this;
    const { base, limit } = this.vcpu.state.segment(STATE.CS);
    this.window.refresh();
    this.translator ??= new BinaryTranslator(world, {
      cacheBase: world.cacheBase,
      cacheSize: CACHE_PAGES * 4096,
      stateBase: world.stateBase,
      nativeSegments: true,
    });
    const { translator, code } = this;
    if (base !== code.base || limit !== code.limit || translator.cache.begin !== world.cacheBase) {
      this.code = { base, limit };
      this.forget();
    }
    return translator;
  }

  /** Translated code was left to the translator. Registers are in the processor still. */
  private leftTranslation(why: OwnExit, eip: number): void {
    const { recorder } = this;
    const [reason, action] = OWN_EXITS[why];
    recorder.begin(this.inPlace.real, () => ({ kind: "translate" }), eip);
    recorder.decided(reason, "translator", action);
    this.vcpu.state.rip = eip;
    recorder.end();
  }

  private serve(exit: BtExit): VcpuExit | undefined {
    const { event } = this.world;
    switch (exit.kind) {
      case "window":
        return undefined;
      case "callout":
        return this.callout(exit.instruction);
      case "fetch": {
        const { vector, error, address } = this.pages.checked(exit.fault);
        this.recorder.begin(this.inPlace.real, () => ({
          kind: "exception",
          vector,
          error,
          ...(address === undefined ? {} : { cr2: address }),
        }));
        this.recorder.decided(REASON.TRUE_FAULT, "translator", `deliver ${exceptionName(vector)} through the guest's IDT`);
        this.delivery.exception(new GuestException(vector, error, address));
        return this.ended(undefined);
      }
      default:
        if (!event) return undefined;
        this.translated = exit.eip;
        return this.handle("event", event);
    }
  }

  private callout(instruction: GuestInstruction): VcpuExit | undefined {
    const { eip, reason } = instruction;
    this.vcpu.counters.count("callouts");
    // The HLT in its place was counted, and it will be.
    this.vcpu.unseen++;
    if (reason === "adaptive") return this.adaptive(eip);
    return this.alone(reason ?? "callout", reason === "invalid" ? undefined : this.decodedOf(instruction));
  }

  /** An instruction is what it was, but for where its operand lies. */
  private decodedOf(instruction: GuestInstruction): Decoded | undefined {
    const known = this.decodings.get(instruction);
    const again = known && decodedAgain(known, this.vcpu.state);
    if (again) return again;
    const decoded = this.decode();
    if (decoded && LASTING.has(decoded.mnemonic)) this.decodings.set(instruction, decoded);
    return decoded;
  }

  /** An instruction that faulted often: a move to or from a traced page or a device is the emulator's, others are the processor's. */
  private adaptive(eip: number): VcpuExit | undefined {
    const decoded = this.decode(true);
    this.recorder.begin(this.inPlace.real, () => ({ kind: "callout", name: decoded?.mnemonic ?? "adaptive" }));
    const moved = decoded && this.move(decoded);
    if (moved) {
      this.translator?.calledOut(eip, moved !== "memory");
      return this.ended(undefined);
    }
    this.recorder.decided(REASON.CALLOUT, "translator", "execute the instruction in place");
    const before = this.openings;
    const exit = this.ended(this.step());
    this.translator?.calledOut(eip, this.openings !== before);
    return exit;
  }

  /** Undefined: nothing is done. */
  private move(decoded: Decoded): Moved | "fault" | undefined {
    const { vcpu, recorder } = this;
    try {
      const moved = emulateMove(this.guest, decoded, vcpu.mmio);
      if (!moved) return undefined;
      vcpu.executed();
      recorder.decided(moved === "device" ? REASON.MMIO : REASON.CALLOUT, "emulator", `emulate ${decoded.mnemonic}, to ${moved}`);
      vcpu.state.set(STATE.SHADOW, 0);
      vcpu.state.flags &= ~FLAG_RF;
      if (moved === "traced") vcpu.counters.count("traces");
      vcpu.counters.count("emulations");
      return moved;
    } catch (raised) {
      if (!(raised instanceof GuestException)) throw raised;
      vcpu.executed();
      recorder.decided(REASON.CALLOUT, "emulator", `emulate ${decoded.mnemonic}, which faults`);
      this.delivery.exception(raised);
      return "fault";
    }
  }

  /** How often an instruction was let through to a traced page or a device. */
  private get openings(): number {
    const { exits } = this.vcpu.counters;
    return exits[REASON.TRACE_FAULT]! + exits[REASON.MMIO]!;
  }

  /** The instruction at hand, by the emulator or in place. */
  private alone(name: string, decoded?: Decoded): VcpuExit | undefined {
    if (decoded) return this.emulateAlone(decoded);
    this.recorder.begin(this.inPlace.real, () => ({ kind: "callout", name }));
    this.recorder.decided(REASON.CALLOUT, "translator", "execute the instruction in place");
    return this.ended(this.step());
  }

  /** Of a segment that was cut off, perhaps: the guest's own is asked. */
  protected override fault(event: ProcessorEvent): VcpuExit | undefined {
    if (this.translated === undefined || !EMULATED.includes(event.vector)) return super.fault(event);
    const decoded = this.decode();
    if (decoded) return this.emulate(decoded);
    this.recorder.decided(reasonOfException(event.vector), "translator", "execute the instruction with the guest's own segments");
    this.translator?.faulted(this.translated);
    return this.step();
  }

  protected override step(opened?: Opened): VcpuExit | undefined {
    const { shadow } = this.guest;
    if (opened && this.translated !== undefined) this.translator?.faulted(this.translated);
    this.translated = undefined;
    shadow.windowHidden = this.vcpu.state.cpl === 0;
    try {
      return super.step(opened);
    } finally {
      shadow.windowHidden = false;
    }
  }

  protected override emulated(decoded: Decoded): void {
    const { mnemonic, reg, memory } = decoded;
    if (mnemonic === "invlpg") this.pages.remapped((this.vcpu.state.segment(memory!.segment).base + memory!.offset) >>> 0);
    else if (mnemonic === "mov to cr" && reg === 3) this.pages.remapped("local");
    else if (mnemonic === "mov to cr" || mnemonic === "wrmsr") this.pages.remapped("all");
  }
}

/** Numbers of the guest's breakpoints that are for the execution of an instruction, and on. SDM 3B "Debug Control Register (DR7)". */
function codeBreakpoints(state: VcpuState): readonly number[] {
  const dr7 = state.u32(DR7);
  return dr7 & 0xff ? [0, 1, 2, 3].filter((n) => (dr7 >>> (2 * n)) & 3 && ((dr7 >>> (16 + 4 * n)) & 3) === 0) : [];
}

/** Bits of DR6 for the code breakpoints at a linear address. */
function breakpointsAt(state: VcpuState, linear: number): number {
  return codeBreakpoints(state).reduce((bits, n) => (state.u32(STATE.DRS + n * 8) === linear ? bits | (1 << n) : bits), 0);
}
