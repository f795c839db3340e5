import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { type CollectorStatus, ingestHeaders, type SegmentKind } from "../../common/wire/ingest.ts";
import type { LogRow, Origin } from "../../common/wire/row.ts";
import type { Cluster } from "../cluster/parts.ts";

export const postedHost = "posted-host";

/** Stands for a collector where a test needs exact rows: posts them by the ingest API, as a collector does. */
export class Poster {
  readonly #cluster: Cluster;
  #sequence = 0;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** Origins first; then the rows, which are complete up to now. */
  async post(origins: readonly Origin[], rows: readonly LogRow[]): Promise<void> {
    if (origins.length > 0) await this.#send("origins", origins);
    if (rows.length > 0) await this.#send("logs", rows);
  }

  /** Nothing new: everything up to now is there. */
  async beat(): Promise<void> {
    await this.#send("logs", []);
  }

  async #send(kind: SegmentKind, lines: readonly object[]): Promise<void> {
    if (lines.length > 0) this.#sequence += 1;
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    const response = await fetch(`${this.#cluster.url}/api/v1/ingest/${kind}`, {
      method: "POST",
      headers: this.#headers(),
      body: lines.length === 0 ? "" : gzipSync(text, { level: 1 }),
    });
    if (response.status !== 204) throw new Error(`${kind}: ${response.status} ${await response.text()}`);
  }

  #headers(): Record<string, string> {
    const now = new Date().toISOString();
    const status: CollectorStatus = {
      host: postedHost,
      docker: { state: "connected", socket: "/var/run/docker.sock", since: now },
      ...{ containers: 1, lagMs: 0, spoolBytes: 0, lostLines: 0 },
    };
    return {
      authorization: `Bearer ${readFileSync(this.#cluster.tokenFile, "utf8").trim()}`,
      "content-type": "application/x-ndjson",
      "content-encoding": "gzip",
      [ingestHeaders.collector]: "0123456789abcdef",
      [ingestHeaders.epoch]: "fedcba9876543210",
      [ingestHeaders.sequence]: String(this.#sequence),
      [ingestHeaders.watermark]: now,
      [ingestHeaders.status]: encodeURIComponent(JSON.stringify(status)),
    };
  }
}

/** An app's only container on the posted host. */
export function originOf(id: number, app: string, more: Partial<Origin> = {}): Origin {
  return {
    "origin.id": id.toString(16).padStart(16, "0"),
    "host.name": postedHost,
    "service.name": app,
    "service.node.name": `${app}-1`,
    "service.version": "1.0",
    "container.id": id.toString(16).padStart(64, "0"),
    "container.name": `${app}-1`,
    ...more,
  };
}

/** `2026-11-22T18:00:00.123Z` with nine digits; `ns` is added to the milliseconds. */
export function nanos(ms: number, ns = 0): string {
  return `${new Date(ms).toISOString().slice(0, -1)}${String(ns).padStart(6, "0")}Z`;
}
