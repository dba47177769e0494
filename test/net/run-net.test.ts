// What `ringside run` says to networks that can not be.
import { expect, test } from "vitest";
import { ringside } from "../support/command.js";

test.each([
  ["--nic user,colour=red", '--nic: "colour" is not known here'],
  ["--net user --road pv", "has no PCI bus for network cards"],
  ["--rng --road pv", "has no PCI bus for an entropy device"],
  ["--nic user,model=virtio,queues=0", "queues is a number from 1 to 16"],
  ["--net user --net-capture /no/such/folder/f", "there is no such file or folder"],
  ["--net-capture f", "--net-capture needs --net or --nic"],
])("%s is refused with a sentence", (options, sentence) => {
  const { code, errors } = ringside(["run", "--guest", "teaching-kernel", ...options.split(" ")]);
  expect(errors).toContain(sentence);
  expect(errors.trimEnd().split("\n").length).toBe(1);
  expect([1, 2]).toContain(code);
});
