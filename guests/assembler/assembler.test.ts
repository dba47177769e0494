import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssemblyError, assemble, type Diagnostic } from "./index.js";

function bytes(source: string): number[] {
  return [...assemble("test.asm", source).bytes];
}

function problems(source: string, files: Record<string, string> = {}): readonly Diagnostic[] {
  try {
    assemble("test.asm", source, { readSource: (path) => files[path] });
  } catch (error) {
    if (error instanceof AssemblyError) return error.diagnostics.filter((d) => d.severity === "error");
    throw error;
  }
  return [];
}

describe("errors", () => {
  test("an unknown instruction is shown with file, line, column and a caret below it", () => {
    const [problem] = problems("bits 32\n  nop\n\tfrobnicate eax, 1\n");
    expect(problem).toMatchObject({ file: "test.asm", line: 3, column: 2, message: "`frobnicate` is not an instruction" });
    expect(problem?.excerpt).toBe("  \tfrobnicate eax, 1\n  \t^");
  });

  test("every faulty line is reported, in order", () => {
    const found = problems("mov eax, nowhere\nnop\nmov al, [bx+ax]\ndb 1 +\ntimes -1 nop\n");
    expect(found.map((d) => [d.line, d.column])).toEqual([
      [1, 10],
      [3, 9],
      [4, 7],
      [5, 7],
    ]);
  });

  test("an error in a macro's parameter is shown where the macro is used", () => {
    const [problem] = problems("%macro bad 1\n mov al, %1\n%endmacro\n bad [eax*7]\n");
    expect(problem).toMatchObject({ line: 4, column: 6 });
  });

  test("an error in a macro's body is shown there, with the line that uses the macro", () => {
    const [problem] = problems("%macro bad 0\n mov al, nowhere\n%endmacro\nnop\n bad\n");
    expect(problem).toMatchObject({ line: 2, column: 10, message: "`nowhere` is not defined (in the macro used at test.asm:5)" });
  });

  test.each([
    ["%rep 100000\n%rep 100000\n%rep 100000\n%endrep\n%endrep\n%endrep", /more than a million lines/],
    [
      "%define a b b b b\n%define b c c c c\n%define c d d d d\n%define d e e e e\n%define e f f f f\n%define f g g g g\n%define g h h h h\n%define h i i i i\n%define i 1,1,1,1\ndb a",
      /grow without end/,
    ],
    ["times 0x1fffffff db 0", /too large a number/],
    ["times 0x4000001 db 0", /grows beyond 64 MiB/],
  ])("a source that would never end is stopped: %#", (source, message) => {
    expect(
      problems(source)
        .map((d) => d.message)
        .join("\n"),
    ).toMatch(message);
  });

  test("macros that use each other end: inside its own expansion a name is no macro", () => {
    const { warnings } = assemble("m.asm", "%macro a 0\n b\n%endmacro\n%macro b 0\n a\n%endmacro\n a\n");
    expect(warnings.map((w) => w.message)).toEqual(["a label alone on a line without a colon may be a misspelt instruction"]);
  });

  test("an error in an included file names that file", () => {
    const [problem] = problems('%include "part.asm"\n', { "part.asm": "nop\nmov eax,\n" });
    expect(problem).toMatchObject({ file: "part.asm", line: 2 });
  });

  test.each([
    ["mov [eax], 5", "the size of the memory operand is not specified"],
    ["mov ah, r8b", "this instruction does not exist in 32-bit mode"],
    ["jmp short far_away\ntimes 200 nop\nfar_away:", "the target is out of reach of a short jump"],
    ["x: nop\nnop\nx: nop", "`x` is already defined"],
    ["%if later\n%endif\nlater equ 1", "`later` is not known at this point"],
    ["%if 1\nnop", "%if without %endif"],
    ["%error this is wrong", "this is wrong"],
    ['%include "none"', "there is no file `none`"],
    ["%macro m 2\n%endmacro\nm 1", "macro `m` does not take 1 parameters"],
    ["db 'open", "unterminated string"],
    ["dd 1/0", "division by zero"],
    ["section .bss\ndb 1", "section .bss holds no bytes: only resb and its kin may stand here"],
    ["dd a&3\na:", "`&` needs plain numbers, not addresses or registers"],
    ["extern printf", "a flat binary is whole: nothing can be imported into it"],
  ])("%j says why", (source, message) => {
    const found = problems(`bits 32\n${source}\n`).map((d) => d.message);
    if (message.startsWith("this instruction")) expect(found).toHaveLength(1);
    else expect(found).toEqual([message]);
  });

  test("no text crashes the assembler: it assembles or reports", () => {
    const word = fc.constantFrom(
      ..."mov eax [ebx+4] , 5 dd db times %macro %endmacro %1 %if %endif ( ) $ $$ x x: equ %rep %endrep \n 'a' \" % %% { } lock rep jmp short".split(
        " ",
      ),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), (words) => {
        problems(words.join(" "));
      }),
      { numRuns: 300 },
    );
  });
});

describe("jumps", () => {
  test("a chain of jumps that just reach stays short", () => {
    const chain = Array.from({ length: 40 }, (_, i) => `a${i}: jmp a${i + 1}\n times 120 nop\n`).join("");
    expect(bytes(`bits 32\n${chain}a40:`)).toHaveLength(40 * 122);
  });

  test("lengthening one jump lengthens those that no longer reach over it", () => {
    const source = "bits 32\na: jmp c\n times 120 nop\n jmp d\nc: times 200 nop\nd:";
    const out = bytes(source);
    expect(out.slice(0, 2)).toEqual([0xeb, 125]);
    expect(out[122]).toBe(0xe9);
  });
});

describe("what the page's stepper reads", () => {
  const source =
    "org 0x100\nbits 16\nstart: mov ax, value\n%macro two 0\n nop\n nop\n%endmacro\n two\nvalue equ 7\nsection .data\nd: dw start\n";
  const assembly = assemble("step.asm", source);

  test("symbols have the addresses the code was written for", () => {
    expect(assembly.symbols.get("start")).toEqual({ value: 0x100n, kind: "label" });
    expect(assembly.symbols.get("d")).toEqual({ value: 0x108n, kind: "label" });
    expect(assembly.symbols.get("value")).toEqual({ value: 7n, kind: "constant" });
  });

  test("the listing leads from an address to its source line, a macro's to the line that uses it", () => {
    expect(assembly.listing.map((l) => [l.address, l.length, l.line])).toEqual([
      [0x100, 3, 3],
      [0x103, 1, 8],
      [0x104, 1, 8],
      [0x108, 2, 11],
    ]);
  });

  test("a number too large for its field is a warning, not an error", () => {
    const { bytes: out, warnings } = assemble("w.asm", "mov al, 300\n");
    expect([...out]).toEqual([0xb0, 44]);
    expect(warnings.map((w) => w.line)).toEqual([1]);
  });
});

test("incbin takes a part of a file from the callback", () => {
  const file = Uint8Array.of(1, 2, 3, 4, 5);
  const { bytes: out } = assemble("i.asm", 'db 0\nincbin "f", 1, 3\n', { readBinary: (path) => (path === "f" ? file : undefined) });
  expect([...out]).toEqual([0, 2, 3, 4]);
});

test("definitions from outside are seen by %ifdef", () => {
  const { bytes: out } = assemble("d.asm", "%ifdef WIDE\n dd WIDE\n%else\n db 0\n%endif\n", { defines: { WIDE: "5" } });
  expect([...out]).toEqual([5, 0, 0, 0]);
});
