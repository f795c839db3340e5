import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, gzipSync, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../common/base/clock.ts";
import { createLogger } from "../../common/base/log.ts";
import { Metrics } from "../../common/base/metrics.ts";
import { openSpool } from "../../common/spool/disk-spool.ts";
import type { Json, Spool } from "../../common/spool/spool.ts";
import {
  type CollectorStatus,
  ingestHeaders,
  ingestLimits,
  type SegmentKind,
} from "../../common/wire/ingest.ts";
import type { LogRow, Origin } from "../../common/wire/row.ts";
import { batchIdOf, decodeMeta } from "./batch-meta.ts";
import { type Completeness, collectorsMax, createCompleteness } from "./completeness.ts";
import { createIngest, type Ingest, type IngestResult } from "./ingest.ts";

const collector = "00000000000000c1";
const epoch = "00000000000000e1";
const metrics = new Metrics();
let folder: string;
let spool: Spool;
let completeness: Completeness;
let ingest: Ingest;
let seenRows: LogRow[];
let seenOrigins: Origin[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seamark-ingest-"));
  await start();
});
afterEach(async () => {
  await spool.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(sizeBytesMax = 64 * 1024 * 1024): Promise<void> {
  await spool?.close();
  spool = await openSpool({ folder: join(folder, "spool"), sizeBytesMax, nowMs: Date.now });
  completeness = createCompleteness({ spool, clock: systemClock });
  seenRows = [];
  seenOrigins = [];
  ingest = createIngest({
    spool,
    completeness,
    hooks: {
      onRows: (rows) => {
        expect(spool.segments).toBeGreaterThan(0);
        seenRows.push(...rows);
      },
      onOrigins: (origins) => seenOrigins.push(...origins),
    },
    clock: systemClock,
    metrics,
    log: createLogger("test", "error"),
  });
}

function lines(...messages: string[]): string {
  return messages
    .map((message, i) => `${JSON.stringify({ ...row, "event.sequence": i, message } satisfies LogRow)}\n`)
    .join("");
}

const row = {
  "@timestamp": "2026-11-22T18:00:00.123456789Z",
  "origin.id": "0123456789abcdef",
  "event.sequence": 0,
  message: "",
};

const status: CollectorStatus = {
  host: "höst",
  docker: { state: "connected", socket: "/var/run/docker.sock", since: "2026-11-22T18:00:00Z" },
  ...{ containers: 1, lagMs: 2.5, spoolBytes: 0, lostLines: 0 },
};

interface Post {
  readonly kind?: SegmentKind;
  readonly body?: string | Buffer;
  readonly encoding?: string | undefined;
  readonly sequence?: number | string | undefined;
  readonly headers?: Record<string, string | undefined>;
}

function post({
  kind = "logs",
  body = lines("a"),
  sequence = 1,
  headers = {},
  ...rest
}: Post): Promise<IngestResult> {
  const encoding = "encoding" in rest ? rest.encoding : "zstd";
  const bytes = Buffer.from(body as string);
  const packed =
    typeof body === "string" && encoding === "zstd" && body !== "" ? zstdCompressSync(bytes) : bytes;
  return ingest.accept({
    kind,
    body: packed,
    encoding,
    headers: {
      [ingestHeaders.collector]: collector,
      [ingestHeaders.epoch]: epoch,
      [ingestHeaders.sequence]: String(sequence),
      ...headers,
    },
  });
}

async function stored(): Promise<string[]> {
  const out: string[] = [];
  for (let one = spool.next(0); one; one = spool.next(one.sequence)) {
    out.push(zstdDecompressSync(await spool.readBody(one)).toString());
  }
  return out;
}

describe("taking", () => {
  test("a batch is durable as it was sent, with its identity, and its rows are given on", async () => {
    const body = lines("a", "b");
    const watermark = "2026-11-22T18:00:01Z";
    const answer = await post({ body, headers: { [ingestHeaders.watermark]: watermark } });
    expect(answer).toEqual({ status: 204, headers: { [ingestHeaders.aggregator]: spool.epoch } });
    expect(await stored()).toEqual([body]);
    const segment = spool.next(0)!;
    expect(batchIdOf(spool, segment)).toBe(`${collector}/${epoch}/1`);
    expect(segment.rows).toBe(2);
    const meta = decodeMeta(segment.meta);
    expect(meta.watermark).toBe(watermark);
    expect(Number(meta.acceptedNs / 1_000_000n)).toBeGreaterThan(Date.now() - 10_000);
    expect(seenRows.map((one) => one.message)).toEqual(["a", "b"]);
  });

  test("gzip and plain bodies are kept as zstd", async () => {
    const body = lines("zipped");
    expect((await post({ body: gzipSync(body), encoding: "gzip" })).status).toBe(204);
    expect((await post({ body: Buffer.from(body), encoding: undefined, sequence: 2 })).status).toBe(204);
    expect(await stored()).toEqual([body, body]);
  });

  test("origins, and origins that are announced again without a sequence", async () => {
    const origin = { "origin.id": "0123456789abcdef", "host.name": "h" };
    const body = `${JSON.stringify(origin)}\n`;
    expect((await post({ kind: "origins", body })).status).toBe(204);
    const headers = { [ingestHeaders.sequence]: undefined };
    expect((await post({ kind: "origins", body, headers })).status).toBe(204);
    expect((await post({ kind: "origins", body, headers })).status).toBe(204);
    expect(seenOrigins).toEqual([origin, origin, origin]);
    expect(spool.segments).toBe(3);
    expect(batchIdOf(spool, spool.next(1)!)).toBe(`aggregator/${spool.epoch}/2`);
    expect((await post({ body: lines("x"), headers })).status).toBe(400);
  });

  test("events have the shape of rows", async () => {
    const body = `${JSON.stringify({ ...row, "event.kind": "event", "event.action": "oom" })}\n`;
    expect((await post({ kind: "events", body })).status).toBe(204);
    expect(spool.next(0)?.kind).toBe("events");
  });

  test("a last line without a newline counts", async () => {
    expect((await post({ body: lines("a", "b").trimEnd() })).status).toBe(204);
    expect(spool.next(0)?.rows).toBe(2);
  });
});

describe("once", () => {
  test("a sequence that was seen is acknowledged and not stored, also at the same time and after a restart", async () => {
    const both = await Promise.all([post({}), post({}), post({ sequence: 2 })]);
    expect(both.map((one) => one.status)).toEqual([204, 204, 204]);
    expect(spool.segments).toBe(2);
    expect(seenRows).toHaveLength(2);
    await start();
    expect((await post({ sequence: 1 })).status).toBe(204);
    expect((await post({ sequence: 2 })).status).toBe(204);
    expect(spool.segments).toBe(2);
    expect(seenRows).toEqual([]);
    // What left the spool is still known.
    await spool.removeThrough(2);
    await start();
    expect((await post({ sequence: 2 })).status).toBe(204);
    expect(spool.segments).toBe(0);
    expect((await post({ sequence: 3 })).status).toBe(204);
    expect((await post({ sequence: 1, headers: { [ingestHeaders.epoch]: "00000000000000e2" } })).status).toBe(
      204,
    );
    expect(spool.segments).toBe(2);
  });

  test("a post that failed is not remembered as seen", async () => {
    expect((await post({ body: "{\n" })).status).toBe(400);
    expect((await post({})).status).toBe(204);
    expect(spool.segments).toBe(1);
  });

  test("collectors that posted longest ago are forgotten when there are too many", async () => {
    const positions: Record<string, Json> = {};
    for (let i = 0; i < collectorsMax; i++) {
      positions[`${i.toString(16).padStart(16, "0")}/${epoch}`] = { sequence: 1, seenMs: 1 };
    }
    await spool.append({ kind: "logs", body: zstdCompressSync("x"), rows: 1, positions, meta: {} });
    const first = `${"0".repeat(16)}/${epoch}`;
    const again = { [ingestHeaders.collector]: "0".repeat(16) };
    expect((await post({ sequence: 2, headers: again })).status).toBe(204);
    expect((await post({ headers: { [ingestHeaders.collector]: "f".repeat(16) } })).status).toBe(204);
    expect(spool.positions.size).toBe(collectorsMax);
    expect(spool.positions.has(first)).toBe(true);
    expect(spool.positions.has(`${"1".padStart(16, "0")}/${epoch}`)).toBe(false);
  });
});

describe("refusing", () => {
  const frame = (text: string) => zstdCompressSync(text);
  const bomb = zstdCompressSync(Buffer.alloc(ingestLimits.bytesMax + 1));
  // The same without the content's size in its header, as a stream makes it.
  const quietBomb = zstdCompressSync(Buffer.alloc(ingestLimits.bytesMax + 1), {
    params: { [constants.ZSTD_c_contentSizeFlag]: 0 },
  });
  const wide = zstdCompressSync(Buffer.alloc(1000, "x"), {
    params: { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 },
  });
  const damaged = Buffer.from(frame(lines("damaged in the middle of it")));
  damaged[20]! ^= 0xff;
  const deep = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  const cases: [string, Post, number, number?][] = [
    ["bytes after the frame", { body: Buffer.concat([frame(lines("a")), Buffer.from("x")]) }, 400],
    ["a second frame", { body: Buffer.concat([frame(lines("a")), frame(lines("b"))]) }, 400],
    ["a frame that is cut", { body: frame(lines("a")).subarray(0, -2) }, 400],
    ["a damaged frame", { body: damaged }, 400],
    ["something that is no frame", { body: Buffer.from(lines("a")) }, 400],
    ["a zstd bomb that says so", { body: bomb }, 413],
    ["a zstd bomb that does not", { body: quietBomb }, 413],
    ["a frame that claims much memory", { body: wide }, 400],
    ["a gzip bomb", { body: gzipSync(Buffer.alloc(ingestLimits.bytesMax + 1)), encoding: "gzip" }, 413],
    ["a body over the limit", { body: Buffer.alloc(ingestLimits.compressedBytesMax + 1) }, 413],
    ["an unknown encoding", { body: Buffer.from("x"), encoding: "br" }, 415],
    ["a line that is no JSON", { body: `${lines("a", "b")}{"@timestamp\n${lines("c")}` }, 400, 3],
    ["an empty line", { body: `${lines("a")}\n${lines("b")}` }, 400, 2],
    ["a line of another shape", { body: `${lines("a")}{"message":"no more"}\n` }, 400, 2],
    ["an unknown field", { body: `${JSON.stringify({ ...row, order: 1 })}\n` }, 400, 1],
    ["bytes that are no UTF-8", { body: zstdCompressSync(Buffer.from([123, 10, 34, 0xff, 34, 10])) }, 400, 2],
    [
      "a line that nests too deep",
      { body: `${JSON.stringify({ ...row, attrs: 1 }).replace("1}", `${deep}}`)}\n` },
      400,
      1,
    ],
    ["no collector", { headers: { [ingestHeaders.collector]: undefined } }, 400],
    ["a collector that is none", { headers: { [ingestHeaders.collector]: "../../etc/passwd" } }, 400],
    ["no sequence", { headers: { [ingestHeaders.sequence]: undefined } }, 400],
    ["sequence 0 with rows", { sequence: 0 }, 400],
    ["a sequence beyond 2^53", { sequence: "9007199254740993" }, 400],
    ["a watermark that is no time", { headers: { [ingestHeaders.watermark]: "yesterday" } }, 400],
  ];
  test.each(cases)("%s", async (_name, request, expected, line) => {
    const answer = await post(request);
    expect(answer).toMatchObject({ status: expected, detail: expect.any(String), hint: expect.any(String) });
    if (line !== undefined)
      expect(answer).toMatchObject({ line, detail: expect.stringContaining(`line ${line}`) });
    expect(spool.segments).toBe(0);
    expect(seenRows).toEqual([]);
  });

  test("a full spool asks for patience, and takes the same post when there is room", async () => {
    await start(8 * 1024);
    const body = (n: number) => ({
      body: lines(
        Buffer.from(zstdCompressSync(`${n}`))
          .toString("hex")
          .repeat(40),
      ),
      sequence: n,
    });
    let n = 1;
    let answer = await post(body(n));
    while (answer.status === 204 && n < 100) answer = await post(body(++n));
    expect(answer).toMatchObject({ status: 429, retryAfterS: 2 });
    const rows = seenRows.length;
    await spool.removeThrough(n);
    expect((await post(body(n))).status).toBe(204);
    expect(seenRows).toHaveLength(rows + 1);
  });

  test("many posts at the same time all get an answer, and each row is stored once", async () => {
    const all = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        post({
          body: lines(`n${i}`),
          headers: { [ingestHeaders.collector]: (i % 30).toString(16).padStart(16, "0") },
          sequence: 1 + Math.floor(i / 30),
        }),
      ),
    );
    expect(all.every((one) => one.status === 204)).toBe(true);
    expect(new Set(seenRows.map((one) => one.message)).size).toBe(60);
    expect(spool.segments).toBe(60);
  });
});

describe("a post without rows", () => {
  test("is not stored, moves the status, and needs no earlier post", async () => {
    const headers = {
      [ingestHeaders.watermark]: "2026-11-22T18:00:05Z",
      [ingestHeaders.status]: encodeURIComponent(JSON.stringify(status)),
    };
    expect((await post({ body: "", sequence: 0, headers })).status).toBe(204);
    expect(spool.segments).toBe(0);
    expect(completeness.hosts()).toMatchObject([{ collector, host: "höst", status }]);
    expect(completeness.hosts()[0]?.completeTo).toBe("2026-11-22T18:00:05.000000000Z");
    // It does not make the sequence seen.
    expect((await post({ sequence: 1 })).status).toBe(204);
    expect(spool.segments).toBe(1);
  });

  test("a status that cannot be read refuses nothing", async () => {
    for (const text of ["%", "{", encodeURIComponent('{"host":1}'), "x".repeat(5000)]) {
      const sequence = spool.segments + 1;
      expect((await post({ sequence, headers: { [ingestHeaders.status]: text } })).status).toBe(204);
    }
    expect(completeness.hosts()[0]?.status).toBeUndefined();
  });
});
