/**
 * The one stream of exits of a VM. The VMM counts always and builds records only while somebody listens:
 *
 *   counters.exit(reason);
 *   const exit = stream.begin(...);          // undefined while nobody listens
 *   exit?.read("EXITINFO1", info);           // then neither the call nor its arguments happen
 *   exit?.end({ action: "...", newEip });
 *
 * Listeners are called in the order of their subscription, inside the VMM: they must not run the guest. What one of them throws reaches whoever
 * runs the VMM, after the others have been called.
 */
import type { CounterMark, Counters } from "./counters.js";
import type { ExitReason } from "./exit-reasons.js";
import type { Cause, CodeLocation, ExitRecord, FieldAccess, InjectedEvent, PrivilegeView, TlbEffect, Translation } from "./record.js";
import type { RoadName } from "./road-name.js";

export type ExitListener = (record: ExitRecord) => void;

/** What is known when the guest has been left. */
export interface ExitBeginning {
  readonly vcpu: number;
  readonly instructions: bigint;
  readonly road: RoadName;
  readonly intervened: string;
  readonly reason: ExitReason;
  readonly at: CodeLocation;
  readonly privilege: PrivilegeView;
  readonly cause: Cause;
}

/** What is known when the guest goes on. */
export interface ExitEnd {
  readonly action: string;
  readonly newEip: number;
  readonly injected?: InjectedEvent;
  /** Default: kept. */
  readonly tlb?: TlbEffect;
  /** Who did the work, where only the work has told. */
  readonly intervened?: string;
  /** As `intervened`: a page fault's kind is known when its translation is. The caller counts the same one. */
  readonly reason?: ExitReason;
}

/** An exit on its way. */
export class OpenExit {
  private readonly fields: FieldAccess[] = [];
  private readonly translations: Translation[] = [];

  constructor(
    private readonly stream: EventStream,
    private readonly beginning: ExitBeginning,
    private readonly mark: CounterMark,
  ) {}

  read(name: string, value: bigint): void {
    this.fields.push({ name, value });
  }

  write(name: string, before: bigint, value: bigint): void {
    this.fields.push({ name, before, value });
  }

  translated(translation: Translation): void {
    this.translations.push(translation);
  }

  /** The record goes out. Everything that the exit counts has been counted by now. */
  end(end: ExitEnd): void {
    this.stream.publish(this.mark, { ...this.beginning, fields: this.fields, translations: this.translations, tlb: "kept", ...end });
  }
}

export class EventStream {
  private listeners: readonly ExitListener[] = [];
  private sequence = 0;

  /** `vm`: its name. `counters`: those that the VMM counts this VM's exits with. */
  constructor(
    private readonly vm: string,
    private readonly counters: Counters,
  ) {}

  get listening(): boolean {
    return this.listeners.length > 0;
  }

  /** Returns what ends the subscription. */
  subscribe(listener: ExitListener): () => void {
    const own: ExitListener = (record) => listener(record);
    this.listeners = [...this.listeners, own];
    return () => {
      this.listeners = this.listeners.filter((other) => other !== own);
    };
  }

  /** Call it before the exit is counted. What builds the beginning is called only while somebody listens. */
  begin(beginning: () => ExitBeginning): OpenExit | undefined {
    return this.listening ? new OpenExit(this, beginning(), this.counters.mark()) : undefined;
  }

  /** For OpenExit. */
  publish(mark: CounterMark, parts: Omit<ExitRecord, "sequence" | "vm" | "counts" | "ofThisReason" | "ofAnyReason">): void {
    const { exits } = this.counters;
    const record: ExitRecord = {
      ...parts,
      sequence: ++this.sequence,
      vm: this.vm,
      counts: this.counters.since(mark),
      ofThisReason: exits[parts.reason] ?? 0,
      ofAnyReason: exits.reduce((sum, count) => sum + count, 0),
    };
    const failures: unknown[] = [];
    for (const listener of this.listeners) {
      try {
        listener(record);
      } catch (failure) {
        failures.push(failure);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
