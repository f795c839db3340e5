import { formatNanos, parseNanos } from "../../common/base/nanotime.ts";
import type { JoinedRow, LogRow, Origin } from "../../common/wire/row.ts";

/** Origins that were announced but may not be loaded yet; older ones are found in the inventory. */
const announcedOriginsMax = 10_000;

export interface LiveBusOptions {
  /** The inventory of the store. */
  readonly origin: (id: string) => Origin | undefined;
}

export interface LiveFilter {
  /** Subscriptions with the same text share one evaluation of each row. */
  readonly text: string;
  readonly matches: (row: JoinedRow) => boolean;
}

interface Group {
  readonly filter: LiveFilter;
  readonly sinks: Set<(rowJson: string) => void>;
}

/**
 * Hands rows on to live tails the moment they are accepted, before the store has them. Rows are joined with their
 * origin, evaluated once per distinct query and printed once, however many clients watch. A sink must not block:
 * it buffers within its own limits.
 */
export class LiveBus {
  readonly #options: LiveBusOptions;
  readonly #groups = new Map<string, Group>();
  readonly #announced = new Map<string, Origin>();

  constructor(options: LiveBusOptions) {
    this.#options = options;
  }

  /** Rows from now on that match, as JSON text. Returns what ends it. */
  subscribe(filter: LiveFilter, sink: (rowJson: string) => void): () => void {
    const group = this.#groups.get(filter.text) ?? { filter, sinks: new Set() };
    this.#groups.set(filter.text, group);
    group.sinks.add(sink);
    return () => {
      group.sinks.delete(sink);
      if (group.sinks.size === 0) this.#groups.delete(filter.text);
    };
  }

  announce(origins: readonly Origin[]): void {
    for (const origin of origins) {
      this.#announced.delete(origin["origin.id"]);
      this.#announced.set(origin["origin.id"], origin);
    }
    const excess = this.#announced.size - announcedOriginsMax;
    for (const id of [...this.#announced.keys()].slice(0, Math.max(0, excess))) this.#announced.delete(id);
  }

  /** `acceptedNs` becomes `event.ingested`. Costs nothing while nobody watches. */
  publish(rows: readonly LogRow[], acceptedNs: bigint): void {
    if (this.#groups.size === 0) return;
    const ingested = formatNanos(acceptedNs);
    for (const row of rows) this.#deliver(this.#join(row, ingested));
  }

  #deliver(row: JoinedRow): void {
    let json: string | undefined;
    for (const { filter, sinks } of this.#groups.values()) {
      if (!filter.matches(row)) continue;
      json ??= JSON.stringify(row);
      for (const sink of sinks) sink(json);
    }
  }

  #join(row: LogRow, ingested: string): JoinedRow {
    const originId = row["origin.id"];
    const origin = this.#announced.get(originId) ?? this.#options.origin(originId);
    const id = `${parseNanos(row["@timestamp"])}-${originId}-${row["event.sequence"]}`;
    return { id, "event.ingested": ingested, ...origin, ...row } as JoinedRow;
  }
}
