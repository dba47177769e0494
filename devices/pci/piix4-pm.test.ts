import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AccessSize } from "../../core/bus/device.js";
import { FlatSpace } from "../testing/flat-space.js";
import { LineRecorder } from "../testing/line-recorder.js";
import { ManualScheduler } from "../testing/manual-scheduler.js";
import { expectDamageRefused, transplant } from "../testing/round-trip.js";
import { Piix4Pm, PM_BASE, PM_MISC, PM_TIMER_HZ, SMB_BASE, SMB_CONFIG } from "./piix4-pm.js";

const PMSTS = 0x600;
const PMEN = 0x602;
const PMCNTRL = 0x604;
const PMTMR = 0x608;
const GPSTS = 0x60c;
const GPEN = 0x60e;

function setUp(configured = true) {
  const scheduler = new ManualScheduler();
  const ports = new FlatSpace();
  const sci = new LineRecorder();
  const state = { poweredOff: 0 };
  const pm = new Piix4Pm({ ports, scheduler, sci, smbusInterrupt: new LineRecorder(), powerOff: () => state.poweredOff++ });
  ports.add(0xb2, 2, pm.apm);
  if (configured) {
    pm.writeConfig(PM_BASE, 0x600, 4);
    pm.writeConfig(PM_MISC, 1, 1);
    pm.writeConfig(SMB_BASE, 0x700, 4);
    pm.writeConfig(SMB_CONFIG, 1, 1);
  }
  return { scheduler, ports, sci, pm, state };
}

describe("the I/O spaces", () => {
  test("do not answer before their enable bits are set", () => {
    const { ports, pm } = setUp(false);
    pm.writeConfig(PM_BASE, 0x600, 4);
    expect(ports.read(PMCNTRL, 2)).toBe(0xffff);
    pm.writeConfig(PM_MISC, 1, 1);
    expect(ports.read(PMCNTRL, 2)).toBe(0);
    expect(pm.readConfig(PM_BASE, 4)).toBe(0x601);
  });

  test("nobody is on the SMBus: a transaction ends in a device error, cleared by writing it back", () => {
    const { ports } = setUp();
    ports.write(0x702, 0x48, 1);
    expect(ports.read(0x700, 1)).toBe(0x04);
    expect(ports.read(0x702, 1) & 0x40).toBe(0);
    ports.write(0x700, 0x04, 1);
    expect(ports.read(0x700, 1)).toBe(0);
  });
});

describe("the PM timer", () => {
  test("counts 3.579545 MHz in 24 bits", () => {
    const { scheduler, ports } = setUp();
    scheduler.advance(1e9);
    expect(ports.read(PMTMR, 4)).toBe(PM_TIMER_HZ);
    scheduler.advance(9e9);
    expect(ports.read(PMTMR, 4)).toBe((PM_TIMER_HZ * 10) % 2 ** 24);
    ports.write(PMTMR, 0, 4);
    expect(ports.read(PMTMR, 4)).toBe((PM_TIMER_HZ * 10) % 2 ** 24);
  });

  test("bit 23 changing sets TMROF_STS, whether or not anyone waits", () => {
    const { scheduler, ports } = setUp();
    expect(scheduler.armed).toEqual([]);
    scheduler.advance(2.4e9);
    expect(ports.read(PMSTS, 2)).toBe(1);
    ports.write(PMSTS, 1, 2);
    expect(ports.read(PMSTS, 2)).toBe(0);
    scheduler.advance(2.4e9);
    expect(ports.read(PMSTS, 2)).toBe(1);
  });

  test("with TMROF_EN it interrupts in ACPI mode only", () => {
    const { scheduler, ports, sci } = setUp();
    ports.write(PMEN, 1, 2);
    scheduler.advance(2.4e9);
    expect(sci.level).toBe(false);
    ports.write(0xb2, 0xf1, 1);
    expect(ports.read(PMCNTRL, 2)).toBe(1);
    expect(sci.level).toBe(true);
    ports.write(PMSTS, 1, 2);
    expect(sci.level).toBe(false);
    scheduler.advance(2.4e9);
    expect(sci.level).toBe(true);
    ports.write(0xb2, 0xf0, 1);
    expect(sci.level).toBe(false);
  });
});

describe("events", () => {
  test("the power button raises the SCI if enabled", () => {
    const { ports, sci, pm } = setUp();
    ports.write(0xb2, 0xf1, 1);
    pm.pressPowerButton();
    expect(ports.read(PMSTS, 2)).toBe(0x100);
    expect(sci.level).toBe(false);
    ports.write(PMEN + 1, 0x01, 1);
    expect(sci.level).toBe(true);
    ports.write(PMSTS + 1, 0x01, 1);
    expect(sci.level).toBe(false);
  });

  test("general-purpose events likewise", () => {
    const { ports, sci, pm } = setUp();
    ports.write(0xb2, 0xf1, 1);
    ports.write(GPEN, 0x0004, 2);
    pm.raiseEvent(2);
    expect(ports.read(GPSTS, 2)).toBe(4);
    expect(sci.level).toBe(true);
    ports.write(GPSTS, 0xffff, 2);
    expect(sci.level).toBe(false);
  });

  test("one dword write reaches status and enable", () => {
    const { ports, pm } = setUp();
    pm.pressPowerButton();
    ports.write(PMSTS, 0x01000100, 4);
    expect(ports.read(PMSTS, 4)).toBe(0x01000000);
  });
});

describe("sleep", () => {
  test("type 0 with SUS_EN powers off; SUS_EN reads back as zero", () => {
    const { ports, state } = setUp();
    ports.write(PMCNTRL, 0x0001, 2);
    expect(state.poweredOff).toBe(0);
    ports.write(PMCNTRL, 0x2001, 2);
    expect(state.poweredOff).toBe(1);
    expect(ports.read(PMCNTRL, 2)).toBe(0x0001);
  });

  test("the other types are not there", () => {
    const { ports, state } = setUp();
    ports.write(PMCNTRL, 0x2401, 2);
    expect(state.poweredOff).toBe(0);
  });
});

test("DEVACTB says that a system management handler is in place", () => {
  const { pm } = setUp(false);
  expect(pm.readConfig(0x58, 4) & 0x02000000).toBe(0x02000000);
});

const access = fc.record({
  port: fc.oneof(fc.integer({ min: 0x600, max: 0x640 }), fc.integer({ min: 0x700, max: 0x710 }), fc.constantFrom(0xb2, 0xb3)),
  value: fc.oneof(fc.nat(0xffffffff), fc.constantFrom(0xf0, 0xf1)),
  size: fc.constantFrom<AccessSize>(1, 2, 4),
  wait: fc.nat(3e9),
});

test("whatever is written, nothing throws, and a copy from the saved state goes on alike", () => {
  fc.assert(
    fc.property(fc.array(access, { maxLength: 20 }), (accesses) => {
      const a = setUp();
      for (const { port, value, size, wait } of accesses) {
        a.ports.write(port, value, size);
        a.ports.read(port, size);
        a.scheduler.advance(wait);
      }
      const b = setUp(false);
      b.scheduler.advanceTo(a.scheduler.now());
      transplant(a.pm, b.pm);
      expect(b.sci.level).toBe(a.sci.level);
      expect(b.scheduler.nextDeadline).toBe(a.scheduler.nextDeadline);
      expect(b.ports.read(PMSTS, 4)).toBe(a.ports.read(PMSTS, 4));
    }),
  );
});

test("a damaged record is refused", () => {
  expectDamageRefused(setUp().pm);
});
