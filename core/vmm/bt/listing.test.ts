import { expect, test } from "vitest";
import { BinaryTranslator } from "./binary-translator.js";
import { formatListing, listUnit } from "./listing.js";
import { CACHE_BASE, CACHE_SIZE, PaperHost, STATE_BASE } from "./testing/paper-host.js";

function listing(code: readonly number[]) {
  const host = new PaperHost(code, 0x1000);
  const bt = new BinaryTranslator(host, { cacheBase: CACHE_BASE, cacheSize: CACHE_SIZE, stateBase: STATE_BASE });
  bt.entry(0x1000);
  return listUnit(bt.cache, bt.cache.find(0x1000)!);
}

test("a unit as text: guest code, class, and cache side by side", () => {
  // CLI; MOV [EBX], EAX; MOV EAX, [GS:14H]; JNZ 1000H
  const text = formatListing(listing([0xfa, 0x89, 0x03, 0x65, 0xa1, 0x14, 0, 0, 0, 0x75, 0xf5]));
  expect(text.split("\n").map((line) => line.trimEnd())).toEqual([
    "00001000  cli                      inline               e0000001  65c7051400000000000000  mov dword [gs:0x14],0",
    "00001001  mov [ebx],eax            ident                e000000c  8903                    mov [ebx],eax",
    "00001003  mov eax,[gs:0x14]        inline               e000000e  2e8e2d200000e1          mov gs,[cs:0xe1000020]",
    "                                                        e0000015  65a114000000            mov eax,[gs:0x14]",
    "                                                        e000001b  2e8e2d280000e1          mov gs,[cs:0xe1000028]",
    "00001009  jne short 0x1000         branch               e0000022  0f8505000000            jne near 0xe000002d",
    "                                                        e0000028  e901000000              jmp 0xe000002e",
    "                                   exit                 e000002d  f4                      hlt",
    "                                                        e000002e  f4                      hlt",
    "",
  ]);
});

test("a unit as data says why something is a callout, and what leads on", () => {
  expect(listing([0x40, 0x0f, 0x22, 0xd8])).toMatchObject([
    { class: "ident", guest: { eip: 0x1000, text: "inc eax" }, cache: [{ text: "inc eax" }] },
    { class: "callout", reason: "sensitive", guest: { text: "mov cr3,eax" }, cache: [{ text: "hlt" }] },
  ]);
  const long = listing(new Array<number>(20).fill(0x40));
  expect(long).toHaveLength(13);
  expect(long[12]).toMatchObject({ guest: undefined, class: "exit", cache: [{ text: "jmp 0xe0000012" }, { text: "hlt" }] });
});
