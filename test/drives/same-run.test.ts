// Guest time and the host's disks: under the virtual clock a run is the same to the byte however long the host takes, and goes on from a snapshot
// taken while a request is under way as if there had been none. Under the real clock the guest goes on while the host works.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import { Machine } from "../../devices/machine/machine.js";
import { MemoryImage } from "../../devices/testing/memory-image.js";
import { assemble } from "../../guests/assembler/index.js";
import { runUntil } from "../support/machine-run.js";

const SECTORS = 24;

/** Reads each sector by PIO, adds 1 to its bytes, writes it to the next; meanwhile counts how often it looked, and waits in HLT every other time. */
const PROGRAM = assemble(
  "disk.asm",
  `bits 16
org 0x7c00
  cli
  xor ax, ax
  mov ds, ax
  mov es, ax
  mov ss, ax
  mov sp, 0x7c00
  mov word [0x76 * 4], handler
  mov word [0x76 * 4 + 2], 0
  mov al, 0xfb                ; only the cascade and IRQ 14
  out 0x21, al
  mov al, 0xbf
  out 0xa1, al
  sti
  mov byte [lba], 0
  xor ebx, ebx
next:
  mov ah, 0x20
  call command
  mov di, 0x8000
  mov cx, 256
  mov dx, 0x1f0
  rep insw
  mov di, 0x8000
  mov cx, 512
add:
  inc byte [di]
  inc di
  loop add
  inc byte [lba]
  mov ah, 0x30
  mov byte [seen], 0
  call send
  call poll
  mov si, 0x8000
  mov cx, 256
  mov dx, 0x1f0
  rep outsw
  call wait_for
  cmp byte [lba], ${SECTORS - 1}
  jne next
  cli
  hlt
command:
  mov byte [seen], 0
  call send
wait_for:                     ; for the interrupt: in HLT, or by counting
  test byte [lba], 1
  jz counting
halting:
  cli
  cmp byte [seen], 0
  jne over
  sti
  hlt
  jmp halting
over:
  sti
  jmp poll
counting:
  inc ebx
  cmp byte [seen], 0
  je counting
poll:
  mov dx, 0x1f7
  in al, dx
  test al, 0x80
  jnz poll
  ret
send:
  mov dx, 0x1f2
  mov al, 1
  out dx, al
  inc dx
  mov al, [lba]
  out dx, al
  inc dx
  xor al, al
  out dx, al
  inc dx
  out dx, al
  inc dx
  mov al, 0xe0
  out dx, al
  inc dx
  mov al, ah
  out dx, al
  ret
handler:
  push ax
  push dx
  mov byte [seen], 1
  mov dx, 0x1f7
  in al, dx
  mov al, 0x20
  out 0xa0, al
  out 0x20, al
  pop dx
  pop ax
  iret
lba: db 0
seen: db 0
  times 510 - ($ - $$) db 0
  dw 0xaa55
`,
).bytes;

type Delay = () => Promise<void>;

function create(clock: "real" | "virtual", bytes: Uint8Array, delay: Delay) {
  const image = new MemoryImage(bytes);
  image.delay = delay;
  const machine = new Machine({
    module: builtProcessor(),
    ramBytes: 4 << 20,
    clock,
    hostTime: () => performance.now(),
    wallClock: 0,
    drives: { bootOrder: [], drives: [{ interface: "ide", media: "disk", index: 0, image }] },
  });
  return { machine, image };
}

function start(clock: "real" | "virtual", delay: Delay) {
  const rig = create(
    clock,
    Uint8Array.from({ length: SECTORS * 512 }, (_, n) => n & 0xff),
    delay,
  );
  rig.machine.boot({ kind: "image", image: PROGRAM });
  return rig;
}

async function toEnd({ machine, image }: ReturnType<typeof create>) {
  expect(await runUntil(machine, () => false)).toEqual({ kind: "dead" });
  return { instructions: machine.cpu.instructions, now: machine.clock.now(), file: machine.save(), disk: image.bytes };
}

const atOnce: Delay = () => Promise.resolve();
const byTimer = (milliseconds: number) => () => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

describe("under the virtual clock", () => {
  const wanted = toEnd(start("virtual", atOnce));

  test("the guest reads, changes and writes what is on the disk", async () => {
    const { disk } = await wanted;
    expect(disk[(SECTORS - 1) * 512]).toBe(SECTORS - 1);
  });

  test("a run is the same to the byte whatever the host's delays", async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.constantFrom(undefined, 0, 1, 3)), async (delays) => {
        const rig = start("virtual", () => {
          const milliseconds: number | undefined = delays.next().value;
          return milliseconds === undefined ? Promise.resolve() : byTimer(milliseconds)();
        });
        expect(await toEnd(rig)).toEqual(await wanted);
      }),
      { numRuns: 8 },
    );
  });

  test("a run goes on from a snapshot as it would have without, also where a request was under way", async () => {
    let underWay = 0;
    for (let limit = 4000; limit < 400_000; limit += 37_003) {
      const first = start("virtual", byTimer(1));
      await runUntil(first.machine, () => Number(first.machine.cpu.instructions) >= limit, 60, limit);
      if (first.machine.queue.awaits) underWay++;
      const file = first.machine.save();
      const second = create("virtual", first.image.bytes, atOnce);
      second.machine.load(file);
      expect(await toEnd(second)).toEqual(await wanted);
    }
    expect(underWay).toBeGreaterThan(0);
  });
});

test("under the real clock the guest goes on while the host works, and is interrupted when the data is there", async () => {
  const rig = start("real", byTimer(2));
  const { disk } = await toEnd(rig);
  expect(disk[(SECTORS - 1) * 512]).toBe(SECTORS - 1);
  expect(rig.machine.clock.now()).toBeGreaterThan(2e6 * 2 * (SECTORS - 1) * 0.9);
});
