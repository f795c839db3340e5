#!/usr/bin/env node
import { editDistance } from "../common/base/config.ts";
import { SeamarkError } from "../common/base/errors.ts";
import { type Command, exitUsage } from "./commands/command.ts";

/** Loaded when named, so that `seamark logs` does not load what only the demo needs. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  up: async () => (await import("./commands/up.ts")).up,
  demo: async () => (await import("./commands/demo.ts")).demo,
  logs: async () => (await import("./commands/logs.ts")).logs,
  collector: async () => (await import("./commands/part.ts")).partCommand("collector"),
  aggregator: async () => (await import("./commands/part.ts")).partCommand("aggregator"),
};

async function helpText(): Promise<string> {
  const rows = await Promise.all(Object.values(commands).map((load) => load()));
  const lines = rows.map((command) => `  ${command.name.padEnd(12)} ${command.summary}`);
  return `Usage: seamark COMMAND [--flag value …]\n\n${lines.join("\n")}\n\nseamark COMMAND --help lists the command's settings.\n`;
}

async function main(argv: readonly string[]): Promise<number> {
  const [name = "help", ...rest] = argv;
  if (name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(await helpText());
    return 0;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load) return await (await load()).run(rest);
  const near = Object.keys(commands).find((candidate) => editDistance(name, candidate) <= 2);
  const hint = near === undefined ? "" : ` (did you mean "${near}"?)`;
  process.stderr.write(`seamark: ${name}: unknown command${hint}\n\n${await helpText()}`);
  return exitUsage;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof SeamarkError)) throw error;
  process.stderr.write(`seamark: ${error.message}\n${error.hint ? `${error.hint}\n` : ""}`);
  process.exitCode = error.code === "bad_config" ? exitUsage : 1;
}
