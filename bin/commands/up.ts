import { helpOf } from "../../common/base/config.ts";
import { createConsole } from "../up/console.ts";
import { readTyped } from "../up/forwarded-settings.ts";
import { runUntilSignal } from "../up/lifetime.ts";
import { startSeamark, upSettings } from "../up/seamark.ts";
import type { Command } from "./command.ts";

export const up: Command = {
  name: "up",
  summary: "collector, aggregator and dashboard on this host (npm start)",
  run: async (argv) => {
    const typed = readTyped(upSettings, { argv, env: process.env });
    if (typed.get("help") !== undefined) {
      process.stdout.write(helpOf("Usage: npm start -- [--flag value …]", upSettings));
      return 0;
    }
    const console = createConsole();
    return await runUntilSignal(console, async (lifetime) => {
      await startSeamark(typed, console, lifetime);
    });
  },
};
