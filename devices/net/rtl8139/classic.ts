// The RTL8139's own way to move frames: one receive buffer that is a ring of bytes, four transmit slots.
// RTL8139C(L)+ data sheet, "Receive Status Register in Rx packet header", "TSD0-3", "CAPR", "CBR", "RCR: WRAP". Not modelled: early receive
// and transmit thresholds (a frame is there whole or not at all), multiple early interrupts.

import { HEADER_LENGTH, withFcs, withoutFcs } from "../ethernet.js";
import type { Frame } from "../wire.js";
import type { Match, Rtl8139Chip } from "./chip.js";
import * as R from "./registers.js";

const HEADER = 4;
/** CAPR is so far behind what the driver has read. */
const CAPR_OFFSET = 16;
const SMALLEST_BUFFER = 8192;
const LARGEST_BUFFER = 65536;
const SLOTS = 4;
const LONGEST_SENT = 1792;
const STATUS_OK = 0x0001;
const STATUS: Readonly<Record<Match, number>> = { broadcast: 0x2000, physical: 0x4000, multicast: 0x8000, any: 0 };

export class ClassicRings {
  readonly #chip: Rtl8139Chip;
  /** The slot that is sent next. */
  slot = 0;

  constructor(chip: Rtl8139Chip) {
    this.#chip = chip;
  }

  /** Software reset: the slots are the driver's, the first comes first. */
  reset(): void {
    for (let slot = 0; slot < SLOTS; slot++) this.#chip.registers.set(R.TSD + slot * 4, R.TSD_OWN);
    this.slot = 0;
    this.resetReceiver();
  }

  /** The receiver is switched on: the ring is empty. */
  resetReceiver(): void {
    this.#chip.registers.set(R.CBR, 0);
    this.#chip.registers.set(R.CAPR, R.CAPR_INITIAL);
  }

  /** CR.BUFE: the driver has read everything. */
  get isEmpty(): boolean {
    return this.#free === 0;
  }

  receive(frame: Frame, match: Match): void {
    const { registers, raise } = this.#chip;
    const bytes = withFcs(frame);
    const length = (HEADER + bytes.length + 3) & ~3;
    const free = this.#free;
    // A ring that is quite full would look empty.
    if (free !== 0 && length >= free) {
      this.#overflow();
      return;
    }
    const packet = new Uint8Array(length);
    const view = new DataView(packet.buffer);
    view.setUint16(0, STATUS_OK | STATUS[match], true);
    view.setUint16(2, bytes.length, true);
    packet.set(bytes, HEADER);
    this.#store(packet);
    registers.set(R.CBR, (registers.get(R.CBR) + length) % this.#size);
    raise(R.CAUSE_RX_OK);
  }

  /** Sends the slots that are the chip's, in their order. */
  transmit(): void {
    const { registers, isMaster } = this.#chip;
    if (!isMaster()) return;
    for (let count = 0; count < SLOTS; count++) {
      const at = R.TSD + this.slot * 4;
      if (!registers.has(R.CR, R.CR_TX_ENABLE) || registers.has(at, R.TSD_OWN)) return;
      this.#sendSlot(at);
      this.slot = (this.slot + 1) % SLOTS;
    }
  }

  /** TSAD: OK, aborted and owner of all slots in one word. */
  get summary(): number {
    let value = 0;
    for (let slot = 0; slot < SLOTS; slot++) {
      const status = this.#chip.registers.get(R.TSD + slot * 4);
      value |= (status & R.TSD_OK ? 0x1000 : 0) << slot;
      value |= (status & R.TSD_ABORTED ? 0x10 : 0) << slot;
      value |= (status & R.TSD_OWN ? 0x01 : 0) << slot;
    }
    return value;
  }

  get #size(): number {
    return SMALLEST_BUFFER << ((this.#chip.registers.get(R.RCR) >> R.RCR_SIZE_SHIFT) & 3);
  }

  /** Bytes from where the chip writes to where the driver reads; 0 if the ring is empty. */
  get #free(): number {
    const { registers } = this.#chip;
    const size = this.#size;
    const read = (registers.get(R.CAPR) + CAPR_OFFSET) % size;
    return (size + read - (registers.get(R.CBR) % size)) % size;
  }

  /** Past the ring's end: on behind it if RCR.WRAP says so, at its beginning otherwise. A ring of 64 KiB always goes round. */
  #store(packet: Uint8Array): void {
    const { registers, memory } = this.#chip;
    const size = this.#size;
    const base = registers.get(R.RBSTART);
    const at = registers.get(R.CBR) % size;
    const first = registers.has(R.RCR, R.RCR_NO_WRAP) && size < LARGEST_BUFFER ? packet.length : Math.min(packet.length, size - at);
    memory.write(base + at, packet.subarray(0, first));
    if (first < packet.length) memory.write(base, packet.subarray(first));
  }

  #overflow(): void {
    const { registers, raise, tally } = this.#chip;
    registers.set(R.MPC, Math.min(registers.get(R.MPC) + 1, 0xffffff));
    tally.count("missed");
    raise(R.CAUSE_RX_OVERFLOW);
  }

  #sendSlot(at: number): void {
    const { registers, memory, raise, send, tally } = this.#chip;
    const status = registers.get(at);
    const length = status & R.TSD_SIZE;
    if (length > LONGEST_SENT || length < HEADER_LENGTH) {
      registers.set(at, status | R.TSD_OWN | R.TSD_ABORTED);
      tally.count("failed");
      raise(R.CAUSE_TX_ERROR);
      return;
    }
    const bytes = memory.read(registers.get(at - R.TSD + R.TSAD), length);
    const frame = registers.has(R.TCR, R.TCR_NO_CRC) ? withoutFcs(bytes) : bytes;
    registers.set(at, status | R.TSD_OWN | R.TSD_OK);
    if (frame) send(frame);
    raise(R.CAUSE_TX_OK);
  }
}
