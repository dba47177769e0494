// `ringside run --road pv`: its guest that comes along, its disk, and what is refused.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { assemble } from "../../guests/assembler/index.js";
import { SOURCES } from "../../guests/generated/sources.js";
import { ringside } from "../support/command.js";

const folder = mkdtempSync(join(tmpdir(), "ringside-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

/** A kernel of these instructions that needs this version of the interface. */
function kernel(name: string, code: string, version = "PV_VERSION"): string {
  const source = `
        bits 32
        org 0x100000
        align 4
header: dd 0x1BADB002, 1 << 16, -(0x1BADB002 + (1 << 16)) & 0xFFFFFFFF
        dd header, header, 0, 0, entry
        dd START_MAGIC, ${version}, -(START_MAGIC + ${version}) & 0xFFFFFFFF
%include "hypercalls.asm"
HC_BLOCK equ 11
%macro print 2                  ; bytes at, count
        mov ebx, CONSOLE_WRITE
        mov ecx, %1
        mov edx, %2
        hypercall HC_CONSOLE
%endmacro
%macro block 2                  ; operation, sector: one, at the buffer
        mov ebx, %1
        mov ecx, %2
        mov edx, 1
        mov esi, buffer
        hypercall HC_BLOCK
%endmacro
entry:  ${code}
        mov ebx, SCHED_SHUTDOWN
        mov ecx, SHUTDOWN_POWER_OFF
        hypercall HC_SCHED
text:   db "no disk"
buffer: times 512 db 0
`;
  return file(name, assemble(name, source, { readSource: (path) => SOURCES[`teaching-kernel/${path}`] }).bytes);
}

describe("the disk", () => {
  const copier = kernel(
    "copier",
    `
        block 0, 0
        test eax, eax
        jnz .disk
        print text, 7
        jmp .end
.disk:  block 1, 2
        print buffer, 6
        block 2, 3
        block 3, 0
.end:
`,
  );
  const image = new Uint8Array(4 * 512);
  image.set(Buffer.from("second"), 2 * 512);

  test("is a raw image, which the guest reads and writes", () => {
    const path = file("disk", image);
    expect(ringside(["run", "--kernel", copier, "--road", "pv", "--pv-disk", path])).toEqual({ code: 0, output: "second", errors: "" });
    const after = readFileSync(path);
    expect(after.length).toBe(4 * 512);
    expect(after.subarray(3 * 512, 3 * 512 + 6).toString()).toBe("second");
  });

  test("is not there if none is given", () => {
    expect(ringside(["run", "--kernel", copier, "--road", "pv"]).output).toBe("no disk");
  });

  test("that can not be one is refused with a sentence", () => {
    const odd = file("odd", new Uint8Array(700));
    const run = (path: string, road = "pv") => ringside(["run", "--kernel", copier, "--road", road, "--pv-disk", path]);
    expect(run(odd)).toMatchObject({
      code: 2,
      errors: `ringside: the disk ${odd} is no raw image: a file of a whole number of sectors of 512 bytes\n`,
    });
    expect(run(join(folder, "nowhere")).errors).toMatch(/^ringside: the disk \S+nowhere can not be opened: [^\n]+\n$/);
    expect(run(folder).errors).toMatch(/^ringside: the disk \S+ can not be opened: [^\n]+\n$/);
    expect(run(odd, "hw").errors).toBe("ringside: --pv-disk is for the road pv only, not for hw\n");
  });
});

test("a kernel that needs a later interface, an initrd, or another road is refused with a sentence", () => {
  const later = kernel("later", "nop", "2");
  const errors = (...args: string[]) => ringside(["run", ...args]).errors;
  expect(errors("--kernel", later, "--road", "pv")).toBe(
    "ringside: the kernel needs version 2 of the paravirtual interface, and this one is 1\n",
  );
  expect(errors("--kernel", kernel("now", "nop"), "--initrd", later, "--road", "pv")).toBe(
    "ringside: the paravirtual interface has no initrd\n",
  );
  expect(errors("--guest", "teaching-kernel-pv")).toBe(
    "ringside: the kernel is written for the paravirtual interface: it runs on the road pv only\n",
  );
  expect(errors("--guest", "teaching-kernel", "--road", "pv")).toBe(
    "ringside: the kernel does not know the paravirtual interface, which the road pv has in place of a PC\n",
  );
});

test("another hypervisor's interface is not to be had there", () => {
  const { code, errors } = ringside(["run", "--guest", "teaching-kernel-pv", "--road", "pv", "--hypervisor", "kvm"]);
  expect([code, errors]).toEqual([2, "ringside: on the road pv no processor features can be added, and no other hypervisor's interface\n"]);
});

test("a guest that crashes ends the run with exit code 3, and it is said why and where", () => {
  const { code, errors } = ringside(["run", "--kernel", kernel("crash", "ud2"), "--road", "pv"]);
  expect(code).toBe(3);
  expect(errors).toMatch(/^ringside: the guest has crashed: its exception 6 has no handler \(at 0009:001[0-9A-F]{5}\)\n$/);
});
