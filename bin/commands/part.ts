import { fileURLToPath } from "node:url";
import type { Command } from "./command.ts";

const summaries = {
  collector: "read this host's containers and send their lines to an aggregator",
  aggregator: "take lines, keep them, and serve the dashboard and the API",
} as const;

/** One part alone, in this process. */
export function partCommand(name: keyof typeof summaries): Command {
  return {
    name,
    summary: summaries[name],
    run: async (argv) => {
      const main = new URL(`../../${name}/main.ts`, import.meta.url);
      process.argv = [process.argv[0]!, fileURLToPath(main), ...argv];
      await import(main.href);
      return Number(process.exitCode ?? 0);
    },
  };
}
