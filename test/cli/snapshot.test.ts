import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { ringside } from "../support/command.js";
import { Conversation } from "../support/conversation.js";

const folder = mkdtempSync(join(tmpdir(), "ringside-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

const KERNEL = ["run", "--guest", "teaching-kernel", "--memory", "8M", "--clock", "virtual"];

describe("a snapshot", () => {
  test("resumed in a new process ends in the same serial output, byte for byte, as the run without it", () => {
    const hello = ["run", "--guest", "hello", "--memory", "4M", "--clock", "virtual"];
    const whole = ringside(hello);
    const first = ringside([...hello, "--snapshot-at", "150", "--snapshot-out", at("hello")]);
    const second = ringside(["run", "--resume", at("hello")]);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(first.output.length).toBeGreaterThan(0);
    expect(second.output.length).toBeGreaterThan(0);
    expect(first.output + second.output).toBe(whole.output);
  });

  test("has the clock and the memory of the machine it was taken of", () => {
    ringside([...KERNEL, "--snapshot-at", "2000000", "--snapshot-out", at("kernel")]);
    const { code, output } = ringside(["run", "--resume", at("kernel")], { input: "mem\noff\n" });
    expect(output).toContain("above 1 MiB the loader found 7 MiB");
    expect(code).toBe(0);
  });

  test("is written when the user ends the run", async () => {
    const guest = new Conversation([...KERNEL, "--snapshot-out", at("left")]);
    await guest.expect(/ring0> /);
    guest.type("echo before\r");
    await guest.expect(/\nbefore\r\nring0> /);
    guest.signal("SIGTERM");
    expect(await guest.ended).toBe(0);
    expect(guest.errors).toBe("");
    expect(ringside(["run", "--resume", at("left")], { input: "off\n" })).toMatchObject({ code: 0, output: "off\r\nSwitching off.\r\n" });
  });

  test("takes the place of an older one, also behind a link, and leaves nothing beside it", () => {
    writeFileSync(at("target"), "older");
    symlinkSync(at("target"), at("link"));
    ringside(["run", "--guest", "hello", "--memory", "4M", "--snapshot-out", at("link")]);
    expect(readFileSync(at("target")).subarray(0, 8).toString()).toBe("RINGSNAP");
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([]);
  });
});

describe("a snapshot that is damaged is refused with a sentence and exit code 2", () => {
  const damaged = (name: string, change: (path: string) => void) => {
    ringside(["run", "--guest", "hello", "--memory", "4M", "--snapshot-at", "50", "--snapshot-out", at("good")]);
    copyFileSync(at("good"), at(name));
    change(at(name));
    const { code, output, errors } = ringside(["run", "--resume", at(name)]);
    expect(errors).toMatch(/^ringside: [^\n]*snapshot[^\n]*\n$/);
    expect([code, output]).toEqual([2, ""]);
  };

  test("cut short", () => {
    damaged("short", (path) => truncateSync(path, 1000));
    damaged("shorter", (path) => truncateSync(path, 10));
  });

  test("changed in one byte", () => {
    damaged("changed", (path) => {
      const bytes = readFileSync(path);
      bytes[500]! ^= 1;
      writeFileSync(path, bytes);
    });
  });

  test("of another version", () => {
    damaged("newer", (path) => {
      const bytes = readFileSync(path);
      bytes[8] = 99;
      writeFileSync(path, bytes);
    });
  });
});
