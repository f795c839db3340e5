import type { Random } from "../../common/base/backoff.ts";
import type { Clock } from "../../common/base/clock.ts";
import { messageOf } from "../../common/base/errors.ts";
import type { Logger } from "../../common/base/log.ts";
import type { Gauge, Metrics } from "../../common/base/metrics.ts";
import { formatNanos, msToNanos } from "../../common/base/nanotime.ts";
import type { Json } from "../../common/spool/spool.ts";
import { containerName } from "../metadata/container-names.ts";
import { containerOrigin, type HostFacts, originId } from "../metadata/origin.ts";
import type { LineParser, OpenGroup } from "../parse/parsed-line.ts";
import type { Pipeline } from "../ship/pipeline.ts";
import { lagContainersMax, type ReaderCounters } from "./collector-counters.ts";
import type { ContainerDetails, Engine } from "./engine.ts";
import { gapRow, type NoteRow } from "./gap-row.ts";
import { type LogPosition, readPosition } from "./position.ts";
import { ContainerReader, positionKey } from "./reader.ts";
import type { ActualReader } from "./reconcile.ts";
import { removedRow } from "./run-events.ts";

export interface ReaderSetOptions {
  readonly engine: Engine;
  readonly pipeline: Pipeline;
  readonly host: HostFacts;
  readonly parserOf: (group: OpenGroup | undefined) => LineParser;
  readonly counters: ReaderCounters;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly firstReadMs: number;
  /** Containers that have a stored position from before the start. */
  readonly knownIds: readonly string[];
  readonly signal: AbortSignal;
}

interface Entry {
  readonly reader: ContainerReader;
  readonly done: Promise<void>;
  ended: boolean;
  goneSinceMs: number | undefined;
}

/** The readers of all containers. */
export class ReaderSet {
  readonly #options: ReaderSetOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #lag: Gauge;
  /** Stored positions whose container was not seen yet since the start. */
  readonly #unknown: Set<string>;
  readonly #outOfMemory = new Set<string>();

  constructor(options: ReaderSetOptions) {
    this.#options = options;
    this.#unknown = new Set(options.knownIds);
    this.#lag = options.metrics.gauge(
      "seamark_collector_lag_seconds",
      "Between the time of a container's last line and its reading",
    );
    options.metrics
      .gauge("seamark_collector_containers", "Containers whose log is being read")
      .read(() => this.reading);
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  actual(): ReadonlyMap<string, ActualReader> {
    return this.#entries;
  }

  /** Containers with an open connection. */
  get reading(): number {
    let count = 0;
    for (const { reader } of this.#entries.values()) if (reader.progress.reading) count += 1;
    return count;
  }

  /** The lag of the container that is furthest behind, milliseconds. */
  get lagMs(): number {
    let worst = 0;
    for (const { reader } of this.#entries.values()) worst = Math.max(worst, reader.progress.lagMs);
    return worst;
  }

  /** Up to this time all containers were read; undefined when there is nothing to read. */
  completeMs(): number | undefined {
    let least: number | undefined;
    for (const { reader } of this.#entries.values()) {
      const ms = reader.progress.completeMs;
      if (ms !== undefined && (least === undefined || ms < least)) least = ms;
    }
    return least;
  }

  begin(details: ContainerDetails): void {
    const { Id: id } = details;
    if (this.#entries.has(id)) return;
    this.#unknown.delete(id);
    const { host, pipeline, signal, log } = this.#options;
    const reader = new ContainerReader(
      {
        ...this.#options,
        id,
        originId: originId(host.name, id),
        onDetails: (current) => pipeline.origin(containerOrigin(host, current)),
      },
      details,
    );
    const done = reader
      .run(signal)
      .catch((error: unknown) => {
        if (!signal.aborted) log.error("a reader ended", { container: id, error: messageOf(error) });
      })
      .then(() => {
        const entry = this.#entries.get(id);
        if (entry) entry.ended = true;
        this.#lag.remove({ container: containerName(details) });
      });
    this.#entries.set(id, { reader, done, ended: false, goneSinceMs: undefined });
    if (this.#entries.size <= lagContainersMax) {
      this.#lag.read(() => reader.progress.lagMs / 1000, { container: containerName(details) });
    }
  }

  wake(id: string): void {
    this.#entries.get(id)?.reader.wake();
  }

  /** The engine says that a container was started. */
  started(id: string, time: string): void {
    this.#entries.get(id)?.reader.started(time);
  }

  /** The engine says that a container's process was killed for its memory; the end of the run follows. */
  tellOutOfMemory(id: string): void {
    if (this.#entries.has(id)) this.#outOfMemory.add(id);
  }

  /** The engine says that a container's run ended. */
  tellEnd(id: string, time: string, exitCode: number | undefined): void {
    const outOfMemory = this.#outOfMemory.delete(id);
    this.#entries.get(id)?.reader.tellEnd({ time, exitCode, outOfMemory });
  }

  /** The container has another name now. */
  announce(id: string): void {
    const { engine, pipeline, host, log } = this.#options;
    if (!this.#entries.has(id)) return;
    engine
      .inspect(id)
      .then((details) => pipeline.origin(containerOrigin(host, details)))
      .catch((error: unknown) => log.debug("a renamed container is gone", { error: messageOf(error) }));
  }

  markListed(id: string): void {
    const entry = this.#entries.get(id);
    if (entry) entry.goneSinceMs = undefined;
  }

  markMissing(id: string, nowMs: number): void {
    const entry = this.#entries.get(id);
    if (entry) entry.goneSinceMs ??= nowMs;
  }

  /** The container is gone for good, and so is its position. */
  forget(id: string): void {
    this.#entries.delete(id);
    this.#outOfMemory.delete(id);
    this.#options.pipeline.position(positionKey(id), () => null);
  }

  /** A container that was removed before it could be looked at. */
  missed(id: string, name: string, image: string, labels: Readonly<Record<string, string>>): void {
    const { pipeline, host, counters } = this.#options;
    const now = this.#now();
    pipeline.origin(containerOrigin(host, factsOnly(id, name, image, labels)));
    counters.missed();
    this.#giveEnd(id, [gapRow("removed_before_read", now, now)!, removedRow(name, now)], undefined);
  }

  /** Positions of containers that were removed while the collector was away; what they had left is lost. */
  settleUnknown(listed: ReadonlySet<string>): void {
    for (const id of this.#unknown) {
      // A listed container that the rules keep out now keeps its position.
      if (listed.has(id)) continue;
      this.#unknown.delete(id);
      const position = readPosition(this.#options.pipeline.storedPosition(positionKey(id)));
      if (!position) this.forget(id);
      else this.#giveEnd(id, removedRows(id, position, this.#now()), position);
    }
  }

  tick(): void {
    for (const { reader } of this.#entries.values()) reader.tick();
  }

  verify(nowMs: number): void {
    const monotonicMs = this.#options.clock.monotonicMs();
    for (const { reader } of this.#entries.values()) reader.progress.verify(nowMs, monotonicMs);
  }

  /** Resolves when all readers have ended, after the signal aborted. */
  async stopped(): Promise<void> {
    await Promise.all([...this.#entries.values()].map(({ done }) => done));
  }

  /** Gives the last rows of a container without a reader, and forgets its position in the segment of the last one. */
  #giveEnd(id: string, rows: readonly NoteRow[], position: LogPosition | undefined): void {
    const { pipeline, host, counters, clock } = this.#options;
    const origin = originId(host.name, id);
    const first = position?.next ?? Math.floor(clock.nowMs() * 1000);
    for (const [at, row] of rows.entries()) {
      const next = first + at + 1;
      // Only a gap can be followed by another row: that everything was told of the lines is remembered with it.
      const told = position && { ...position, ...readMark(position), next };
      const isLast = at === rows.length - 1;
      if (row["event.kind"] === "gap") counters.missedGap();
      const stored = isLast || !told ? null : (told as unknown as Json);
      pipeline.row(
        { ...row, "origin.id": origin, "event.sequence": next - 1 },
        positionKey(id),
        () => stored,
      );
    }
    if (rows.length === 0) this.forget(id);
  }

  #now(): string {
    return formatNanos(msToNanos(this.#options.clock.nowMs()));
  }
}

/** What is still to be told of a container that was removed: the gap, when its last run was not read to its end. */
function removedRows(id: string, position: LogPosition, now: string): NoteRow[] {
  const { startedAt, readRun, stdout, stderr, removed } = position;
  const times = [stdout?.last, stderr?.last].filter((time) => time !== undefined).sort();
  // Lines without a start: they were stored before the engine had said when the container was started.
  const startUnknown = startedAt === undefined && times.length > 0 && !removed;
  const isRead = startedAt === readRun && !startUnknown;
  const gap = isRead ? undefined : gapRow("removed_before_read", times.at(-1) ?? startedAt ?? now, now);
  return [...(gap ? [gap] : []), ...(removed ? [] : [removedRow(id.slice(0, 12), now)])];
}

function readMark({ startedAt }: LogPosition): Pick<LogPosition, "readRun"> {
  return startedAt === undefined ? {} : { readRun: startedAt };
}

/** A container of which only an event is left. */
function factsOnly(
  id: string,
  name: string,
  image: string,
  labels: Readonly<Record<string, string>>,
): ContainerDetails {
  const never = "0001-01-01T00:00:00Z";
  return {
    Id: id,
    Name: name,
    Created: never,
    State: { Status: "dead", Running: false, ExitCode: 0, StartedAt: never, FinishedAt: never },
    Config: { Tty: false, Image: image, Labels: labels },
    HostConfig: { LogConfig: { Type: "" } },
  };
}
