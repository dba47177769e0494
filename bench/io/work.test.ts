import { expect, test } from "vitest";
import { DISKS, soloCommandLine } from "./work.js";

const WORK = { disk: 1, passes: 2, requests: 3, tcp: 4 };

test("disks are named as Linux finds them, whichever are chosen", () => {
  const disks = (names: readonly string[]) =>
    / io_disks=(\S*)/.exec(
      soloCommandLine(
        WORK,
        DISKS.filter(({ name }) => names.includes(name)),
        [],
        5000,
      ),
    )![1];
  expect(disks(["ide_raw", "ide_qcow2", "virtio_raw", "virtio_qcow2"])).toBe("sda:ide_raw,sdb:ide_qcow2,vda:virtio_raw,vdb:virtio_qcow2");
  expect(disks(["ide_qcow2", "virtio_qcow2"])).toBe("sda:ide_qcow2,vda:virtio_qcow2");
});
