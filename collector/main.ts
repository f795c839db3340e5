import { systemClock } from "../common/base/clock.ts";
import { helpOf, readConfig } from "../common/base/config.ts";
import { messageOf, SeamarkError } from "../common/base/errors.ts";
import { createLogger } from "../common/base/log.ts";
import { startCollector } from "./collector.ts";
import { collectorSettings } from "./config.ts";

async function main(): Promise<void> {
  const argv = process.argv.slice(2);
  const config = readConfig(collectorSettings, { argv, env: process.env });
  if (config.help) {
    process.stdout.write(helpOf("seamark collector: reads this host's containers", collectorSettings));
    return;
  }
  const log = createLogger("collector", config.logLevel);
  const running = await startCollector(config, { clock: systemClock, random: Math.random, log });
  log.info("collector started", { host: config.hostName, docker: config.dockerSocket });
  const signal = await new Promise<string>((done) => {
    for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => done(name));
  });
  log.info("collector stops", { signal });
  await running.stop();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    const hint = error instanceof SeamarkError && error.hint !== undefined ? `\n${error.hint}` : "";
    process.stderr.write(`collector: ${messageOf(error)}${hint}\n`);
    process.exit(error instanceof SeamarkError && error.code === "bad_config" ? 2 : 1);
  },
);
