/**
 * Handlers that execute two instructions in a row. A dispatch that the host mispredicts costs as much as three instructions, and where code
 * is not hot most are mispredicted: so pairs are what saves time there. Which ones pay was counted over boots and shells of Linux.
 * The second micro-op keeps its own handler: who jumps to it executes it alone.
 */
import { HotCode } from "./hot-code.js";
import { comparison, type Handler, singleHandlers } from "./hot-handlers.js";

export interface Pair extends Handler {
  /** Name of the handler that does its first half. */
  readonly first: string;
  /** Names of the handlers it stands for. */
  readonly firsts: readonly string[];
  readonly seconds: readonly string[];
}

const FIRST = new HotCode(0);
const SECOND = new HotCode(32);

/** Tests of jumps fused with CMP, on `a`, `b` (unsigned) and r = a - b, by the number of the condition. S stands for the signed type. */
const COMPARE: Readonly<Record<number, string>> = {
  2: "a < b",
  3: "a >= b",
  4: "a == b",
  5: "a != b",
  6: "a <= b",
  7: "a > b",
  8: "<S>r < 0",
  9: "<S>r >= 0",
  12: "<S>a < <S>b",
  13: "<S>a >= <S>b",
  14: "<S>a <= <S>b",
  15: "<S>a > <S>b",
};
/** The same for TEST, with r = a & b. */
const TEST: Readonly<Record<number, string>> = {
  4: "r == 0",
  5: "r != 0",
  8: "<S>r < 0",
  9: "<S>r >= 0",
  14: "<S>r <= 0",
  15: "<S>r > 0",
};

/** Which conditional jumps are fused with which comparisons. */
const FUSED: readonly { comparisons: readonly string[]; conditions: readonly number[] }[] = [
  { comparisons: ["CMP_RR", "CMP_RI", "CMP_RM"], conditions: [2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 14, 15] },
  { comparisons: ["CMP_MR", "CMP_MI"], conditions: [2, 3, 4, 5, 6, 7, 14, 15] },
  { comparisons: ["TEST_RR", "TEST_RI"], conditions: [4, 5, 8, 9, 14, 15] },
  { comparisons: ["CMP8_RR", "CMP8_RI", "CMP8_RM", "CMP8_MI"], conditions: [2, 3, 4, 5, 6, 7] },
  { comparisons: ["TEST8_RR", "TEST8_RI", "TEST8_MI"], conditions: [4, 5, 8, 9] },
];

function fused(name: string, condition: number): Pair {
  const test = (name.startsWith("TEST") ? TEST : COMPARE)[condition]!.replaceAll("<S>", name.includes("8") ? "<i8>" : "<i32>");
  return {
    name: `${name}_J${condition}`,
    body: `${comparison(FIRST, name)} if (${test}) { ${SECOND.jump} }`,
    first: name,
    firsts: [name],
    seconds: [`JCC_${condition}`],
  };
}

/**
 * Handlers that are all the same: a register becomes the sum of another and a constant. select-hot.ts gives MOV_RR and MOV_RI the fields
 * of LEA_B, which executes for all three.
 */
const CLASSES: Readonly<Record<string, { members: readonly string[]; executes: string }>> = {
  SUM: { members: ["MOV_RR", "MOV_RI", "LEA_B"], executes: "LEA_B" },
};

/** First and second instruction, in the order of what they save. */
const PAIRS: readonly (readonly [string, string])[] = [
  ["SUM", "PUSH_R"],
  ["POP_R", "POP_R"],
  ["MOV_BR", "MOV_RB"],
  ["MOV_RB", "MOV_RB"],
  ["SUM", "SUM"],
  ["PUSH_R", "PUSH_R"],
  ["MOV_RB", "MOV_BR"],
  ["POP_R", "RET"],
  ["PUSH_R", "SUM"],
  ["MOV_RB", "SUM"],
  ["SUM", "CALL"],
  ["SUM", "MOV_RB"],
  ["MOV_BR", "SUM"],
  ["MOV_BR", "MOV_BR"],
  ["XOR_RR", "SUM"],
  ["ADD_RR", "XOR_RR"],
  ["XOR_RR", "MOV_BR"],
  ["ADD_RR", "MOV_RB"],
  ["MOV_RB", "ADD_RR"],
  ["MOV_BR", "XOR_RR"],
  ["SUM", "MOV_BR"],
  ["LEA", "MOV_RB"],
  ["ADD_RI", "POP_R"],
  ["SUM", "POP_R"],
  ["MOV_RB", "ROR_RI"],
  ["ROL_RI", "ADD_RR"],
  ["ROR_RI", "ADD_RR"],
  ["JCC_5", "MOV_RB"],
  ["JCC_4", "MOV_RB"],
  ["JCC_5", "SUM"],
  ["JCC_4", "SUM"],
  ["MOV_MI", "MOV_MI"],
  ["ADD_RI", "SUM"],
  ["XOR_RR", "ROR_RI"],
  ["MOV_RB", "CALL"],
  ["PUSH_R", "MOV_RB"],
  ["MOV_RB", "XOR_RR"],
  ["SUM", "SUB_RI"],
  ["LEAVE", "RET"],
  ["ADD_RR", "MOV_BR"],
  ["SUM", "AND_RI"],
  ["SUB_RI", "MOV_RB"],
  ["PUSH_R", "CALL"],
  ["ROR_RI", "MOV_BR"],
  ["PUSH_R", "SUB_RI"],
];

const SINGLES = [FIRST, SECOND].map((code) => new Map(singleHandlers(code).map((handler) => [handler.name, handler])));

function single(name: string, place: 0 | 1): Handler {
  return SINGLES[place]!.get(CLASSES[name]?.executes ?? name)!;
}

function pair([first, second]: readonly [string, string]): Pair {
  return {
    ...single(second, 1),
    name: `${first}_AND_${second}`,
    body: `{ ${single(first, 0).body} } { ${single(second, 1).body} }`,
    first: single(first, 0).name,
    firsts: CLASSES[first]?.members ?? [first],
    seconds: CLASSES[second]?.members ?? [second],
  };
}

export function pairHandlers(): Pair[] {
  const jumps = FUSED.flatMap(({ comparisons, conditions }) => comparisons.flatMap((name) => conditions.map((c) => fused(name, c))));
  return [...jumps, ...PAIRS.map(pair)];
}
