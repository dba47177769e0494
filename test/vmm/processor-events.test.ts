// What the processor counts for observers, against programs whose events are known.
import { expect, test } from "vitest";
import { countsToJson } from "../../core/vmm/events/counters.js";
import { runBare, runTrap } from "./sides.js";

const END = "mov al, 1\n out 0xf4, al\n jmp $";
const SKIP = "add dword [esp], 2\n iretd";
const eventsOf = (source: string) => countsToJson(runBare(`start: ${source}\n${END}`).counts).events;

test("a program that asks for nothing has no events", () => {
  expect(eventsOf("mov eax, [DATA]\n push eax\n pop eax")).toEqual({});
});

test("exceptions, page faults and software interrupts are told apart", () => {
  const handlers = `vector0: ${SKIP}\nvector6: ${SKIP}\nvector64: iretd\nvector3: iretd`;
  expect(eventsOf(`xor ecx, ecx\n div ecx\n div ecx\n ud2\n int 0x40\n int3\n ${END}\n${handlers}`)).toEqual({
    exceptions: 3,
    transitions: 2,
  });
});

test("an interrupt and an NMI are delivered", () => {
  expect(eventsOf(`sti\n mov al, 0x41\n out 0xf5, al\n nop\n out 0xf6, al\n nop\n ${END}\nvector65: iretd\nvector2: iretd`)).toEqual({
    interrupts: 2,
  });
});

test("each page is walked to once, two entries each; INVLPG and CR3 forget it", () => {
  const walks = (source: string) => {
    const events = eventsOf(`call map_pages\n ${source}`);
    return [events.walks, events.walkReferences, events.tlbFlushes, events.tlbInvalidations ?? 0, events.controlWrites];
  };
  const [first, references, flushes, , writes] = walks("nop");
  // PG and WP change.
  expect([references, flushes, writes]).toEqual([2 * first!, 2, 2]);
  expect(walks("mov eax, [DATA]\n mov eax, [DATA + 4]")).toEqual([first! + 1, references! + 2, 2, 0, 2]);
  expect(walks("mov eax, [DATA]\n invlpg [DATA]\n mov eax, [DATA]")).toEqual([first! + 2, references! + 4, 2, 1, 2]);
  // Code is walked to again too.
  expect(walks("mov eax, [DATA]\n mov eax, PAGES\n mov cr3, eax\n mov eax, [DATA]")).toEqual([first! + 3, references! + 6, 3, 0, 3]);
});

test("a walk that ends in a fault counts what it read", () => {
  const { walks, walkReferences, pageFaults } = eventsOf(
    `call map_pages\n mov eax, [0x400000]\n ${END}\nvector14: add esp, 4\n add dword [esp], 5\n iretd`,
  );
  const nothing = eventsOf("call map_pages");
  // No directory entry there. The handler's tables and stack are of pages that were walked to before, or not.
  expect(pageFaults).toBe(1);
  expect(walkReferences! - nothing.walkReferences!).toBe(2 * (walks! - nothing.walks!) - 1);
});

test("under a VMM they are the guest's, and what the VMM took instead of the processor is in none of them", () => {
  const { vcpu } = runTrap(`start: int 0x40\n mov eax, [DATA]\n ${END}\nvector64: iretd`);
  const { events, exits } = countsToJson(vcpu.counters.since());
  expect(exits).toMatchObject({ SWINT: 1, IRET: 1 });
  expect(events).toMatchObject({ transitions: 1, injections: 1 });
  expect(events.walks).toBeGreaterThan(0);
  expect(events.interrupts).toBeUndefined();
});
