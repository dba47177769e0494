// The sensitive instructions of Robin and Irvine (USENIX Security 2000): in ring 1 as they are, those that do not fault lie; translated, each
// gives what the guest's own ring 0 gives.
import { expect, test } from "vitest";
import * as STATE from "../../wasm/abi/state.js";
import { DATA, SELECTOR } from "../lockstep/layout.js";
import { begin } from "../lockstep/run.js";
import type { GuestMachine } from "./guest.js";
import { BtPair } from "./pair.js";
import { shortProgram } from "./sequence-programs.js";
import { VmmMachine } from "./vmm.js";

const MOST_EXITS = 200;
const pair = new BtPair(new VmmMachine());

/** What the program found out: EAX, ECX, and what it stored. */
function answer({ cpu, ram }: GuestMachine): string {
  const registers = [STATE.RAX, STATE.RCX].map((register) => cpu.register(register).toString(16));
  return `${registers.join(" ")} ${Buffer.from(ram.slice(DATA, DATA + 16)).toString("hex")}`;
}

function translated(text: string): string {
  pair.begin(shortProgram(text));
  // SYSENTER goes back to the beginning, for ever.
  for (let n = 0; n < MOST_EXITS && pair.translated.advance(); n++);
  const difference = pair.catchUp(true);
  if (difference) expect.fail(difference);
  return answer(pair.native);
}

function inPlace(text: string, instructions: number): string {
  begin(pair.translated, shortProgram(text));
  pair.translated.runInPlace(instructions);
  return answer(pair.translated);
}

/** Text, and the instructions in it. */
const LIES: Readonly<Record<string, readonly [text: string, instructions: number]>> = {
  SGDT: [`sgdt [${DATA}]`, 1],
  SIDT: [`sidt [${DATA}]`, 1],
  SLDT: [`mov eax, ${SELECTOR.tss}\nsldt eax`, 2],
  STR: ["str eax", 1],
  SMSW: ["smsw eax", 1],
  "PUSHF after CLI": ["push dword 0x1002\npopfd\npushfd\npop eax", 4],
  "POPF that clears IF": ["push dword 2\npopfd\npushfd\npop eax", 4],
  "PUSH CS": ["push cs\npop eax", 2],
  "MOV from CS": ["mov eax, cs", 1],
  "MOV from SS": ["mov eax, ss", 1],
  LAR: [`mov ecx, ${SELECTOR.code0}\nlar eax, ecx`, 2],
  LSL: [`mov ecx, ${SELECTOR.data0}\nlsl eax, ecx`, 2],
  VERR: [`xor eax, eax\nmov ecx, ${SELECTOR.code0}\nverr cx\nsetz al`, 4],
  VERW: [`xor eax, eax\nmov ecx, ${SELECTOR.basedData0}\nverw cx\nsetz al`, 4],
};

test.each(Object.entries(LIES).filter(([name]) => name !== "SLDT"))(
  "%s lies in ring 1, and not translated",
  (_name, [text, instructions]) => {
    const truth = translated(text);
    expect(inPlace(text, instructions)).not.toBe(truth);
  },
);

test.each([
  ["SLDT", LIES["SLDT"]![0]],
  ["POP DS", `push dword ${SELECTOR.basedData0}\npop ds\nmov eax, [${DATA}]`],
  ["MOV to SS and what comes behind", `mov eax, ${SELECTOR.data0}\nmov ss, eax\nmov esp, 0xbe00\npush ss\npop ecx`],
  [
    "LGS, and an operand in it",
    `mov dword [${DATA}], ${DATA}\nmov word [${DATA + 4}], ${SELECTOR.data0}\nlgs ecx, [${DATA}]\nmov eax, [gs:ecx + 4]`,
  ],
  ["far CALL and RET", `call ${SELECTOR.code0}:.s\njmp .e\n.s: mov ecx, [esp + 4]\nretf\n.e: pushfd\npop eax`],
  ["far JMP", `cli\njmp ${SELECTOR.code0}:.s\nhlt\n.s: mov eax, cs`],
  ["INT n and IRET", "int 0x21\nmov eax, 5"],
  ["IRET that clears IF", `push dword 0x46\npush cs\npush dword .s\niretd\n.s: pushfd\npop eax`],
  ["STR of 16 bits to memory", `str [${DATA}]`],
  ["CLI and STI with an unusual IOPL", "push dword 0x2202\npopfd\ncli\npushfd\npop eax\nsti\npushfd\npop ecx"],
  ["MOV to and from CR0, CLTS, SMSW", "mov eax, cr0\nor eax, 8\nmov cr0, eax\nsmsw ecx\nclts\nmov eax, cr0"],
  ["LGDT, SGDT", `sgdt [${DATA}]\nlgdt [${DATA}]\nsgdt [${DATA + 8}]`],
  ["RDMSR, WRMSR", "mov ecx, 0x174\nrdmsr\nadd eax, 8\nwrmsr\nrdmsr"],
  ["SYSENTER", "mov eax, 7\nsysenter"],
  ["IN and OUT", "in eax, dx\nout dx, al\nmov ecx, eax"],
  ["INVLPG, WBINVD", `invlpg [${DATA}]\nwbinvd\nmov eax, 3`],
])("%s: translated as native", (_name, text) => {
  expect(translated(text)).toMatch(/^[0-9a-f]+ /);
});
