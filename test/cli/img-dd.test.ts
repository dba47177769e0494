// `ringside img dd` beside the real qemu-img 7.2, as img.test.ts has it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { lacksQemuImg } from "../block/tools.js";
import { pairForEachTest } from "./img-pair.js";

const pair = pairForEachTest();

describe.skipIf(lacksQemuImg)("as qemu-img", { timeout: 200_000 }, () => {
  test("dd: blocks of an image, into raw and qcow2", async () => {
    pair.chain();
    const made = ["if=r.raw", "bs=4k if=top.qcow2", "bs=64k count=3 skip=2 if=mid.qcow2", "count=1 if=r.raw", "bs=1000 skip=3 if=r.raw"];
    for (const [i, operands] of made.entries()) {
      for (const format of ["raw", "qcow2"]) {
        const out = `out${i}.${format}`;
        await pair.agree(`dd -O ${format} ${operands} of=${out}`, `info ${out}`);
        pair.expectSame(out, operands);
        if (format === "qcow2") pair.expectSound(out, operands);
      }
    }
    await pair.agree(
      "dd",
      "dd if=r.raw",
      "dd -Z",
      "dd -q if=r.raw of=x",
      "dd foo if=r.raw of=x",
      "dd foo=1 if=r.raw of=x",
      "dd bs=0 if=r.raw of=x",
      "dd bs=foo if=r.raw of=x",
      "dd bs=3G if=r.raw of=x",
      "dd count=-1 if=r.raw of=x",
      "dd skip=x if=r.raw of=x",
      "dd if=nothere of=x",
      "dd -O vvv if=r.raw of=x",
      "dd -f qcow2 if=r.raw of=x",
      "dd if= of=x",
      "dd if=r.raw of=/nodir/x",
      "dd if=r.raw of=skipped skip=10000",
      "info skipped",
      "dd -f raw if=r.raw of=none bs=1M count=0",
      "info none",
      "dd if=r.raw if=base.qcow2 of=last bs=1M -U",
      "info last",
    );
    const before = readFileSync(join(pair.ours, "r.raw"));
    expect(await pair.ringside(["dd", "if=r.raw", "of=r.raw"])).toMatchObject({ code: 1, err: expect.stringContaining("r.raw") });
    expect(readFileSync(join(pair.ours, "r.raw")).equals(before)).toBe(true);
  });
});
