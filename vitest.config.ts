import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Whole guests and pages take longest, and begin first: at the end short tests keep all processors busy. */
class GuestsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isOfGuest = ({ moduleId }: TestSpecification) => /\/test\/(debian|web)\//.test(moduleId);
    const sorted = await super.sort(files);
    return [...sorted.filter(isOfGuest), ...sorted.filter((file) => !isOfGuest(file))];
  }
}

export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    exclude: ["**/node_modules/**", "dist/**", ".cache/**"],
    testTimeout: 30_000,
    // The usual number leaves one processor idle: of two that is half.
    maxWorkers: "100%",
    sequence: { sequencer: GuestsFirst },
  },
});
