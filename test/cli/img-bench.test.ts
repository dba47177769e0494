// `ringside img bench` beside the real qemu-img 7.2, as img.test.ts has it.
import { describe, expect, test } from "vitest";
import { lacksQemuImg, qemuIo } from "../block/tools.js";
import { pairForEachTest } from "./img-pair.js";

const pair = pairForEachTest();

describe.skipIf(lacksQemuImg)("as qemu-img", { timeout: 200_000 }, () => {
  test("bench: what is sent, what is written, what is refused", async () => {
    pair.chain();
    await pair.agree(
      "bench",
      "bench -c 10 top.qcow2",
      "bench -c 3000 -d 3 -s 512 -q top.qcow2",
      "bench -c 20 -w --pattern=7 -s 512 -S 1024 -o 64k top.qcow2",
      "bench -c 300 -w --pattern=9 -s 4096 --flush-interval=100 -t none mid.qcow2",
      "bench -c 300 -w --pattern=9 -s 4096 --flush-interval=100 --no-drain base.qcow2",
      "bench -c 0 top.qcow2",
      "bench -c 3 -U -f raw r.raw",
      "bench -c 10 -U -w top.qcow2",
      "bench -w --flush-interval=10 top.qcow2",
      "bench --flush-interval=10 top.qcow2",
      "bench --flush-interval=x top.qcow2",
      "bench -t foo top.qcow2",
      "bench -c x top.qcow2",
      "bench -c -1 top.qcow2",
      "bench -d x top.qcow2",
      "bench -s x top.qcow2",
      "bench -S x top.qcow2",
      "bench -o x top.qcow2",
      "bench --pattern=256 top.qcow2",
      "bench -i foo top.qcow2",
      "bench -i threads -c 5 top.qcow2",
      "bench -c 10 nothere",
      "bench -Z top.qcow2",
      "bench -c 10 top.qcow2 mid.qcow2",
    );
    for (const image of ["top.qcow2", "mid.qcow2", "base.qcow2"]) {
      pair.expectSame(image, "bench -w");
      pair.expectSound(image, "bench -w");
    }
    expect(await qemuIo(`${pair.ours}/top.qcow2`, "qcow2", "read -P 7 64k 512", "read -P 7 83k 512")).not.toMatch(/failed/);
    expect(await pair.ringside(["bench", "-c", "5", "-o", "4194000", "base.qcow2"])).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^ringside: Failed request: .*base\.qcow2/),
    });
  });
});
