// One small program for each sequence of the translator, so that each of its instructions is executed and matters.
import { assemble } from "../../guests/assembler/index.js";
import { handlers, writeKernel } from "../lockstep/kernel.js";
import { CODE, DATA, RAM_BYTES, SELECTOR } from "../lockstep/layout.js";
import { PORT } from "../lockstep/machine.js";
import { MODES, type Program } from "../lockstep/program.js";
import { Random } from "../oracle/random.js";

const kernel = handlers(SELECTOR.data0, DATA + 0x100);
const READ = "pushfd\npop eax\n";

/** By name: what is under test, between nothing and a halt. ECX and EDX are not zero. */
const SOURCES = {
  cli: `cli\n${READ}`,
  sti: `cli\nsti\nnop\n${READ}`,
  "sti with an interrupt waiting": `cli\nout ${PORT.interrupt}, al\nsti\ninc eax\ninc ebx\n${READ}`,
  "sti before ret": `call .s\njmp .e\n.s: cli\nsti\nret\n.e: ${READ}`,
  "sti before ret, with an interrupt waiting": `call .s\njmp .e\n.s: cli\nout ${PORT.interrupt}, al\nsti\nret 4\n.e: ${READ}`,
  "sti before jmp": `cli\nsti\njmp .e\n.e: ${READ}`,
  "popf that sets IF": `cli\npush dword 0xad7\npopfd\n${READ}`,
  "popf that clears IF": `push dword 0xc13\npopfd\n${READ}`,
  "popf that changes IOPL": `push dword 0x3246\npopfd\n${READ}`,
  "popf of 16 bits": `cli\npush word 0xad7\npopf\n${READ}`,
  "popf with an interrupt waiting": `cli\nout ${PORT.interrupt}, al\npush dword 0x202\npopfd\n${READ}`,
  "pushf with IF clear": `push dword 0x1002\npopfd\nstc\n${READ}`,
  "pushf with IF set": `push dword 0x2202\npopfd\nstd\n${READ}\ncld`,
  "pushf of 16 bits": "push dword 0x1202\npopfd\npushf\npop ax",
  "operand in GS": `mov ax, ${SELECTOR.basedData0}\nmov gs, ax\nmov eax, [gs:${DATA}]\nmov [gs:${DATA + 4}], ecx`,
  "operand in CS": `mov eax, [cs:${CODE}]\ncs lodsd`,
  "pointers of the x87 unit": `fninit\nfld dword [${DATA}]\nfnstenv [${DATA + 0x100}]\nfld1\nfxsave [${DATA + 0x200}]\nfnsave [${DATA + 0x400}]`,
  "jump through a register": "mov edi, 2\n.t: mov eax, .s\njmp eax\n.s: dec edi\njnz .t",
  "jump through memory": `mov edi, 2\n.t: mov dword [${DATA}], .s\nmov ecx, ${DATA}\njmp [ecx]\n.s: dec edi\njnz .t`,
  "call through a register, and ret": "mov edi, 2\n.t: mov edx, .s\ncall edx\ndec edi\njnz .t\njmp .e\n.s: ret\n.e:",
  "call through memory, and ret n": `mov edi, 2\n.t: mov dword [${DATA}], .s\npush ecx\ncall [${DATA}]\ndec edi\njnz .t\njmp .e\n.s: ret 4\n.e:`,
  "calls of two places with one number in the hash": `mov edi, 2\nmov byte [.s + 0x10000], 0xc3\n.t: mov eax, .s\ncall eax\nmov eax, .s + 0x10000\ncall eax\ndec edi\njnz .t\njmp .e\n.s: ret\n.e:`,
  "call and conditional jumps": "call .s\n.s: cmp eax, ecx\nja .a\nnop\n.a: cmp ecx, eax\njbe .b\nnop\n.b: jc near .c\nnop\n.c:",
  loop: "mov ecx, 3\n.t: inc eax\nloop .t\njecxz .z\nnop\n.z: mov ecx, 3\n.u: dec eax\nloopne .u",
} as const;

export const SEQUENCES = Object.keys(SOURCES) as (keyof typeof SOURCES)[];

export function sequenceProgram(name: keyof typeof SOURCES): Program {
  return shortProgram(SOURCES[name]);
}

/** A program of these instructions and a halt. */
export function shortProgram(text: string): Program {
  const image = new Uint8Array(RAM_BYTES);
  writeKernel(image, kernel, false, new Random(1));
  const source = `org ${CODE}\nbits 32\nstart: ${text}\ncli\nhlt\n`;
  image.set(assemble("sequence.asm", source).bytes, CODE);
  const blocks = new Array<number>(8).fill(CODE);
  return { seed: 1, mode: MODES[0]!, paging: "none", image, entry: CODE, blocks, flags: 0x202, stride: 1, cr0: 0x31, cr4: 0x698 };
}
