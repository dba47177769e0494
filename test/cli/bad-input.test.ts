// What a user can get wrong: each ends in one sentence on standard error and the documented exit code, and nothing has run.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ringside } from "../support/command.js";

const folder = mkdtempSync(join(tmpdir(), "ringside-"));
afterAll(() => rmSync(folder, { recursive: true }));

const at = (name: string) => join(folder, name);
writeFileSync(at("empty"), "");
writeFileSync(at("text"), "no kernel\n".repeat(1000));
writeFileSync(at("older"), "an older file");

const hello = ["--guest", "hello"];
const USAGE: readonly (readonly [args: readonly string[], sentence: RegExp])[] = [
  [[], /give one of --kernel, --image, --bios, --guest or --resume$/],
  [["--kernel", at("text"), "--image", at("text")], /not --kernel and --image$/],
  [["--kernel", at("nothing")], /the kernel .* can not be read: there is no such file/],
  [["--kernel", folder], /it is a directory$/],
  [["--kernel", at("empty")], /the kernel file is empty$/],
  [["--kernel", at("text")], /not a bzImage/],
  [["--kernel", "/dev/zero"], /it is a device$/],
  [["--kernel", at("text"), "--initrd", at("nothing")], /the initrd .* can not be read/],
  [["--kernel", at("text"), "--initrd", at("empty")], /the initrd .* is empty$/],
  [[...hello, "--initrd", at("text")], /--initrd needs --kernel$/],
  [[...hello, "--append", "quiet"], /hello takes no command line$/],
  [["--image", at("empty")], /the image is empty$/],
  [["--image", at("text"), "--append", "quiet"], /--append needs --kernel or --guest$/],
  [["--bios", at("text")], /a multiple of 64 KiB/],
  [["--bios", at("text"), "--vgabios", at("text")], /begins with 55 AA$/],
  [[...hello, "--vgabios", at("text")], /--vgabios needs --bios/],
  [["--guest", "nobody"], /there is no guest "nobody"; there are .*hello/],
  [[...hello, "--memory", "much"], /"much" is not understood/],
  [[...hello, "--memory", "999G"], /from 4M to 3328M$/],
  [[...hello, "--memory", "4097K"], /whole MiB/],
  [[...hello, "--features", "smep,constructor"], /"constructor" is not known/],
  [[...hello, "--road", "tarp"], /the road "tarp" is not known; write bare, trap, bt, pv or hw$/],
  [[...hello, "--road", "hw", "--features", "svm"], /on the road hw no processor features can be added$/],
  [[...hello, "--rings", "0/1/3"], /--rings is for the road trap only$/],
  [[...hello, "--road", "trap", "--rings", "0/2/3"], /write 0\/1\/3 or 0\/3\/3$/],
  [[...hello, "--road", "trap", "--paging", "nested"], /--paging is for the road hw only$/],
  [[...hello, "--road", "hw", "--paging", "direct"], /write nested or shadow$/],
  [[...hello, "--road", "trap", "--features", "smep"], /no processor features can be added$/],
  [[...hello, "--road", "trap"], /the guest is in real mode, and this road begins in protected mode \(at 0000:00007C00\)$/],
  [[...hello, "--serial", "printer"], /write stdio, file:PATH or none$/],
  [[...hello, "--serial", `file:${at("no/folder")}`], /can not be opened/],
  [[...hello, "--clock", "wall"], /write real or virtual$/],
  [[...hello, "--hypervisor", "xen"], /the hypervisor "xen" is not known; there are none, kvm$/],
  [[...hello, "--translate", "constructor"], /"constructor" is not understood; write on, off or eager$/],
  [[...hello, "--snapshot-at", "noon"], /takes a number of instructions/],
  [[...hello, "--gdb", "here"], /the debugger's address "here" is not understood; write for example :1234$/],
  [[...hello, "--gdb", ":65536"], /"65536"|":65536" is not understood/],
  [[...hello, "--gdb", "192.0.2.1:1234"], /--gdb can not listen on 192\.0\.2\.1:1234: this host has no such address$/],
  [[...hello, "--no-gdb-wait"], /--no-gdb-wait needs --gdb$/],
  [[...hello, "--gdb", ":0", "--snapshot-at", "1000"], /cannot be used with option '--snapshot-at <count>'/],
  [[...hello, "--trace", "exec,luck"], /"luck" is not known/],
  [["--resume", at("nothing")], /the snapshot .* can not be read/],
  [["--resume", at("text")], /this is no snapshot/],
  [["--resume", at("text"), ...hello], /'--resume <file>' cannot be used with option '--guest <name>'/],
  [["--resume", at("text"), "--memory", "64M"], /cannot be used with option '--memory <size>'/],
  [["--colour"], /unknown option '--colour'/],
  [["--memory"], /argument missing/],
  [["hello"], /too many arguments/],
];

function oneSentence(errors: string, sentence: RegExp): void {
  expect(errors).toMatch(/^ringside: [^\n]+\n$/);
  expect(errors.trimEnd()).toMatch(sentence);
}

describe("impossible options and images end with exit code 2", () => {
  test.each(USAGE)("run %j", (args, sentence) => {
    const { code, output, errors } = ringside(["run", ...args]);
    oneSentence(errors, sentence);
    expect([code, output]).toEqual([2, ""]);
  });

  test("no command, or one that is not there", () => {
    expect(ringside([]).code).toBe(2);
    oneSentence(ringside(["fly"]).errors, /unknown command 'fly'/);
  });
});

test("a serial file is left alone when the guest can not be started", () => {
  expect(ringside(["run", "--kernel", at("text"), "--serial", `file:${at("older")}`]).code).toBe(2);
  expect(readFileSync(at("older"), "utf8")).toBe("an older file");
});

describe("what the host can not do ends with exit code 1", () => {
  test.each([
    ["no/folder", /no such file or folder$/],
    [".", /it is a directory$/],
  ])("a snapshot that can not be written to %s is refused before the guest runs", (name, sentence) => {
    const { code, output, errors } = ringside(["run", ...hello, "--snapshot-out", at(name)]);
    oneSentence(errors, sentence);
    expect([code, output]).toEqual([1, ""]);
    expect(readdirSync(folder).filter((file) => file.endsWith(".part"))).toEqual([]);
  });

  test.runIf(existsSync("/dev/full"))("a full disk", () => {
    const serial = ringside(["run", ...hello, "--serial", "file:/dev/full", "--snapshot-out", at("kept")]);
    oneSentence(serial.errors, /serial file \/dev\/full can not be written: the disk is full$/);
    expect([serial.code, existsSync(at("kept"))]).toEqual([1, true]);
    const snapshot = ringside(["run", ...hello, "--snapshot-out", "/dev/full"]);
    oneSentence(snapshot.errors, /snapshot \/dev\/full can not be written: the disk is full$/);
    expect([snapshot.code, snapshot.output]).toEqual([1, "Hello from ring 0!\r\n"]);
  });
});
