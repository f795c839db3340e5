import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../../common/base/clock.ts";
import { createLogger } from "../../common/base/log.ts";
import { Metrics } from "../../common/base/metrics.ts";
import { openSpool } from "../../common/spool/disk-spool.ts";
import type { Spool } from "../../common/spool/spool.ts";
import { type CollectorStatus, ingestHeaders } from "../../common/wire/ingest.ts";
import type { LogRow, Origin } from "../../common/wire/row.ts";
import { type CollectorPipeline, createPipeline } from "./segment-pipeline.ts";
import { createShipper, encodeStatus, type Shipper } from "./shipper.ts";

const hostOrigin: Origin = { "origin.id": "00000000000000aa", "host.name": "h" };
const status: CollectorStatus = {
  host: 'höst, the "first"',
  docker: { state: "waiting", socket: "/s", since: "2026-11-22T18:00:00Z", error: "no such file" },
  ...{ containers: 0, lagMs: 0, spoolBytes: 0, lostLines: 0 },
};

interface Post {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

/** A real HTTP server that answers as it is told and remembers what came. */
class Receiver {
  readonly posts: Post[] = [];
  answer: (post: Post, response: ServerResponse, request: IncomingMessage) => void = (_, response) => {
    response.writeHead(204, { [ingestHeaders.aggregator]: this.id }).end();
  };
  readonly #server: Server;
  id: string;
  url = "";

  constructor(id: string) {
    this.id = id;
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  async listen(port = 0): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const text = body.length === 0 ? "" : zstdDecompressSync(body).toString();
    const post = { path: request.url ?? "", headers: request.headers, text };
    this.posts.push(post);
    this.answer(post, response, request);
  }

  /** Rows by sequence of those posts that were acknowledged, in order. */
  rows(): number[] {
    return this.logs().flatMap((post) => messagesOf(post).map(Number));
  }

  logs(): Post[] {
    return this.posts.filter((post) => post.path.endsWith("/logs") && post.text !== "");
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}

function messagesOf(post: Post): string[] {
  return post.text
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as LogRow).message);
}

let folder: string;
let spool: Spool;
let pipeline: CollectorPipeline;
let shipper: Shipper | undefined;
let metrics: Metrics;
let a: Receiver;
let b: Receiver;
let random = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seamark-ship-"));
  random = 0;
  a = new Receiver("aaaaaaaaaaaaaaaa");
  b = new Receiver("bbbbbbbbbbbbbbbb");
  await Promise.all([a.listen(), b.listen()]);
  await open();
});
afterEach(async () => {
  await shut();
  await Promise.all([a.close(), b.close()]);
  await rm(folder, { recursive: true, force: true });
});

async function open(): Promise<void> {
  metrics = new Metrics();
  spool = await openSpool({ folder: join(folder, "spool"), sizeBytesMax: 1e8, nowMs: Date.now });
  const log = createLogger("test", "error", () => undefined);
  const watermark = (): string => "2026-11-22T18:00:00Z";
  pipeline = createPipeline({ spool, clock: systemClock, metrics, log, hostOrigin, watermark });
}

async function shut(): Promise<void> {
  await pipeline.close(1000);
  await shipper?.stop(500);
  shipper = undefined;
  await spool.close();
}

function start(aggregators: readonly string[] = [a.url], token?: () => string): Shipper {
  shipper = createShipper({
    ...{ spool, pipeline, aggregators, metrics, clock: systemClock },
    ...(token === undefined ? {} : { token }),
    collectorId: "00000000000000c1",
    status: () => status,
    random: () => random,
    log: createLogger("test", "error", () => undefined),
  });
  return shipper;
}

async function put(...numbers: number[]): Promise<void> {
  for (const n of numbers) {
    const row = {
      ...{ "@timestamp": "2026-11-22T18:00:00.000000000Z", "origin.id": hostOrigin["origin.id"] },
      ...{ "event.sequence": n, message: String(n) },
    };
    pipeline.row(row, "k", () => n);
    await pipeline.flush();
  }
}

function problem(code: number, detail: string) {
  return (_: Post, response: ServerResponse): void => {
    response.writeHead(code, { "content-type": "application/problem+json" }).end(JSON.stringify({ detail }));
  };
}

describe("in order", () => {
  test("origins first, then the segments, each with its headers; what is acknowledged is deleted", async () => {
    await put(1, 2, 3);
    start([`${a.url}/`], () => "secret");
    await vi.waitFor(() => expect(a.rows()).toEqual([1, 2, 3]));
    const kinds = a.posts.filter((post) => post.text !== "").map((post) => post.path.split("/").at(-1));
    expect(kinds).toEqual(["origins", "logs", "logs", "logs"]);
    expect(a.posts.at(-1)?.path).toBe("/api/v1/ingest/logs");
    const { headers } = a.logs()[1]!;
    expect(headers).toMatchObject({
      ...{
        "content-type": "application/x-ndjson",
        "content-encoding": "zstd",
        authorization: "Bearer secret",
      },
      ...{ [ingestHeaders.collector]: "00000000000000c1", [ingestHeaders.epoch]: spool.epoch },
      ...{ [ingestHeaders.sequence]: "3", [ingestHeaders.watermark]: "2026-11-22T18:00:00Z" },
    });
    expect(JSON.parse(decodeURIComponent(String(headers[ingestHeaders.status])))).toEqual(status);
    await vi.waitFor(() => expect(spool.segments).toBe(0));
    expect(metrics.value("seamark_collector_rows_acknowledged_total")).toBe(4);
    expect(shipper?.state()).toMatchObject({ state: "connected", acknowledgedSequence: spool.lastSequence });
  });

  test("one that is idle says every second that it is there, under the last sequence", async () => {
    await put(1);
    start();
    await vi.waitFor(() => expect(spool.segments).toBe(0));
    const before = a.posts.length;
    await vi.waitFor(() => expect(a.posts.length).toBeGreaterThan(before + 1), 5000);
    expect(a.posts.at(-1)).toMatchObject({ text: "", path: "/api/v1/ingest/logs" });
    expect(a.posts.at(-1)?.headers[ingestHeaders.sequence]).toBe(
      String(shipper!.state().acknowledgedSequence),
    );
    expect(a.posts.at(-1)?.headers[ingestHeaders.watermark]).toBe("2026-11-22T18:00:00Z");
  });

  test("after a restart it goes on where it was", async () => {
    await put(1, 2);
    start();
    await vi.waitFor(() => expect(a.rows()).toEqual([1, 2]));
    await shut();
    await open();
    await put(3);
    start();
    await vi.waitFor(() => expect(a.rows()).toEqual([1, 2, 3]));
    const sequences = a.logs().map((post) => Number(post.headers[ingestHeaders.sequence]));
    expect(new Set(sequences).size).toBe(3);
    expect(sequences).toEqual([...sequences].sort((x, y) => x - y));
  });

  test("stopping sends what is left", async () => {
    start();
    await vi.waitFor(() => expect(shipper?.state().state).toBe("connected"));
    for (let i = 1; i <= 5; i++) void put(i);
    await pipeline.close(1000);
    await shipper?.stop(3000);
    expect(a.rows()).toEqual([1, 2, 3, 4, 5]);
    expect(spool.segments).toBe(0);
  });

  test("stopping ends in time when nobody answers", async () => {
    a.answer = () => undefined;
    await put(1);
    start();
    await vi.waitFor(() => expect(a.posts.length).toBe(1));
    const startedMs = performance.now();
    await shipper?.stop(100);
    expect(performance.now() - startedMs).toBeLessThan(1500);
    expect(spool.segments).toBe(2);
  });
});

test("a token that is wrong is asked for again: the aggregator may have made it after the start", async () => {
  const good = a.answer;
  a.answer = (post, response, request) =>
    (post.headers.authorization === "Bearer second" ? good : problem(401, "wrong"))(post, response, request);
  const tokens = ["first", "second"];
  await put(1);
  start([a.url], () => tokens.shift() ?? "second");
  await vi.waitFor(() => expect(spool.segments).toBe(0), 5000);
  expect(a.logs().at(-1)!.headers.authorization).toBe("Bearer second");
});

describe("the same segment again", () => {
  const answers: [
    string,
    (post: Post, response: ServerResponse, request: IncomingMessage) => void,
    string,
  ][] = [
    ["429", problem(429, "full"), "busy"],
    ["503", problem(503, "starting"), "server"],
    ["401", problem(401, "no token"), "unauthorized"],
    ["a proxy's 400", (_, response) => response.writeHead(400).end("Bad Request"), "unexpected"],
    [
      "a proxy's 413",
      (_, response) => response.writeHead(413, { "content-type": "text/html" }).end("<h1>"),
      "unexpected",
    ],
    ["a captive portal's 200", (_, response) => response.writeHead(200).end("<html>"), "unexpected"],
    ["a redirect", (_, response) => response.writeHead(302, { location: "/" }).end(), "unexpected"],
    ["a connection cut before the answer", (_, __, request) => request.socket.destroy(), "connection"],
    [
      "an answer cut in the middle",
      (_, response, request) => {
        response.writeHead(503, { "content-length": 1000 });
        response.write("half", () => request.socket.destroy());
      },
      "connection",
    ],
  ];
  test.each(answers)("after %s", async (_name, bad, reason) => {
    const good = a.answer;
    let failures = 2;
    a.answer = (post, response, request) => {
      if (post.text === "" || failures === 0) return good(post, response, request);
      failures -= 1;
      bad(post, response, request);
    };
    await put(1, 2);
    start();
    await vi.waitFor(() => expect(spool.segments).toBe(0), 5000);
    const origins = a.posts.filter((post) => post.path.endsWith("/origins"));
    expect(origins).toHaveLength(3);
    expect(new Set(origins.map((post) => post.headers[ingestHeaders.sequence])).size).toBe(1);
    expect(a.rows()).toEqual([1, 2]);
    expect(metrics.value("seamark_collector_ship_retries_total", { reason })).toBe(2);
    expect(metrics.value("seamark_collector_rows_dropped_total")).toBe(0);
  });

  test("retry-after is obeyed", async () => {
    const good = a.answer;
    const times: number[] = [];
    a.answer = (post, response, request) => {
      if (post.text === "") return good(post, response, request);
      times.push(performance.now());
      if (times.length > 1) return good(post, response, request);
      response.writeHead(429, { "retry-after": "1" }).end();
    };
    await put(1);
    start();
    await vi.waitFor(() => expect(times.length).toBeGreaterThan(1), 5000);
    expect(times[1]! - times[0]!).toBeGreaterThan(990);
  });

  test("while nobody listens the state says why, and it goes on by itself", async () => {
    const { url } = a;
    await a.close();
    await put(1);
    start([url]);
    await vi.waitFor(() => expect(shipper?.state().error).toContain("ECONNREFUSED"));
    expect(shipper?.state()).toMatchObject({ state: "waiting", aggregator: url });
    a = new Receiver("aaaaaaaaaaaaaaaa");
    await a.listen(Number(new URL(url).port));
    await vi.waitFor(() => expect(a.rows()).toEqual([1]), 5000);
    expect(shipper?.state().state).toBe("connected");
  });
});

describe("given up", () => {
  test("what the aggregator refuses for good is set aside, counted, and a gap row follows", async () => {
    const good = a.answer;
    a.answer = (post, response, request) => {
      if (post.text !== "" && post.path.endsWith("/logs") && messagesOf(post)[0] === "2") {
        problem(400, "line 1 is odd")(post, response);
      } else good(post, response, request);
    };
    await put(1, 2, 3);
    start();
    await vi.waitFor(() => expect(a.logs().at(-1)?.text).toContain('"gap"'));
    const gap = JSON.parse(a.logs().at(-1)!.text) as LogRow;
    expect(gap).toMatchObject({
      "event.reason": "refused_by_store",
      "event.count": 1,
      "origin.id": hostOrigin["origin.id"],
    });
    expect(gap.message).toContain("line 1 is odd");
    expect(a.logs().slice(0, 3).flatMap(messagesOf)).toEqual(["1", "2", "3"]);
    expect(metrics.value("seamark_collector_rows_dropped_total", { reason: "refused_by_store" })).toBe(1);
    // Told once, also after a restart.
    await shut();
    await open();
    start();
    await vi.waitFor(() => expect(spool.segments).toBe(0));
    expect(a.logs().filter((post) => post.text.includes('"gap"'))).toHaveLength(1);
  });

  test("a damaged segment does not stop the others", async () => {
    await put(1, 2, 3);
    const { path } = spool.next(2)!;
    const bytes = await readFile(path);
    bytes[bytes.length - 6]! ^= 0xff;
    await writeFile(path, bytes);
    start();
    await vi.waitFor(() => expect(a.logs().at(-1)?.text).toContain("corrupt_segment"));
    expect(a.logs().slice(0, 2).flatMap(messagesOf)).toEqual(["1", "3"]);
    expect(metrics.value("seamark_collector_rows_dropped_total", { reason: "corrupt_segment" })).toBe(1);
  });
});

describe("several aggregators", () => {
  test("when one cannot be reached the next takes over, gets the origins first, and stays", async () => {
    await put(1);
    start([a.url, b.url]);
    await vi.waitFor(() => expect(a.rows()).toEqual([1]));
    await vi.waitFor(() => expect(spool.segments).toBe(0));
    const { url } = a;
    await a.close();
    await put(2);
    await vi.waitFor(() => expect(b.rows()).toEqual([2]), 5000);
    const firstLogs = b.posts.findIndex((post) => post.path.endsWith("/logs") && post.text !== "");
    const origins = b.posts.findIndex((post) => post.path.endsWith("/origins"));
    expect(origins).toBeGreaterThanOrEqual(0);
    expect(origins).toBeLessThan(firstLogs);
    expect(b.posts[origins]?.headers).not.toHaveProperty(ingestHeaders.sequence);
    expect(JSON.parse(b.posts[origins]!.text)).toEqual(hostOrigin);
    // The first one comes back; the second one still answers, so there is no reason to change.
    a = new Receiver("aaaaaaaaaaaaaaaa");
    await a.listen(Number(new URL(url).port));
    await put(3);
    await vi.waitFor(() => expect(b.rows()).toEqual([2, 3]));
    expect(a.posts).toEqual([]);
  });

  test("an aggregator whose state was wiped gets the origins again", async () => {
    await put(1);
    start();
    await vi.waitFor(() => expect(spool.segments).toBe(0));
    expect(a.posts.filter((post) => post.path.endsWith("/origins"))).toHaveLength(1);
    a.id = "cccccccccccccccc";
    await vi.waitFor(
      () => expect(a.posts.filter((post) => post.path.endsWith("/origins"))).toHaveLength(2),
      5000,
    );
    await put(2);
    await vi.waitFor(() => expect(a.rows()).toEqual([1, 2]));
    expect(a.posts.filter((post) => post.path.endsWith("/origins"))).toHaveLength(2);
  });
});

test("the status stays within its limit, whatever the error says", () => {
  const long = { ...status, docker: { ...status.docker, error: "支".repeat(5000) } };
  const text = encodeStatus(long);
  expect(text.length).toBeLessThanOrEqual(4096);
  expect((JSON.parse(decodeURIComponent(text)) as CollectorStatus).docker.error).toMatch(/^支+$/);
  expect(text).toMatch(/^[\x20-\x7e]*$/);
});
