import { defineConfig } from "vitest/config";

// One process at a time for the slow suites: they measure and share one Docker Engine and two cores.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: [
            "{bin,common,collector,aggregator,dashboard,demo}/**/*.test.ts",
            "test/*.test.ts",
            "test/conformance/**/*.test.ts",
          ],
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "system",
          include: ["test/{docker,cluster,chaos,browser}/**/*.test.ts"],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
