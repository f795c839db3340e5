import { systemClock as clock } from "../common/base/clock.ts";
import { helpOf, readConfig } from "../common/base/config.ts";
import { SeamarkError } from "../common/base/errors.ts";
import { createLogger } from "../common/base/log.ts";
import { startAggregator } from "./aggregator.ts";
import { aggregatorSettings } from "./config.ts";
import { Steps } from "./steps.ts";

/** Starting it again as it is would change nothing; the collector and the command end the same way. */
const exitUsage = 2;

/** Resolves with the first signal to stop; a second one ends the process at once. */
function stopSignal(): Promise<string> {
  return new Promise((stop) => {
    for (const name of ["SIGTERM", "SIGINT"] as const) {
      process.once(name, () => {
        stop(name);
        process.once(name, () => process.exit(1));
      });
    }
  });
}

/** What the user can mend is a sentence; everything else is a bug and ends with its stack. */
function fail(error: unknown): void {
  if (!(error instanceof SeamarkError)) throw error;
  process.stderr.write(`seamark aggregator: ${error.message}\n${error.hint ? `  ${error.hint}\n` : ""}`);
  process.exitCode = error.code === "bad_config" ? exitUsage : 1;
}

async function main(): Promise<void> {
  const config = readConfig(aggregatorSettings, { argv: process.argv.slice(2), env: process.env });
  if (config.help) {
    process.stdout.write(helpOf("seamark aggregator: takes lines, keeps them, answers", aggregatorSettings));
    return;
  }
  const log = createLogger("aggregator", config.logLevel);
  const steps = new Steps(clock, log);
  const stopped = stopSignal();
  try {
    const api = await startAggregator(config, { clock, random: Math.random, log, steps });
    log.info("listening", { addresses: api.addresses.join(" ") });
    log.info("stopping", { reason: await stopped });
  } finally {
    if (!(await steps.stopAll())) process.exitCode = 1;
  }
}

await main().catch(fail);
