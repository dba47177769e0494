// Any linear address through a guest's page tables, entry by entry, and what each kind of access would meet. SDM 3A "Paging": none, 32-bit with
// PSE and PSE-36, PAE. Not here: 4-level paging, nested and shadow tables, the A20 gate, what a TLB still holds.

export interface PagingState {
  readonly cr0: number;
  readonly cr3: number;
  readonly cr4: number;
  readonly efer: number;
  readonly eflags: number;
  /** The four PDPTEs that the processor holds: PAE paging does not read them from memory again. */
  readonly pdptes: readonly bigint[];
}

/** 4 or 8 bytes of guest-physical memory. */
export type ReadPhysical = (address: bigint, size: 4 | 8) => bigint;

export interface WalkedEntry {
  readonly level: "PDPTE" | "PDE" | "PTE";
  /** Guest-physical address. Of a PDPTE: where it was loaded from. */
  readonly address: bigint;
  readonly value: bigint;
  readonly bytes: 4 | 8;
  /** Names of the bits that are set, as the manual has them. */
  readonly bits: readonly string[];
}

export interface Walk {
  readonly linear: number;
  readonly mode: "none" | "32-bit" | "PAE";
  readonly entries: readonly WalkedEntry[];
  /** Where it leads, whatever the rights; undefined where the walk ends early. */
  readonly physical: bigint | undefined;
  readonly pageBytes: number | undefined;
  /** Why the walk ends early. */
  readonly broken: "not present" | "reserved bit" | undefined;
  readonly state: PagingState;
}

export interface Access {
  readonly kind: "read" | "write" | "execute";
  readonly user: boolean;
}

export type Verdict =
  | { readonly allowed: true }
  /** Error code of #PF. */
  | { readonly allowed: false; readonly errorCode: number; readonly reason: string };

const CR0_WP = 1 << 16;
const CR0_PG = 0x80000000;
const CR4_PSE = 1 << 4;
const CR4_PAE = 1 << 5;
const CR4_SMEP = 1 << 20;
const CR4_SMAP = 1 << 21;
const EFER_NXE = 1 << 11;
const EFLAGS_AC = 1 << 18;
const P = 1n;
const RW = 2n;
const US = 4n;
const PS = 1n << 7n;
const XD = 1n << 63n;
/** Physical addresses have 36 bits. */
const ABOVE_36 = 0x7fff_fff0_0000_0000n;
const RESERVED_4M = 0x3e0000n;
const RESERVED_2M = 0x1fe000n;
const ERROR_P = 1;
const ERROR_W = 2;
const ERROR_U = 4;
const ERROR_RSVD = 8;
const ERROR_FETCH = 16;

const LOW_BITS = ["P", "R/W", "U/S", "PWT", "PCD", "A", "D", "PS", "G"];

/** Names of the bits that are set in an entry, as the manual has them. */
export function bitNames(value: bigint, level: WalkedEntry["level"]): string[] {
  const names = LOW_BITS.filter((_, bit) => (value >> BigInt(bit)) & 1n).filter(
    (name) => !(level === "PDPTE" && !["P", "PWT", "PCD"].includes(name)),
  );
  const named = level === "PTE" ? names.map((name) => (name === "PS" ? "PAT" : name)) : names;
  return value & XD ? [...named, "XD"] : named;
}

/** What entries of one walk have in common. */
class Walker {
  readonly entries: WalkedEntry[] = [];

  constructor(
    private readonly linear: number,
    private readonly mode: "32-bit" | "PAE",
    private readonly state: PagingState,
    private readonly read: ReadPhysical,
  ) {}

  add(level: WalkedEntry["level"], address: bigint, value?: bigint): bigint {
    const bytes = this.mode === "PAE" ? 8 : 4;
    const raw = value ?? this.read(address, bytes);
    this.entries.push({ level, address, value: raw, bytes, bits: bitNames(raw, level) });
    return raw;
  }

  broken(broken: "not present" | "reserved bit"): Walk {
    const { linear, mode, entries, state } = this;
    return { linear, mode, entries, physical: undefined, pageBytes: undefined, broken, state };
  }

  page(frame: bigint, pageBytes: number): Walk {
    const { linear, mode, entries, state } = this;
    const physical = frame | BigInt(linear & (pageBytes - 1));
    return { linear, mode, entries, physical, pageBytes, broken: undefined, state };
  }
}

function walk32(linear: number, state: PagingState, read: ReadPhysical): Walk {
  const walker = new Walker(linear, "32-bit", state, read);
  const pde = walker.add("PDE", BigInt((((state.cr3 & ~0xfff) >>> 0) + (linear >>> 22) * 4) >>> 0));
  if (!(pde & P)) return walker.broken("not present");
  if (pde & PS && state.cr4 & CR4_PSE) {
    if (pde & RESERVED_4M) return walker.broken("reserved bit");
    return walker.page((pde & 0xffc00000n) | (((pde >> 13n) & 15n) << 32n), 1 << 22);
  }
  const pte = walker.add("PTE", (pde & 0xfffff000n) + BigInt(((linear >>> 12) & 0x3ff) * 4));
  return pte & P ? walker.page(pte & 0xfffff000n, 4096) : walker.broken("not present");
}

function walkPae(linear: number, state: PagingState, read: ReadPhysical): Walk {
  const walker = new Walker(linear, "PAE", state, read);
  const reserved = state.efer & EFER_NXE ? ABOVE_36 : ABOVE_36 | XD;
  const quarter = linear >>> 30;
  const pdpte = walker.add("PDPTE", BigInt(((state.cr3 & ~31) >>> 0) + quarter * 8), state.pdptes[quarter]!);
  if (!(pdpte & P)) return walker.broken("not present");
  const pde = walker.add("PDE", (pdpte & 0xffffff000n) + BigInt(((linear >>> 21) & 0x1ff) * 8));
  if (!(pde & P)) return walker.broken("not present");
  if (pde & reserved) return walker.broken("reserved bit");
  if (pde & PS) return pde & RESERVED_2M ? walker.broken("reserved bit") : walker.page(pde & 0xfffe00000n, 1 << 21);
  const pte = walker.add("PTE", (pde & 0xffffff000n) + BigInt(((linear >>> 12) & 0x1ff) * 8));
  if (!(pte & P)) return walker.broken("not present");
  return pte & reserved ? walker.broken("reserved bit") : walker.page(pte & 0xffffff000n, 4096);
}

/** Follow a linear address. Changes nothing. */
export function walkPages(linear: number, state: PagingState, read: ReadPhysical): Walk {
  if (!(state.cr0 & CR0_PG)) {
    return { linear, mode: "none", entries: [], physical: BigInt(linear), pageBytes: undefined, broken: undefined, state };
  }
  return state.cr4 & CR4_PAE ? walkPae(linear, state, read) : walk32(linear, state, read);
}

/** What an explicit access meets at the end of a walk. SDM 3A "Determination of Access Rights", "Page-Fault Exceptions". */
export function verdictOf(walk: Walk, access: Access): Verdict {
  const { state } = walk;
  const fault = (bits: number, reason: string): Verdict => {
    const fetchTold = (state.efer & EFER_NXE && state.cr4 & CR4_PAE) || state.cr4 & CR4_SMEP;
    const fetch = access.kind === "execute" && fetchTold ? ERROR_FETCH : 0;
    return { allowed: false, errorCode: bits | (access.kind === "write" ? ERROR_W : 0) | (access.user ? ERROR_U : 0) | fetch, reason };
  };
  if (walk.mode === "none") return { allowed: true };
  const last = walk.entries.at(-1)!.level;
  if (walk.broken === "not present") return fault(0, `P is clear in the ${last}`);
  if (walk.broken === "reserved bit") return fault(ERROR_P | ERROR_RSVD, `a reserved bit is set in the ${last}`);
  const refused = refusal(walk, access);
  return refused === undefined ? { allowed: true } : fault(ERROR_P, refused);
}

/** Rights are those of all levels together; PDPTEs have none. */
function refusal({ entries, state }: Walk, { kind, user }: Access): string | undefined {
  const rights = entries.filter(({ level }) => level !== "PDPTE");
  const withoutUser = rights.find(({ value }) => !(value & US));
  const readOnly = rights.find(({ value }) => !(value & RW));
  const noExecute = rights.find(({ value }) => value & XD);
  if (user && withoutUser) return `U/S is clear in the ${withoutUser.level}: a page of the supervisor`;
  if (kind === "execute" && noExecute) return `XD is set in the ${noExecute.level}`;
  if (!user && !withoutUser) {
    if (kind === "execute" && state.cr4 & CR4_SMEP) return "CR4.SMEP: the supervisor does not execute a user's page";
    if (kind !== "execute" && state.cr4 & CR4_SMAP && !(state.eflags & EFLAGS_AC))
      return "CR4.SMAP: the supervisor does not touch a user's page while EFLAGS.AC is clear";
  }
  if (kind !== "write" || !readOnly || (!user && !(state.cr0 & CR0_WP))) return undefined;
  return `R/W is clear in the ${readOnly.level}${user ? "" : ", and CR0.WP is set"}`;
}
