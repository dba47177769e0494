import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    exclude: ["**/node_modules/**", "dist/**", ".cache/**"],
    testTimeout: 30_000,
    // The usual number leaves one processor idle: of two that is half.
    maxWorkers: "100%",
  },
});
