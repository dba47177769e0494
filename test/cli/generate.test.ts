import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { TOP } from "../support/requirements.js";

test("every generated file is what its sources say", () => {
  const { status, stderr } = spawnSync(process.execPath, [join(TOP, "dist/cli/generate.js"), "--check"], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});
