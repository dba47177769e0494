// Register names of NASM, as iced-x86 registers.

import { Register } from "./iced.js";

export type RegisterClass =
  | "r8"
  | "r16"
  | "r32"
  | "r64"
  | "seg"
  | "cr"
  | "dr"
  | "tr"
  | "st"
  | "mm"
  | "xmm"
  | "ymm"
  | "zmm"
  | "tmm"
  | "k"
  | "bnd";

export interface RegisterName {
  readonly name: string;
  readonly register: Register;
  readonly class: RegisterClass;
  readonly number: number;
}

const REGISTERS = new Map<string, RegisterName>();

function define(name: string, cls: RegisterClass, number: number, register: Register): void {
  REGISTERS.set(name, { name, class: cls, number, register });
}

function defineList(cls: RegisterClass, first: Register, names: string): void {
  names.split(" ").forEach((name, i) => {
    define(name, cls, i, first + i);
  });
}

function defineRange(cls: RegisterClass, prefix: string, first: Register, count: number): void {
  for (let i = 0; i < count; i++) define(`${prefix}${i}`, cls, i, first + i);
}

defineList("r8", Register.AL, "al cl dl bl ah ch dh bh spl bpl sil dil r8b r9b r10b r11b r12b r13b r14b r15b");
defineList("r16", Register.AX, "ax cx dx bx sp bp si di r8w r9w r10w r11w r12w r13w r14w r15w");
defineList("r32", Register.EAX, "eax ecx edx ebx esp ebp esi edi r8d r9d r10d r11d r12d r13d r14d r15d");
defineList("r64", Register.RAX, "rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15");
defineList("seg", Register.ES, "es cs ss ds fs gs");
defineRange("cr", "cr", Register.CR0, 16);
defineRange("dr", "dr", Register.DR0, 16);
defineRange("tr", "tr", Register.TR0, 8);
defineRange("st", "st", Register.ST0, 8);
defineRange("mm", "mm", Register.MM0, 8);
defineRange("xmm", "xmm", Register.XMM0, 32);
defineRange("ymm", "ymm", Register.YMM0, 32);
defineRange("zmm", "zmm", Register.ZMM0, 32);
defineRange("tmm", "tmm", Register.TMM0, 8);
defineRange("k", "k", Register.K0, 8);
defineRange("bnd", "bnd", Register.BND0, 4);
// NASM also takes r8l for r8b.
for (let i = 8; i < 16; i++) define(`r${i}l`, "r8", i + 4, Register.AL + i + 4);

export function findRegister(name: string): RegisterName | undefined {
  return REGISTERS.get(name.toLowerCase());
}

/** A general register of a class by its encoding number (0 is AX, 3 is BX). */
export function generalRegister(cls: "r16" | "r32" | "r64", number: number): RegisterName {
  for (const register of REGISTERS.values()) if (register.class === cls && register.number === number) return register;
  throw new Error(`no ${cls} number ${number}`);
}

const ADDRESS_BITS: Partial<Record<RegisterClass, 16 | 32 | 64>> = { r16: 16, r32: 32, r64: 64 };

/** Width of a general register that can stand in an address, or undefined. */
export function addressBits(register: RegisterName): 16 | 32 | 64 | undefined {
  return ADDRESS_BITS[register.class];
}

export function isVectorRegister(register: RegisterName): boolean {
  return register.class === "xmm" || register.class === "ymm" || register.class === "zmm";
}
