// Several virtual processors in one VM: what one does to memory, page tables, code and descriptors the others find.
import { describe, expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { TRANSLATION_POLICIES } from "../../core/translator/options.js";
import { Host } from "../../core/vmm/host.js";
import { VmError } from "../../core/vmm/vm.js";
import { ROADS, runAll, smallVm, startVcpu } from "./host-programs.js";

const module = builtProcessor();
const SLICES = [1, 7, 400];

/** One to one: the first MiB. Each processor that wants paging calls it; the tables are shared. */
const PAGING = `
PAGES equ 0x40000
map_pages:
        cmp dword [PAGES], 0
        jne .load
        mov edi, PAGES + 0x1000
        mov eax, 7
        mov ecx, 256
.next:  stosd
        add eax, 0x1000
        loop .next
        mov dword [PAGES], PAGES + 0x1000 + 7
.load:  mov eax, PAGES
        mov cr3, eax
        mov eax, cr0
        or eax, 0x80010000
        mov cr0, eax
        ret
`;

const cases = Object.entries(ROADS).flatMap(([name, road]) => [
  { name, road, policy: "off" as const },
  { name: `${name}, translated`, road, policy: "eager" as const },
]);

describe.each(cases)("$name", ({ road, policy }) => {
  const translator = TRANSLATION_POLICIES[policy];
  const makeHost = () => new Host({ module, memoryBytes: 32 << 20, ...(translator && { translator }) });

  test.each(SLICES)("a lock of XCHG and a token of CMPXCHG hold, in slices of %i", (slice) => {
    const small = smallVm(
      makeHost(),
      `
LOCK_AT equ 0xa000
COUNT equ 0xa004
TOKEN equ 0xa008
first:  mov esi, 0
        jmp count
second: mov esi, 1
count:  mov ecx, 300
.lock:  mov eax, 1
        lock xchg [LOCK_AT], eax
        test eax, eax
        jnz .lock
        mov ebx, [COUNT]
        inc ebx
        mov [COUNT], ebx
        mov dword [LOCK_AT], 0
        loop .lock
; The token is whose turn it is: each hands it on 100 times.
        mov ecx, 100
        mov edi, esi
        xor edi, 1
.take:  mov eax, esi
        lock cmpxchg [TOKEN], edi
        jne .take
        loop .take
        hlt
`,
    );
    runAll([startVcpu(small, road, "first"), startVcpu(small, road, "second")], slice);
    expect(small.word(0xa004)).toBe(600);
    expect(small.word(0xa008)).toBe(0);
  });

  test("records of exits say which processor it was", () => {
    const small = smallVm(makeHost(), "first: hlt\nsecond: hlt");
    const vcpus = [startVcpu(small, road, "first"), startVcpu(small, road, "second")];
    const seen: number[][] = [[], []];
    for (const [n, vcpu] of vcpus.entries()) vcpu.events.subscribe((record) => seen[n]!.push(record.vcpu));
    runAll(vcpus, 100);
    expect(seen.map((numbers) => [...new Set(numbers)])).toEqual([[0], [1]]);
  });

  // The writer with paging and without: then it has made nothing of the tables itself.
  test.each(["writer", "plain_writer"])("a page-table entry that one changes (%s) holds for the other behind its INVLPG", (writer) => {
    for (const slice of SLICES) {
      const small = smallVm(
        makeHost(),
        `
FLAG equ 0xa000
ANSWER equ 0xa004
READY equ 0xa008
WINDOW equ 0x50000
${PAGING}
writer: call map_pages
plain_writer:
        mov dword [0x51000], 0x51
        mov dword [0x52000], 0x52
        mov dword [0x53000], 0x53
.ready: cmp dword [READY], 1
        jne .ready
        mov ecx, 60
        xor edx, edx
; Wait for the reader to have seen what is there, then lead its page elsewhere.
.again: cmp [ANSWER], edx
        jne .again
        mov eax, ecx
        and eax, 1
        inc eax
        mov edx, eax
        shl eax, 12
        add eax, 0x51007
        mov [PAGES + 0x1000 + (WINDOW >> 12) * 4], eax
        add edx, 0x51
        mov [FLAG], edx
        loop .again
.last:  cmp [ANSWER], edx
        jne .last
        mov dword [FLAG], -1
        hlt
reader: call map_pages
        mov eax, [WINDOW]
        mov dword [READY], 1
.wait:  mov ebx, [FLAG]
        cmp ebx, -1
        je .end
        cmp ebx, [ANSWER]
        je .wait
        invlpg [WINDOW]
        mov eax, [WINDOW]
        cmp eax, ebx
        jne .wrong
        mov [ANSWER], eax
        jmp .wait
.wrong: ud2
.end:   hlt
`,
      );
      runAll([startVcpu(small, road, "reader"), startVcpu(small, road, writer)], slice);
      expect(small.word(0xa000)).toBe(0xffffffff);
      expect([0x52, 0x53]).toContain(small.word(0xa004));
    }
  });

  test("code that one writes the other executes", () => {
    for (const slice of SLICES) {
      const small = smallVm(
        makeHost(),
        `
FLAG equ 0xa000
ANSWER equ 0xa004
writer: mov ecx, 50
.again: mov [patch + 1], ecx
        mov [FLAG], ecx
.wait:  cmp [ANSWER], ecx
        jne .wait
        loop .again
        mov dword [FLAG], -1
        hlt
align 4096
reader: mov edx, [FLAG]
        cmp edx, -1
        je .end
        cmp edx, [ANSWER]
        je reader
        call patch
        cmp eax, edx
        jne .wrong
        mov [ANSWER], eax
        jmp reader
.wrong: ud2
.end:   hlt
align 4096
patch:  mov eax, 0x12345678
        ret
`,
      );
      runAll([startVcpu(small, road, "reader"), startVcpu(small, road, "writer")], slice);
      expect(small.word(0xa004)).toBe(1);
    }
  });

  test("a descriptor that one writes holds when the other loads it", () => {
    const small = smallVm(
      makeHost(),
      `
FLAG equ 0xa000
ANSWER equ 0xa004
; Base 60000H, then 70000H, in the shared GDT.
writer: mov dword [0x60000], 0x60
        mov dword [0x70000], 0x70
        mov dword [0x1018], 0x0000ffff
        mov dword [0x101c], 0x00cf9306
        mov dword [FLAG], 0x60
.wait:  cmp dword [ANSWER], 0x60
        jne .wait
        mov byte [0x101c], 0x07
        mov dword [FLAG], 0x70
        hlt
reader: mov edx, 0x60
.wait:  cmp [FLAG], edx
        jne .wait
        mov eax, 0x18
        mov fs, eax
        mov eax, [fs:0]
        mov [ANSWER], eax
        add edx, 0x10
        cmp edx, 0x80
        jne .wait
        hlt
`,
    );
    runAll([startVcpu(small, road, "reader"), startVcpu(small, road, "writer")], 13);
    expect(small.word(0xa004)).toBe(0x70);
  });
});

test("each has its own count of instructions, and its own power-on state", () => {
  const host = new Host({ module, memoryBytes: 32 << 20 });
  const small = smallVm(host, "first: jmp first\nsecond: jmp second\n");
  const [first, second] = [startVcpu(small, { road: "hw" }, "first"), startVcpu(small, { road: "hw" }, "second")];
  first.run(1000);
  second.run(10);
  first.run(500);
  expect([first, second].map(({ state }) => state.instructions)).toEqual([1500n, 10n]);
  second.reset();
  expect(second.state.rip).toBe(0xfff0);
  expect(first.state.rip).toBe(small.symbol("first"));
  expect(second.state.instructions).toBe(10n);
  expect(small.vm.vcpus).toEqual([first, second]);
});

test("an error of the floating-point unit that a run did not tell is told by the next run of the same processor", () => {
  const host = new Host({ module, memoryBytes: 32 << 20 });
  const [first, second] = ([{ road: "hw" }, { road: "trap" }] as const).map((road) =>
    startVcpu(smallVm(host, "again: jmp again\n"), road, "again"),
  );
  host.enter(first!);
  host.floatingPointError = true;
  host.leave();
  expect(second!.run(10)).toEqual({ kind: "intr" });
  expect(first!.run(10)).toEqual({ kind: "fpu-error" });
  expect(first!.run(10)).toEqual({ kind: "intr" });
});

test("all processors of a VM take one road", () => {
  const host = new Host({ module, memoryBytes: 32 << 20 });
  const vm = host.createVm();
  vm.createVcpu({ road: "hw" });
  expect(() => vm.createVcpu({ road: "trap" })).toThrow(VmError);
  expect(vm.vcpus).toHaveLength(1);
});
