// The decoder's tables: the rows as a tree of opcode bytes, prefixes and ModRM fields (nodes), with what is to be done at its leaves.
import * as K from "../../../wasm/abi/operand-kind.js";
import type { InstructionRow } from "../row.js";
import { hotClass } from "./hot-class.js";
import { type Opcode, parseOpcode, RowError } from "./opcode.js";
import { operandKinds, sizeRule } from "./operands.js";

/** Where an exec function is exported, and whether it is generic in the operand size. */
export interface ExecSource {
  readonly module: string;
  readonly generic: boolean;
}

export interface DecodeTables {
  /** 4 x 256 root nodes, then the nodes of the splits. */
  readonly nodes: readonly number[];
  readonly leaves: readonly number[];
  /** Function names in EXECS order, as they are called in the generated file. */
  readonly execs: readonly { name: string; source: string; type: string | undefined }[];
  /** exec names that no AssemblyScript file exports. */
  readonly missing: readonly string[];
}

interface Candidate {
  readonly row: InstructionRow;
  readonly op: Opcode;
  readonly leaf: number;
}

type Fixed = { mode?: number; mod?: number; reg?: number; rm?: number; prefix?: number };

const TYPES = ["u8", "u16", "u32", "u64"] as const;

class Builder {
  readonly nodes: number[] = new Array(1024).fill(0);
  readonly leaves: number[] = [];
  /** Index 0 is what an undefined opcode executes. */
  readonly execs: { name: string; source: string; type: string | undefined }[] = [
    { name: "undefinedOpcode", source: "undefinedOpcode", type: undefined },
  ];
  readonly missing = new Set<string>();
  private readonly execIndex = new Map<string, number>();

  constructor(private readonly sources: ReadonlyMap<string, ExecSource>) {}

  private exec(row: InstructionRow, type: string | undefined): number {
    const base = row.exec.replace("<T>", "");
    const source = this.sources.get(base);
    if (!source) {
      this.missing.add(row.exec);
      return 0;
    }
    if (source.generic !== row.exec.endsWith("<T>")) throw new RowError(row, `exec ${row.exec} disagrees with its definition about <T>`);
    const name = type ? `${base}_${type}` : base;
    let index = this.execIndex.get(name);
    if (index === undefined) {
      index = this.execs.push({ name, source: base, type }) - 1;
      this.execIndex.set(name, index);
    }
    return index;
  }

  /** One leaf: see abi/operand-kind.ts and cpu/decode.ts. */
  addLeaf(row: InstructionRow, op: Opcode): number {
    const kinds = operandKinds(row);
    const rule = sizeRule(row);
    const condition = /^(jcc|setcc|cmovcc)/i.test(row.exec);
    const flags =
      (op.hasModrm ? K.LEAF_MODRM : 0) |
      (row.ends ? K.LEAF_ENDS : 0) |
      (row.lock ? K.LEAF_LOCK : 0) |
      (row.default64 ? K.LEAF_DEFAULT64 : 0) |
      (condition ? K.LEAF_CONDITION : 0) |
      (row.rep && !row.privilege ? K.LEAF_STRING : 0) |
      (op.ignoresMod ? K.LEAF_IGNORES_MOD : 0) |
      (op.map === 0 && op.byte >= 0xd8 && op.byte <= 0xdf ? K.LEAF_X87 : 0);
    const execs = TYPES.map((type, log) => {
      if (!row.exec.endsWith("<T>")) return this.exec(row, undefined);
      const sizes = rule === K.SIZE_OPERAND ? [1, 2, 3] : rule === K.SIZE_Y ? [2, 3] : [Math.log2(rule)];
      return sizes.includes(log) ? this.exec(row, type) : 0;
    });
    this.leaves.push(kinds.dst, kinds.src, kinds.third, rule, flags, hotClass(row), 0, 0);
    for (const e of execs) this.leaves.push(e & 0xff, e >> 8);
    return this.leaves.length / K.LEAF_SIZE;
  }

  private split(kind: number, count: number, child: (i: number) => number): number {
    const children = Array.from({ length: count }, (_, i) => child(i));
    const index = this.nodes.length;
    this.nodes.push(...children);
    if (index >= 8192) throw new Error("decode tables: too many nodes for 13 bits");
    return (kind << 13) | index;
  }

  /** Split on the first dimension that some row constrains; then the most specific row wins. */
  build(rows: readonly Candidate[], fixed: Fixed): number {
    if (rows.length === 0) return 0;
    const narrow = (key: keyof Fixed, value: number, test: (c: Candidate) => boolean) =>
      this.build(rows.filter(test), { ...fixed, [key]: value });
    if (fixed.mode === undefined && rows.some((c) => c.row.mode))
      return this.split(K.NODE_MODE, 2, (i) => narrow("mode", i, (c) => !c.row.mode || (c.row.mode === "64") === (i === 1)));
    if (fixed.mod === undefined && rows.some((c) => c.op.rm))
      return this.split(K.NODE_MOD, 2, (i) => narrow("mod", i, (c) => !c.op.rm || (c.op.rm === "reg") === (i === 1)));
    if (fixed.reg === undefined && rows.some((c) => c.op.reg !== undefined || c.op.modrm !== undefined))
      return this.split(K.NODE_REG, 8, (i) =>
        narrow("reg", i, (c) => (c.op.modrm === undefined ? (c.op.reg ?? i) : (c.op.modrm >> 3) & 7) === i),
      );
    if (fixed.rm === undefined && rows.some((c) => c.op.modrm !== undefined))
      return this.split(K.NODE_RM, 8, (i) => narrow("rm", i, (c) => c.op.modrm === undefined || (c.op.modrm & 7) === i));
    if (fixed.prefix === undefined && rows.some((c) => c.op.prefix !== undefined))
      return this.split(K.NODE_PREFIX, 4, (i) => {
        const exact = rows.filter((c) => c.op.prefix === i);
        return this.build(exact.length > 0 ? exact : rows.filter((c) => c.op.prefix === undefined), { ...fixed, prefix: i });
      });
    return this.pick(rows);
  }

  private pick(rows: readonly Candidate[]): number {
    const weight = ({ op, row }: Candidate) =>
      (op.modrm !== undefined ? 8 : 0) + (op.reg !== undefined ? 4 : 0) + (op.rm ? 2 : 0) + (row.mode ? 1 : 0) + (op.plusReg ? 0 : 0.5);
    const sorted = [...rows].sort((a, b) => weight(b) - weight(a));
    const [best, second] = sorted;
    if (second && weight(best!) === weight(second))
      throw new RowError(second.row, `collides with ${best!.row.mnemonic} ${best!.row.operands}`);
    return best!.leaf;
  }
}

/** Compile rows to the arrays that wasm/cpu/decode.ts walks. */
export function buildDecodeTables(rows: readonly InstructionRow[], sources: ReadonlyMap<string, ExecSource>): DecodeTables {
  const builder = new Builder(sources);
  const roots = new Map<number, Candidate[]>();
  for (const row of rows) {
    const op = parseOpcode(row);
    const candidate = { row, op, leaf: builder.addLeaf(row, op) };
    for (let i = 0; i < (op.plusReg ? 8 : 1); i++) {
      const root = op.map * 256 + op.byte + i;
      roots.set(root, [...(roots.get(root) ?? []), candidate]);
    }
  }
  for (const [root, candidates] of roots) builder.nodes[root] = builder.build(candidates, {});
  return { nodes: builder.nodes, leaves: builder.leaves, execs: builder.execs, missing: [...builder.missing].sort() };
}
