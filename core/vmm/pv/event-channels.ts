// Event channels: what interrupts are to a paravirtual guest. A source is bound to a port; an event sets the port's bit in the
// shared-information page. The guest can write to that page at any time: what it breaks there is its own affair, and nothing here relies on it.
// Not here: ports that lead to other guests.

import {
  ERROR_RANGE,
  ERROR_STATE,
  PORTS,
  type PvError,
  SHARED_ENABLED,
  SHARED_PENDING,
  SHARED_PORTS_MASKED,
  SHARED_PORTS_PENDING,
  SHARED_SELECTOR,
  SOURCE_SELF,
  SOURCES,
} from "./abi.js";

export class EventChannels {
  /** Port by source. */
  private readonly ports = new Map<number, number>();

  /** `shared`: the shared-information page. */
  constructor(private readonly shared: DataView) {}

  /** Give a source the lowest free port, or tell the one it has. */
  bind(source: number): number | PvError {
    if (!Number.isInteger(source) || source < 0 || source >= SOURCES) return ERROR_RANGE;
    const used = new Set(this.ports.values());
    let port = this.ports.get(source) ?? 0;
    while (!this.ports.has(source) && used.has(port)) port++;
    this.ports.set(source, port);
    return port;
  }

  /** What was pending on the port is forgotten. */
  close(port: number): PvError | undefined {
    const source = this.sourceOf(port);
    if (source === undefined) return ERROR_RANGE;
    this.ports.delete(source);
    this.setBit(SHARED_PORTS_PENDING, port, false);
    return undefined;
  }

  /** Something happened. False: the guest does not want to know. */
  raise(source: number): boolean {
    const port = this.ports.get(source);
    if (port !== undefined) this.setPending(port);
    return port !== undefined;
  }

  /** EVENT_SEND: the guest's own event. */
  send(port: number): PvError | undefined {
    if (this.sourceOf(port) === undefined) return ERROR_RANGE;
    if (this.sourceOf(port) !== SOURCE_SELF) return ERROR_STATE;
    this.setPending(port);
    return undefined;
  }

  /** Clear the mask of a port; what was pending meanwhile shows. */
  unmask(port: number): PvError | undefined {
    if (this.sourceOf(port) === undefined) return ERROR_RANGE;
    this.setBit(SHARED_PORTS_MASKED, port, false);
    if (this.bit(SHARED_PORTS_PENDING, port)) this.announce(port);
    return undefined;
  }

  /** The guest's callback is due. */
  get deliverable(): boolean {
    return (this.shared.getUint8(SHARED_ENABLED) & this.shared.getUint8(SHARED_PENDING) & 1) !== 0;
  }

  save(): readonly (readonly [source: number, port: number])[] {
    return [...this.ports];
  }

  /** Bindings of save(). False, with nothing changed, if they are none. */
  load(bindings: readonly (readonly [source: number, port: number])[]): boolean {
    const isPort = (port: number) => Number.isInteger(port) && port >= 0 && port < PORTS;
    const sources = new Set(bindings.map(([source]) => source));
    const ports = new Set(bindings.map(([, port]) => port));
    if (sources.size < bindings.length || ports.size < bindings.length) return false;
    if (!bindings.every(([source, port]) => source >= 0 && source < SOURCES && Number.isInteger(source) && isPort(port))) return false;
    this.ports.clear();
    for (const [source, port] of bindings) this.ports.set(source, port);
    return true;
  }

  private sourceOf(port: number): number | undefined {
    for (const [source, bound] of this.ports) if (bound === port) return source;
    return undefined;
  }

  private setPending(port: number): void {
    this.setBit(SHARED_PORTS_PENDING, port, true);
    if (!this.bit(SHARED_PORTS_MASKED, port)) this.announce(port);
  }

  private announce(port: number): void {
    const selector = this.shared.getUint32(SHARED_SELECTOR, true);
    this.shared.setUint32(SHARED_SELECTOR, selector | (1 << (port >>> 5)), true);
    this.shared.setUint8(SHARED_PENDING, 1);
  }

  private bit(array: number, port: number): boolean {
    return ((this.shared.getUint8(array + (port >>> 3)) >>> (port & 7)) & 1) !== 0;
  }

  private setBit(array: number, port: number, on: boolean): void {
    const at = array + (port >>> 3);
    const bit = 1 << (port & 7);
    const byte = this.shared.getUint8(at);
    this.shared.setUint8(at, on ? byte | bit : byte & ~bit);
  }
}
