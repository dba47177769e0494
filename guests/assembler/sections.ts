// Sections of a flat binary and where they lie: NASM's `bin` format.

import type { SectionBase } from "./value.js";

export interface SectionAttributes {
  /** Address in the file (less `org`). */
  start?: bigint;
  /** Address the code is written for. */
  vstart?: bigint;
  align?: bigint;
  valign?: bigint;
  follows?: string;
  vfollows?: string;
  /** Takes no room in the file. */
  nobits?: boolean;
}

/** Bytes of a section, growing. */
class ByteBuffer {
  private bytes = new Uint8Array(256);
  length = 0;

  append(data: ArrayLike<number>, times = 1): void {
    this.reserve(data.length * times);
    for (let i = 0; i < times; i++) {
      this.bytes.set(data, this.length);
      this.length += data.length;
    }
  }

  /** Zeros. */
  skip(count: number): void {
    this.reserve(count);
    this.length += count;
  }

  private reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    larger.set(this.bytes);
    this.bytes = larger;
  }

  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

export class Section implements SectionBase {
  base = 0n;
  /** Address of its place in the file. */
  start = 0n;
  attributes: SectionAttributes = {};
  contents = new ByteBuffer();

  constructor(readonly name: string) {
    this.attributes.nobits = name === ".bss";
  }

  get nobits(): boolean {
    return this.attributes.nobits === true;
  }

  get size(): bigint {
    return BigInt(this.contents.length);
  }

  /** Begin a pass: what is known of its place stays. */
  clear(): void {
    this.contents = new ByteBuffer();
    this.attributes = { nobits: this.name === ".bss" };
  }
}

export class LayoutProblem extends Error {}

const DEFAULT_ALIGN = 4n;

function alignUp(n: bigint, align: bigint): bigint {
  return ((n + align - 1n) / align) * align;
}

/** Give every section its place in the file and in memory; true if something moved. */
export function layOut(sections: readonly Section[], origin: bigint): boolean {
  const before = sections.map((s) => [s.start, s.base] as const);
  const loaded = inFileOrder(sections.filter((s) => !s.nobits));
  let position = origin;
  for (const [i, section] of loaded.entries()) {
    const { start, align } = section.attributes;
    section.start = start ?? alignUp(position, i === 0 ? 1n : (align ?? DEFAULT_ALIGN));
    if (section.start < position) throw new LayoutProblem(`section ${section.name} starts inside the section before it`);
    position = section.start + section.size;
    section.base = virtualStart(section, sections) ?? section.start;
  }
  const last = loaded.at(-1);
  let end = last === undefined ? origin : last.base + last.size;
  for (const section of sections.filter((s) => s.nobits)) {
    const { start, align } = section.attributes;
    section.start = start ?? alignUp(end, align ?? DEFAULT_ALIGN);
    section.base = virtualStart(section, sections) ?? section.start;
    end = section.base + section.size;
  }
  return sections.some((s, i) => s.start !== before[i]![0] || s.base !== before[i]![1]);
}

function virtualStart(section: Section, sections: readonly Section[]): bigint | undefined {
  const { vstart, valign, vfollows } = section.attributes;
  if (vstart !== undefined) return vstart;
  if (vfollows !== undefined) {
    const before = find(sections, vfollows, section);
    return alignUp(before.base + before.size, valign ?? DEFAULT_ALIGN);
  }
  return valign === undefined ? undefined : alignUp(section.start, valign);
}

function find(sections: readonly Section[], name: string, from: Section): Section {
  const found = sections.find((s) => s.name === name);
  if (found === undefined) throw new LayoutProblem(`section ${from.name} follows ${name}, which does not exist`);
  return found;
}

/** By fixed start, then each after the one it follows, otherwise in order of appearance. */
function inFileOrder(sections: readonly Section[]): readonly Section[] {
  const order = sections.filter((s) => s.attributes.follows === undefined && s.attributes.start === undefined);
  const fixed = sections
    .filter((s) => s.attributes.start !== undefined)
    .sort((a, b) => (a.attributes.start! < b.attributes.start! ? -1 : 1));
  order.push(...fixed);
  for (const section of sections.filter((s) => s.attributes.follows !== undefined && s.attributes.start === undefined)) {
    const after = order.indexOf(find(sections, section.attributes.follows!, section));
    order.splice(after < 0 ? order.length : after + 1, 0, section);
  }
  return order;
}

/** The file: sections at their places, zeros between. */
export function flatten(sections: readonly Section[], origin: bigint): Uint8Array {
  const loaded = sections.filter((s) => !s.nobits && s.size > 0n);
  const ends = loaded.map((s) => Number(s.start + s.size - origin));
  const out = new Uint8Array(Math.max(0, ...ends));
  for (const section of loaded) out.set(section.contents.view(), Number(section.start - origin));
  return out;
}
