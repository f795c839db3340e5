import { createHash } from "node:crypto";
import type { Json } from "../../common/spool/spool.ts";
import type { Origin } from "../../common/wire/row.ts";
import type { CutSegment } from "./open-segment.ts";

/** Containers whose origin is remembered; one that is forgotten is only announced again. */
const originsMax = 10_000;
const prefix = "origin/";

/** Knows which origins were sent in this epoch, by a position per origin that holds its content's hash. */
export class OriginAnnouncer {
  /** Announced since the start of this process: by id, as JSON. */
  readonly #known = new Map<string, string>();
  readonly #waiting = new Map<string, string>();
  readonly #stored: (key: string) => Json | undefined;

  constructor(stored: (key: string) => Json | undefined) {
    this.#stored = stored;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  announce(origin: Origin): void {
    const id = origin["origin.id"];
    const json = JSON.stringify(origin);
    this.#known.delete(id);
    this.#known.set(id, json);
    if (this.#known.size > originsMax) this.#known.delete(this.#known.keys().next().value!);
    if (this.#stored(prefix + id) !== hashOf(json)) this.#waiting.set(id, json);
  }

  /** All that were announced since the start, as NDJSON: for an aggregator that never heard of them. */
  all(): Buffer {
    return ndjson(this.#known.values());
  }

  /** The segment with those that were not sent yet, which goes before the rows that name them. */
  cut(watermark: string, storedKeys: Iterable<string>): CutSegment {
    const positions: Record<string, Json> = {};
    const old = [...storedKeys].filter((key) => key.startsWith(prefix));
    for (const key of old.slice(0, Math.max(0, old.length + this.#waiting.size - originsMax))) {
      positions[key] = null;
    }
    for (const [id, json] of this.#waiting) positions[prefix + id] = hashOf(json);
    const segment: CutSegment = {
      kind: "origins",
      ndjson: ndjson(this.#waiting.values()),
      rows: this.#waiting.size,
      positions,
      meta: { watermark },
      durable: Promise.withResolvers(),
    };
    this.#waiting.clear();
    return segment;
  }
}

function ndjson(lines: Iterable<string>): Buffer {
  return Buffer.from([...lines].map((line) => `${line}\n`).join(""));
}

function hashOf(json: string): string {
  return createHash("sha256").update(json).digest("base64url").slice(0, 16);
}
