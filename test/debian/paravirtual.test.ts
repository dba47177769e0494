import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { builtProcessor } from "../../core/cpu/testing/built-processor.js";
import type { RoadOptions } from "../../core/vmm/vm.js";
import { Machine } from "../../devices/machine/machine.js";
import type { HypervisorKind } from "../../devices/machine/machine-options.js";
import { makeBusyboxInitramfs } from "../support/cpio.js";
import { QUICK_BOOT } from "../support/kernel-line.js";
import { MachineConsole } from "../support/machine-console.js";
import { DEBIAN, lacks } from "../support/requirements.js";

const EOI_REGISTER = 0xfee000b0;

/** Boots Debian's kernel, which powers off at once, and counts interrupts and writes to the local APIC's EOI register. */
function boot(hypervisor: HypervisorKind, road?: RoadOptions) {
  const seen = { interrupts: 0, ends: 0 };
  const machine = new Machine({
    module: builtProcessor(),
    ramBytes: 256 << 20,
    clock: "virtual",
    hostTime: () => performance.now(),
    wallClock: 0,
    hypervisor,
    ...(road && { road }),
    observer: {
      interrupt: (vector) => {
        // Vectors of the 8259s come before Linux has its APICs at work, and are not ended there.
        if (vector >= 0x20) seen.interrupts++;
      },
      mmio: (write, address) => {
        if (write && address === EOI_REGISTER) seen.ends++;
      },
    },
  });
  machine.boot({
    kind: "kernel",
    kernel: readFileSync(DEBIAN.kernel),
    initrd: makeBusyboxInitramfs(readFileSync(DEBIAN.busybox)),
    commandLine: `console=ttyS0,115200 nokaslr ${QUICK_BOOT} rdinit=/bin/busybox -- poweroff -f`,
  });
  for (;;) {
    const { ending } = machine.run(1000);
    if (ending) return { ...seen, ending: ending.kind };
  }
}

test.skipIf(lacks(DEBIAN.kernel, DEBIAN.busybox))(
  "Debian's kernel ends interrupts by a write to the local APIC each; with KVM's interface nearly all without one, on the road hw too",
  { timeout: 200_000 },
  () => {
    const bare = boot("none");
    expect(bare.ending).toBe("power-off");
    expect(bare.ends).toBeGreaterThan(bare.interrupts * 0.8);
    for (const road of [undefined, { road: "hw" } as const]) {
      const paravirtual = boot("kvm", road);
      expect(paravirtual.ending).toBe("power-off");
      expect(paravirtual.interrupts).toBeGreaterThan(bare.interrupts * 0.5);
      expect(paravirtual.ends).toBeLessThan(paravirtual.interrupts * 0.2);
    }
  },
);

test.skipIf(lacks(DEBIAN.kernel, DEBIAN.busybox))(
  "Debian's kernel accounts for what the host took while it had work: about the time that the host was away",
  { timeout: 200_000 },
  () => {
    let away = 0;
    const console = new MachineConsole({
      module: builtProcessor(),
      ramBytes: 256 << 20,
      clock: "real",
      hostTime: () => performance.now() + away,
      wallClock: 0,
      hypervisor: "kvm",
    });
    console.machine.boot({
      kind: "kernel",
      kernel: readFileSync(DEBIAN.kernel),
      initrd: makeBusyboxInitramfs(readFileSync(DEBIAN.busybox)),
      commandLine: `console=ttyS0,115200 nokaslr ${QUICK_BOOT}`,
    });
    /** Hundredths of a second. */
    const stolen = () => {
      console.type("echo stolen $(head -1 /proc/stat | cut -d' ' -f10).\n");
      return Number(console.expect(/\r\nstolen (\d+)\./)[1]);
    };
    console.expect(/guest# /);
    const before = stolen();
    console.type("i=0; echo begins.; while [ $i -lt 60000 ]; do i=$((i+1)); done; echo ends.\n");
    console.expect(/\r\nbegins\./);
    for (let n = 0; n < 10; n++) {
      console.machine.run(10);
      expect(console.machine.cpu.halted).toBe(false);
      away += 2_000;
    }
    console.expect(/\r\nends\./);
    const taken = stolen() - before;
    expect(taken).toBeGreaterThan(1_800);
    // What else the machine that runs this test took comes on top.
    expect(taken).toBeLessThan(3_000);
  },
);
