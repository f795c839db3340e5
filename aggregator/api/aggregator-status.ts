import type { Clock } from "../../common/base/clock.ts";
import type { Metrics } from "../../common/base/metrics.ts";
import { formatNanos, nanosToMs } from "../../common/base/nanotime.ts";
import type { Spool } from "../../common/spool/spool.ts";
import { diskBytesOf } from "../config.ts";
import type { Completeness } from "../ingest/completeness.ts";
import type { DeadLetters } from "../ingest/dead-letters.ts";
import type { Loader } from "../ingest/loader.ts";
import type { TailClients } from "../live/tail-clients.ts";
import type { LogStore } from "../store/log-store.ts";
import type { DiskUse } from "./disk-use.ts";
import { staleMs } from "./inventory-routes.ts";
import type { LostLines } from "./lost-lines.ts";
import { completeToOf } from "./parts.ts";
import type { RateMeter } from "./rate-meter.ts";
import type { ReadinessState, StatusBody, StatusSource } from "./status-routes.ts";

/** Above this share of its limit the spool says that the store does not keep up. */
const spoolShareMax = 0.8;
/** Below this the store cannot compact any more. */
const freeBytesMin = 512 * 1024 * 1024;

export interface StatusOptions {
  readonly version: string;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly spool: Pick<Spool, "sizeBytes" | "segments">;
  readonly spoolBytesMax: number;
  readonly loader: Pick<Loader, "state">;
  readonly completeness: Pick<Completeness, "hosts" | "completeToNs">;
  readonly deadLetters: Pick<DeadLetters, "list">;
  readonly logs: Pick<LogStore, "keptSinceNs">;
  readonly lines: RateMeter;
  readonly lostLines: LostLines;
  readonly diskUse: DiskUse;
  readonly tails: Pick<TailClients, "size">;
  readonly stateFolder: string;
  readonly retentionMs: number;
  readonly retentionBytes: number;
}

/** How the aggregator itself is, gathered when somebody asks. */
export class AggregatorStatus implements StatusSource {
  readonly metrics: Metrics;
  readonly #options: StatusOptions;
  readonly #startedMs: number;
  #stopping = false;

  constructor(options: StatusOptions) {
    this.#options = options;
    this.metrics = options.metrics;
    this.#startedMs = options.clock.nowMs();
  }

  /** From now on it says that it takes no more lines. */
  stop(): void {
    this.#stopping = true;
  }

  readiness(): ReadinessState {
    if (this.#stopping) return { state: "stopping", reasons: ["The aggregator was told to stop."] };
    const reasons = reasonsOf(this.#options);
    return { state: reasons.length === 0 ? "ready" : "degraded", reasons };
  }

  async status(): Promise<StatusBody> {
    const { clock, completeness, version, logs, lostLines, deadLetters, retentionMs } = this.#options;
    const nowMs = clock.nowMs();
    const completeNs = completeness.completeToNs();
    const keptSinceNs = logs.keptSinceNs();
    const [lost, letters, disk] = await Promise.all([lostLines.today(), deadLetters.list(1), this.#disk()]);
    return {
      version,
      startedAt: new Date(this.#startedMs).toISOString(),
      now: new Date(nowMs).toISOString(),
      ...this.readiness(),
      keptSince: keptSinceNs === undefined ? null : formatNanos(keptSinceNs),
      completeTo: completeToOf(completeness),
      behindSeconds: completeNs === undefined ? null : Math.max(0, nowMs - nanosToMs(completeNs)) / 1000,
      ingest: this.#ingest(),
      loader: this.#loader(),
      lostLinesToday: lost,
      deadLetters: { some: letters.letters.length > 0, dropped: letters.dropped },
      disk,
      retention: { ageSeconds: retentionMs / 1000, sizeBytes: this.#options.retentionBytes },
      live: {
        clients: this.#options.tails.size,
        skipped: this.metrics.value("seamark_live_rows_skipped_total"),
      },
      collectors: collectorsOf(completeness, nowMs),
    };
  }

  #ingest(): StatusBody["ingest"] {
    return {
      linesPerSecond: this.#options.lines.perSecond(),
      lines: this.#options.lines.total,
      refusedPosts: this.metrics.value("seamark_api_ingest_refused_total"),
    };
  }

  #loader(): StatusBody["loader"] {
    const { loader, spool } = this.#options;
    const { ok, error, sinceMs } = loader.state();
    return {
      state: ok ? "running" : "failing",
      since: new Date(sinceMs).toISOString(),
      waitingSegments: spool.segments,
      waitingBytes: spool.sizeBytes,
      error: error ?? null,
    };
  }

  async #disk(): Promise<StatusBody["disk"]> {
    const { diskUse, retentionBytes, stateFolder } = this.#options;
    return {
      usedBytes: await diskUse.bytes(),
      limitBytes: retentionBytes,
      freeBytes: diskBytesOf(stateFolder).freeBytes,
    };
  }
}

function reasonsOf({ loader, spool, spoolBytesMax, stateFolder, metrics }: StatusOptions): string[] {
  const reasons: string[] = [];
  const { ok, error } = loader.state();
  if (!ok) reasons.push(`The store takes no lines: ${error ?? "reason not known"}.`);
  const share = spool.sizeBytes / spoolBytesMax;
  if (share > spoolShareMax)
    reasons.push(`Lines that wait for the store fill ${Math.round(share * 100)} % of their room.`);
  const corrupt = metrics.value("seamark_store_corrupt_files");
  if (corrupt > 0) reasons.push(`${corrupt} files of the store were damaged and are set aside.`);
  const { freeBytes } = diskBytesOf(stateFolder);
  if (freeBytes < freeBytesMin) reasons.push(`Only ${Math.round(freeBytes / 1e6)} MB of disk are free.`);
  return reasons;
}

function collectorsOf(completeness: Pick<Completeness, "hosts">, nowMs: number): StatusBody["collectors"] {
  const hosts = completeness.hosts();
  return {
    total: hosts.length,
    stale: hosts.filter((host) => nowMs - host.lastSeenMs > staleMs).length,
    dockerWaiting: hosts.filter((host) => host.status?.docker.state === "waiting").length,
  };
}
