import { join, resolve } from "node:path";
import { type Clock, systemClock } from "../common/base/clock.ts";
import { helpOf, readConfig } from "../common/base/config.ts";
import { messageOf, SeamarkError } from "../common/base/errors.ts";
import { createLogger, type Logger } from "../common/base/log.ts";
import { Metrics } from "../common/base/metrics.ts";
import { formatNanos, msToNanos } from "../common/base/nanotime.ts";
import { openSpool } from "../common/spool/disk-spool.ts";
import type { CollectorStatus } from "../common/wire/ingest.ts";
import { type CollectorConfig, collectorSettings } from "./config.ts";
import { readerCounters } from "./docker/collector-counters.ts";
import { Discovery } from "./docker/discovery.ts";
import { knownContainers, latestKnownMs } from "./docker/known-positions.ts";
import { ReaderSet } from "./docker/reader-set.ts";
import { createSocketEngine } from "./docker/socket-engine.ts";
import { collectorId, hostAddress, ownContainerId, readTextFile } from "./host-facts.ts";
import { createContainerFilter } from "./metadata/container-filter.ts";
import { hostOrigin } from "./metadata/origin.ts";
import { createLineParser } from "./parse/line-parser.ts";
import { parseCounters } from "./parse/parse-counters.ts";
import { createPipeline } from "./ship/segment-pipeline.ts";
import { createShipper } from "./ship/shipper.ts";
import { startStatusServer } from "./status-server.ts";

/** What is read and not yet on disk is written within this time at the end. */
const flushMs = 2_000;
/** What is on disk is offered to the aggregator for this long at the end; the rest goes at the next start. */
const lastShipMs = 3_000;

interface Running {
  /** In the order readers, pipeline, shipper, spool. */
  stop(): Promise<void>;
}

async function start(config: CollectorConfig, clock: Clock, log: Logger): Promise<Running> {
  const state = resolve(config.state);
  const folder = join(state, "collector");
  const host = { name: config.hostName, ip: hostAddress() };
  const token = readTextFile(config.tokenFile ?? join(state, "token"));
  if (config.tokenFile !== undefined && token === undefined) {
    throw new SeamarkError("bad_config", `--token-file ${config.tokenFile} is not there`);
  }
  const metrics = new Metrics();
  const id = collectorId(folder);
  const spool = await openSpool({
    folder: join(folder, "spool"),
    sizeBytesMax: config.spoolBytes,
    nowMs: () => clock.nowMs(),
  });
  const watch = { ms: latestKnownMs(spool.positions) ?? clock.nowMs() - config.firstReadMs };
  const pipeline = createPipeline({
    spool,
    clock,
    metrics,
    log,
    watermark: () => formatNanos(msToNanos(discovery?.watermarkMs() ?? watch.ms)),
    hostOrigin: hostOrigin(host),
  });
  const stopping = new AbortController();
  const counters = readerCounters(metrics);
  const parsing = parseCounters(metrics);
  const engine = createSocketEngine(config.dockerSocket);
  const readers = new ReaderSet({
    engine,
    pipeline,
    host,
    parserOf: (openGroup) => createLineParser({ openGroup, counters: parsing }),
    counters,
    metrics,
    clock,
    random: Math.random,
    log,
    firstReadMs: config.firstReadMs,
    knownIds: knownContainers(spool.positions),
    signal: stopping.signal,
  });
  let discovery: Discovery | undefined;
  discovery = new Discovery({
    engine,
    readers,
    accepts: createContainerFilter({
      include: config.include ?? [],
      exclude: config.exclude ?? [],
      ownId: ownContainerId(readTextFile("/proc/self/mountinfo") ?? ""),
    }),
    clock,
    random: Math.random,
    log,
    completeFromMs: watch.ms,
  });
  const found = discovery;
  const status = (): CollectorStatus => ({
    host: host.name,
    docker: found.docker,
    containers: readers.reading,
    lagMs: readers.lagMs,
    spoolBytes: spool.sizeBytes,
    lostLines: counters.lostLines,
  });
  const server = await startStatusServer({
    listen: config.listen,
    metrics,
    token,
    notReady: () => (found.listedOnce ? undefined : `waiting for Docker at ${config.dockerSocket}`),
  });
  const shipper = createShipper({
    spool,
    pipeline,
    aggregators: config.aggregatorUrls,
    ...(token === undefined ? {} : { token }),
    collectorId: id,
    status,
    clock,
    random: Math.random,
    metrics,
    log,
  });
  const reading = discovery.run(stopping.signal);
  return {
    stop: async () => {
      stopping.abort(new Error("the collector stops"));
      await reading;
      await pipeline.close(flushMs);
      await shipper.stop(lastShipMs);
      await spool.close();
      await server.close();
    },
  };
}

async function main(): Promise<void> {
  const argv = process.argv.slice(2);
  const config = readConfig(collectorSettings, { argv, env: process.env });
  if (config.help) {
    process.stdout.write(helpOf("seamark collector: reads this host's containers", collectorSettings));
    return;
  }
  const log = createLogger("collector", config.logLevel);
  const running = await start(config, systemClock, log);
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
