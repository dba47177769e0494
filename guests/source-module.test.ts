import { expect, test } from "vitest";
import { sourceModule } from "./source-module.js";
import { sourcesOnDisk } from "./test-node.js";

test("the embedded sources are those of the .asm files", async () => {
  await expect(sourceModule(sourcesOnDisk())).toMatchFileSnapshot("./generated/sources.ts");
});
