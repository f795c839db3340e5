import { join, resolve } from "node:path";
import type { Random } from "../common/base/backoff.ts";
import type { Clock } from "../common/base/clock.ts";
import { messageOf, SeamarkError } from "../common/base/errors.ts";
import type { Logger } from "../common/base/log.ts";
import { Metrics } from "../common/base/metrics.ts";
import { formatNanos, msToNanos } from "../common/base/nanotime.ts";
import { openSpool } from "../common/spool/disk-spool.ts";
import type { Spool } from "../common/spool/spool.ts";
import type { CollectorStatus } from "../common/wire/ingest.ts";
import type { CollectorConfig } from "./config.ts";
import { type ReaderCounters, readerCounters } from "./docker/collector-counters.ts";
import { Discovery } from "./docker/discovery.ts";
import { knownContainers, latestKnownMs } from "./docker/known-positions.ts";
import { ReaderSet } from "./docker/reader-set.ts";
import { createSocketEngine } from "./docker/socket-engine.ts";
import { collectorId, hostAddress, ownContainerId, readTextFile } from "./host-facts.ts";
import { createContainerFilter } from "./metadata/container-filter.ts";
import { type HostFacts, hostOrigin } from "./metadata/origin.ts";
import { createLineParser } from "./parse/line-parser.ts";
import { parseCounters } from "./parse/parse-counters.ts";
import type { Pipeline } from "./ship/pipeline.ts";
import { createPipeline } from "./ship/segment-pipeline.ts";
import { createShipper } from "./ship/shipper.ts";
import { startStatusServer } from "./status-server.ts";

/** What is read and not yet on disk is written within this time at the end. */
const flushMs = 2_000;
/** What is on disk is offered to the aggregator for this long at the end; the rest goes at the next start. */
const lastShipMs = 3_000;

export interface CollectorTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}

export interface RunningCollector {
  readonly metrics: Metrics;
  /** Stops readers, pipeline, shipper and spool, in this order. */
  stop(): Promise<void>;
}

/** Reads this host's containers into the spool and sends what is in it, until it is stopped. */
export async function startCollector(
  config: CollectorConfig,
  tools: CollectorTools,
): Promise<RunningCollector> {
  const { clock } = tools;
  const folder = join(resolve(config.state), "collector");
  const token = readToken(config);
  const metrics = new Metrics();
  const host = { name: config.hostName, ip: hostAddress() };
  const id = collectorId(folder);
  const spool = await openSpool({
    folder: join(folder, "spool"),
    sizeBytesMax: config.spoolBytes,
    nowMs: () => clock.nowMs(),
  });
  // The pipeline asks for the watermark that the readers of the pipeline make.
  const completeFromMs = latestKnownMs(spool.positions) ?? clock.nowMs() - config.firstReadMs;
  let watermarkMs = (): number => completeFromMs;
  const watermark = (): string => formatNanos(msToNanos(watermarkMs()));
  const pipeline = createPipeline({ ...tools, spool, metrics, watermark, hostOrigin: hostOrigin(host) });
  const counters = readerCounters(metrics);
  const stopping = new AbortController();
  const parts = { spool, pipeline, metrics, counters, host, completeFromMs };
  const { discovery, readers } = createDiscovery(config, tools, parts, stopping.signal);
  watermarkMs = () => discovery.watermarkMs();
  const notReady = (): string | undefined =>
    discovery.listedOnce ? undefined : `waiting for Docker at ${config.dockerSocket}`;
  const server = await startStatusServer({ listen: config.listen, metrics, token, notReady });
  const status = (): CollectorStatus => ({
    host: host.name,
    docker: discovery.docker,
    containers: readers.reading,
    lagMs: readers.lagMs,
    spoolBytes: spool.sizeBytes,
    lostLines: counters.lostLines,
  });
  const shipper = createShipper({
    ...tools,
    token: () => laterToken(config, tools.log),
    spool,
    pipeline,
    aggregators: config.aggregatorUrls,
    collectorId: id,
    status,
    metrics,
  });
  const reading = discovery.run(stopping.signal);
  return {
    metrics,
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

interface Parts {
  readonly spool: Spool;
  readonly pipeline: Pipeline;
  readonly metrics: Metrics;
  readonly counters: ReaderCounters;
  readonly host: HostFacts;
  readonly completeFromMs: number;
}

function createDiscovery(
  config: CollectorConfig,
  tools: CollectorTools,
  parts: Parts,
  signal: AbortSignal,
): { discovery: Discovery; readers: ReaderSet } {
  const engine = createSocketEngine(config.dockerSocket);
  const parsing = parseCounters(parts.metrics);
  const readers = new ReaderSet({
    ...tools,
    ...parts,
    engine,
    parserOf: (openGroup) => createLineParser({ openGroup, counters: parsing }),
    firstReadMs: config.firstReadMs,
    knownIds: knownContainers(parts.spool.positions),
    signal,
  });
  const accepts = createContainerFilter({
    include: config.include ?? [],
    exclude: config.exclude ?? [],
    ownId: ownContainerId(readTextFile("/proc/self/mountinfo") ?? ""),
  });
  const { completeFromMs } = parts;
  return { discovery: new Discovery({ ...tools, engine, readers, accepts, completeFromMs }), readers };
}

/** The token as it is now; a file that cannot be read at the moment is no reason to end. */
function laterToken(config: CollectorConfig, log: Logger): string | undefined {
  try {
    return readToken(config);
  } catch (error) {
    log.warn("the token cannot be read", { error: messageOf(error) });
    return undefined;
  }
}

function readToken(config: CollectorConfig): string | undefined {
  const token = readTextFile(config.tokenFile ?? join(resolve(config.state), "token"));
  if (config.tokenFile !== undefined && token === undefined) {
    throw new SeamarkError("bad_config", `--token-file ${config.tokenFile} is not there`);
  }
  return token;
}
