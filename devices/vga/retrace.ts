// Where the beam is: status bits from guest time and the CRTC's timing registers. Nothing runs for it; the answer is computed when asked.

import type { Nanoseconds } from "../../core/bus/clock.js";
import type { VgaRegisters } from "./vga-registers.js";
import * as R from "./vga-registers.js";

const CLOCKS = [25_175_000, 28_322_000, 25_175_000, 25_175_000];
const DOT_CLOCK_HALF = 1 << 3;
const EIGHT_DOTS = 1 << 0;
/** Input status 1. */
const DISPLAY_OFF = 1 << 0;
const VERTICAL_RETRACE = 1 << 3;

/** Frames since power-on: what blinks counts these. Timing that makes no sense is taken as 60 Hz. */
export function frameNumber(registers: VgaRegisters, now: Nanoseconds): number {
  return Math.floor(now / timing(registers).frame);
}

/** Bits 0 and 3 of input status register 1. */
export function retraceStatus(registers: VgaRegisters, now: Nanoseconds): number {
  const { line, lines, visibleLines, visibleShare, retraceStart, retraceLines, frame } = timing(registers);
  const at = now % frame;
  const row = Math.floor(at / line);
  const retracing = (row - retraceStart + lines) % lines < retraceLines;
  const shows = row < visibleLines && (at % line) / line < visibleShare;
  return (shows ? 0 : DISPLAY_OFF) | (retracing ? DISPLAY_OFF | VERTICAL_RETRACE : 0);
}

interface Timing {
  readonly frame: Nanoseconds;
  readonly line: Nanoseconds;
  readonly lines: number;
  readonly visibleLines: number;
  readonly visibleShare: number;
  readonly retraceStart: number;
  readonly retraceLines: number;
}

/** 640x480 at 60 Hz. */
const STANDARD: Timing = {
  frame: 525 * 31_778,
  line: 31_778,
  lines: 525,
  visibleLines: 480,
  visibleShare: 0.8,
  retraceStart: 490,
  retraceLines: 2,
};

function timing(registers: VgaRegisters): Timing {
  const { crtc, sequencer, misc } = registers;
  const overflow = crtc[R.CR_OVERFLOW]!;
  const clocking = sequencer[R.SR_CLOCKING]!;
  const characters = crtc[0]! + 5;
  const lines = (crtc[6]! | ((overflow & 1) << 8) | ((overflow & 0x20) << 4)) + 2;
  const dots = characters * (clocking & EIGHT_DOTS ? 8 : 9);
  const hertz = CLOCKS[(misc >> 2) & 3]! / (clocking & DOT_CLOCK_HALF ? 2 : 1);
  const line = (dots * 1e9) / hertz;
  const frame = line * lines;
  // Between 40 and 200 Hz; a CRTC that was never programmed is far from it.
  if (frame < 5e6 || frame > 25e6) return STANDARD;
  const retraceStart = crtc[R.CR_RETRACE_START]! | ((overflow & 4) << 6) | ((overflow & 0x80) << 2);
  return {
    frame,
    line,
    lines,
    visibleLines: displayLines(registers),
    visibleShare: (crtc[1]! + 1) / characters,
    retraceStart,
    // The end register holds the low 4 bits of the line at which retrace ends.
    retraceLines: (crtc[R.CR_RETRACE_END]! - retraceStart) & 15 || 16,
  };
}

/** Scan lines the CRTC shows. */
export function displayLines({ crtc }: VgaRegisters): number {
  const overflow = crtc[R.CR_OVERFLOW]!;
  return (crtc[R.CR_DISPLAY_END]! | ((overflow & 2) << 7) | ((overflow & 0x40) << 3)) + 1;
}
