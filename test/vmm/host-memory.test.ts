// A host that runs out of memory: one sentence, nothing lost, and things go on when there is memory again.
import { describe, expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { Host } from "../../core/vmm/host.js";
import { HostMemoryError, HostPages } from "../../core/vmm/host-pages.js";
import { ROADS, smallVm, startVcpu } from "./host-programs.js";

const module = builtProcessor();
const PAGE = 4096;
const FULL = /^the host's memory is full: \d+ KiB in one piece are wanted, \d+ KiB are left, and \d+ single pages/;

/** All single pages that are left but `left`. */
function takeAll({ pages }: Host, left = 0): number[] {
  const taken: number[] = [];
  while (pages.available > left) taken.push(pages.allocate());
  return taken;
}

describe.each(Object.entries(ROADS))("%s", (_, road) => {
  // Paging through tables of its own, with code, data and stack in tables apart.
  const PROGRAM = `
start:  mov edi, 0x40000
        mov eax, 0x41007
        stosd
        mov edi, 0x41000
        mov eax, 7
        mov ecx, 256
.next:  stosd
        add eax, 0x1000
        loop .next
; The same table again and again, up to 256 MiB.
        mov edi, 0x40004
        mov eax, 0x41007
        mov ecx, 63
        rep stosd
        mov eax, 0x40000
        mov cr3, eax
        mov eax, cr0
        or eax, 0x80000000
        mov cr0, eax
        mov ecx, 200
        mov esp, 0x8008000
.read:  mov ebx, ecx
        and ebx, 63
        shl ebx, 22
        push dword [ebx + 0x1000]
        pop edx
        loop .read
        mov [0xa000], ecx
        mov dword [0xa004], 1
        hlt
`;

  test("a virtual processor that has no room is refused, and takes nothing", () => {
    const host = new Host({ module, memoryBytes: 24 << 20 });
    const small = smallVm(host, PROGRAM);
    for (const left of [0, 1, 3, 8, 11]) {
      const taken = takeAll(host, left);
      expect(() => small.vm.createVcpu(road)).toThrow(HostMemoryError);
      expect(() => small.vm.createVcpu(road)).toThrow(FULL);
      expect(host.pages.available).toBe(left);
      expect(small.vm.vcpus).toEqual([]);
      for (const page of taken) host.pages.release(page);
    }
  });

  test("a guest that needs a table and gets none stops with the sentence, and goes on when there is one", () => {
    const host = new Host({ module, memoryBytes: 24 << 20 });
    const small = smallVm(host, PROGRAM);
    const vcpu = startVcpu(small, road, "start");
    const taken = takeAll(host);
    for (let i = 0; i < 3; i++) {
      expect(vcpu.run(10_000)).toMatchObject({ kind: "internal-error", message: expect.stringMatching(FULL) });
      expect(host.pages.available).toBe(0);
    }
    // As many as the road asks for at the least: then it manages.
    for (const page of taken.splice(0, 16)) host.pages.release(page);
    expect(vcpu.run(10_000)).toEqual({ kind: "hlt" });
    expect(small.word(0xa004)).toBe(1);
  });
});

test("what an attempt has allocated comes back, but not what it gave back itself, or what was there before", () => {
  const pages = new HostPages(16 * PAGE);
  const before = pages.allocate();
  const attempt = () =>
    pages.attempt(() => {
      pages.allocateRange(4 * PAGE);
      pages.release(pages.allocate());
      pages.attempt(() => pages.allocate());
      pages.allocateRange(20 * PAGE);
    });
  expect(attempt).toThrow("80 KiB in one piece are wanted, 40 KiB are left, and 0 single pages");
  expect(pages.available).toBe(15);
  const all = Array.from({ length: 15 }, () => pages.allocate());
  expect(new Set([before, ...all]).size).toBe(16);
  expect(() => pages.require(1)).toThrow(HostMemoryError);
});
