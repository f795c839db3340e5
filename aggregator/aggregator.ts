import { mkdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import type { Random } from "../common/base/backoff.ts";
import type { Clock } from "../common/base/clock.ts";
import type { Logger } from "../common/base/log.ts";
import { Metrics } from "../common/base/metrics.ts";
import { parseQuery } from "../common/query/parser.ts";
import { compilePredicate } from "../common/query/predicate.ts";
import { openSpool } from "../common/spool/disk-spool.ts";
import type { Spool } from "../common/spool/spool.ts";
import { AggregatorStatus } from "./api/aggregator-status.ts";
import { type Api, startApi } from "./api/api.ts";
import { DiskUse } from "./api/disk-use.ts";
import { LostLines } from "./api/lost-lines.ts";
import { completeToOf } from "./api/parts.ts";
import { RateMeter } from "./api/rate-meter.ts";
import { Reads } from "./api/reads.ts";
import { loadToken, type Token } from "./api/token.ts";
import { type AggregatorConfig, defaultRetentionBytes, diskBytesOf, isLoopback } from "./config.ts";
import { type Completeness, createCompleteness } from "./ingest/completeness.ts";
import { type DeadLetters, openDeadLetters } from "./ingest/dead-letters.ts";
import { createIngest } from "./ingest/ingest.ts";
import { aggregatorOrigin, createLoader, type Loader } from "./ingest/loader.ts";
import { LiveBus } from "./live/live-bus.ts";
import { TailClients } from "./live/tail-clients.ts";
import { watchProcess } from "./process-metrics.ts";
import { RetentionLoop } from "./retention-loop.ts";
import type { Steps } from "./steps.ts";
import { openDuckdbStore } from "./store/duckdb/duckdb-store.ts";
import type { Store } from "./store/log-store.ts";

/** Lines that wait for the store: minutes of a very busy cluster. Collectors keep the rest. */
const spoolBytesMax = 1024 ** 3;
/** How long answers that are under way may take at the stop; milliseconds. */
const stopMs = 3000;

export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly steps: Steps;
}

/** What a start has settled before anything runs. */
interface Settled extends Surroundings {
  readonly config: AggregatorConfig;
  readonly token: Token;
  /** The aggregator's own, below the state folder. */
  readonly folder: string;
  readonly retentionBytes: number;
  readonly metrics: Metrics;
}

/** What keeps lines: from the post that brought them to the store. */
interface Keeping {
  readonly store: Store;
  readonly spool: Spool;
  readonly completeness: Completeness;
  readonly deadLetters: DeadLetters;
  readonly loader: Loader;
}

/**
 * Starts everything, each part as a step that `surroundings.steps` stops again: the store last of all, because the
 * loader writes to it, and the API first, because it takes new lines. Rejects with a SeamarkError for what the
 * user can mend.
 */
export async function startAggregator(config: AggregatorConfig, surroundings: Surroundings): Promise<Api> {
  const settled = settle(config, surroundings);
  const keeping = await startKeeping(settled);
  return startAnswering(settled, keeping);
}

function settle(config: AggregatorConfig, surroundings: Surroundings): Settled {
  const state = resolve(config.state);
  const token = loadToken(join(state, "token"), { create: isLoopback(config.listen) });
  const folder = join(state, "aggregator");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const retentionBytes = config.retentionBytes ?? defaultRetentionBytes(diskBytesOf(folder).totalBytes);
  const metrics = new Metrics();
  watchProcess(metrics);
  return { ...surroundings, config, token, folder, retentionBytes, metrics };
}

async function startKeeping(settled: Settled): Promise<Keeping> {
  const { steps, folder, clock, random, metrics, log, retentionBytes } = settled;
  const { retentionMs, memoryLimitBytes } = settled.config;
  const limits = { retentionMs, retentionBytes, memoryLimitBytes };
  const store = await steps.start(
    "store",
    () => openDuckdbStore({ folder: join(folder, "store"), ...limits, clock, metrics, log }),
    (one) => one.logs.close(),
  );
  await steps.start(
    "retention",
    () => new RetentionLoop({ enforce: () => store.enforceRetention(), clock, log }),
    (one) => one.stop(),
  );
  const nowMs = () => clock.nowMs();
  const spool = await steps.start(
    "spool",
    () => openSpool({ folder: join(folder, "spool"), sizeBytesMax: spoolBytesMax, nowMs }),
    (one) => one.close(),
  );
  const completeness = createCompleteness({ spool, clock });
  const deadLetters = await openDeadLetters({ folder: join(folder, "dead-letters"), spool, clock, metrics });
  const ownOrigin = aggregatorOrigin(hostname());
  const own = { spool, store: store.logs, deadLetters, completeness, ownOrigin };
  const loader = await steps.start(
    "loader",
    () => createLoader({ ...own, clock, random, metrics, log }),
    (one) => one.stop(),
  );
  return { store, spool, completeness, deadLetters, loader };
}

function startAnswering(settled: Settled, keeping: Keeping): Promise<Api> {
  const { steps, config, clock, metrics, log, token, folder, retentionBytes } = settled;
  const { store, spool, completeness } = keeping;
  const bus = new LiveBus({ origin: (id) => store.inventory.origin(id) });
  const lines = new RateMeter(() => clock.monotonicMs());
  const ingest = createIngest({
    ...{ spool, completeness, clock, metrics, log },
    hooks: {
      onOrigins: (origins) => bus.announce(origins),
      onRows: (rows, acceptedNs) => {
        lines.add(rows.length);
        bus.publish(rows, acceptedNs);
      },
    },
  });
  const tails = new TailClients({ bus, clock, metrics, completeTo: () => completeToOf(completeness) });
  const version = versionOf();
  const status = new AggregatorStatus({
    ...{ ...keeping, version, clock, metrics, spoolBytesMax, lines, tails, retentionBytes },
    logs: store.logs,
    lostLines: new LostLines(store.logs, clock),
    diskUse: new DiskUse(folder, clock),
    stateFolder: folder,
    retentionMs: config.retentionMs,
  });
  const options = {
    ...{
      ...keeping,
      ingest,
      tails,
      status,
      clock,
      metrics,
      log,
      version,
      token,
      parseQuery,
      compilePredicate,
    },
    reads: new Reads({ clock, metrics }),
    listen: config.listen,
    dashboard: config.dashboard,
  };
  return steps.start(
    "api",
    () => startApi(options),
    (api) => {
      status.stop();
      return api.stop(stopMs);
    },
  );
}

function versionOf(): string {
  const text = readFileSync(join(import.meta.dirname, "..", "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
