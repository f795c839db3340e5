import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { Backoff } from "../../common/base/backoff.ts";
import { systemClock } from "../../common/base/clock.ts";
import { formatNanos, msToNanos } from "../../common/base/nanotime.ts";
import type { JoinedRow } from "../../common/wire/row.ts";
import { LogsClient, QueryProblem } from "./client.ts";
import { Follower } from "./follow.ts";

const originMs = Date.parse("2026-11-22T18:00:00Z");
const timeOf = (n: number): string => formatNanos(msToNanos(originMs + n * 1000));

function row(n: number): JoinedRow {
  return {
    id: `${n}`,
    "@timestamp": timeOf(n),
    "origin.id": "0000000000000001",
    "event.sequence": n,
    "host.name": "h",
    message: `line ${n}`,
  };
}

/** Speaks the API's search and tail; the test decides which rows are stored and which are sent to tails. */
class Speaker {
  stored: number[] = [];
  completeTo = 0;
  now = 0;
  searches: URLSearchParams[] = [];
  onSearch: () => void = () => undefined;
  readonly #http: Server;
  readonly #sockets: WebSocketServer;

  constructor() {
    this.#http = createServer((request, response) => {
      const { searchParams } = new URL(request.url ?? "/", "http://s");
      this.searches.push(searchParams);
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(this.#answer(searchParams)));
      this.onSearch();
    });
    this.#sockets = new WebSocketServer({ server: this.#http });
  }

  #answer(parameters: URLSearchParams): unknown {
    const from = parameters.get("from")!;
    const rows = this.stored.map(row).filter((one) => from.startsWith("now") || one["@timestamp"] >= from);
    if (parameters.get("order") === "desc") rows.reverse();
    const [completeTo, to] = [timeOf(this.completeTo), timeOf(this.now)];
    return { rows, cursor: null, partial: null, completeTo, from: timeOf(0), to };
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#http.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  get clients(): number {
    return this.#sockets.clients.size;
  }

  tell(message: unknown): void {
    for (const client of this.#sockets.clients) client.send(JSON.stringify(message));
  }

  drop(): void {
    for (const client of this.#sockets.clients) client.terminate();
  }

  async close(): Promise<void> {
    this.drop();
    await new Promise((resolve) => this.#http.close(resolve));
  }
}

const speakers: Speaker[] = [];
const stops: AbortController[] = [];

async function follow(speaker: Speaker) {
  speakers.push(speaker);
  const stop = new AbortController();
  stops.push(stop);
  const printed: number[] = [];
  const follower = new Follower({
    client: new LogsClient(await speaker.listen(), undefined),
    query: "",
    since: "now-15m",
    limit: 100,
    clock: systemClock,
    backoff: new Backoff({ firstMs: 10, maxMs: 50, random: Math.random }),
    signal: stop.signal,
    print: async (rows) => void printed.push(...rows.map((one) => Number(one.id))),
    note: () => undefined,
  });
  return { printed, stop, ended: follower.run() };
}

afterEach(async () => {
  for (const stop of stops.splice(0)) stop.abort();
  await Promise.all(speakers.splice(0).map((speaker) => speaker.close()));
});

test("search, then tail, each row once and in order", async () => {
  const speaker = new Speaker();
  speaker.stored = [1, 2, 3];
  [speaker.completeTo, speaker.now] = [3, 3];
  const { printed, stop, ended } = await follow(speaker);
  await expect.poll(() => printed).toEqual([1, 2, 3]);
  speaker.tell([row(3), row(4)]);
  await expect.poll(() => printed).toEqual([1, 2, 3, 4]);
  stop.abort();
  await ended;
});

test("a row that was on its way to the store while the tail opened is found", async () => {
  const speaker = new Speaker();
  speaker.stored = [1];
  [speaker.completeTo, speaker.now] = [1, 3];
  const { printed } = await follow(speaker);
  await expect.poll(() => printed).toEqual([1]);
  // Row 2 went to the tails before this one was open; now it is in the store.
  speaker.stored = [1, 2];
  speaker.completeTo = 3;
  await expect.poll(() => printed, { timeout: 5000 }).toEqual([1, 2]);
});

test("rows that arrive while the past is searched wait for it", async () => {
  const speaker = new Speaker();
  speaker.stored = [1, 2];
  [speaker.completeTo, speaker.now] = [2, 2];
  speaker.onSearch = () => speaker.tell([row(3)]);
  const { printed } = await follow(speaker);
  await expect.poll(() => printed).toEqual([1, 2, 3]);
});

test("after a lost connection nothing is missing and nothing comes twice", async () => {
  const speaker = new Speaker();
  speaker.stored = [1];
  [speaker.completeTo, speaker.now] = [1, 1];
  const { printed } = await follow(speaker);
  await expect.poll(() => printed).toEqual([1]);
  speaker.tell([row(2)]);
  await expect.poll(() => printed).toEqual([1, 2]);
  speaker.stored = [1, 2, 3];
  [speaker.completeTo, speaker.now] = [3, 3];
  speaker.drop();
  await expect.poll(() => printed, { timeout: 5000 }).toEqual([1, 2, 3]);
  await expect.poll(() => speaker.clients).toBe(1);
  // It asks for what it may have missed, not for the whole range again.
  expect(speaker.searches.at(-1)!.get("from")).toBe(timeOf(1));
});

test("what the server skipped is fetched", async () => {
  const speaker = new Speaker();
  speaker.stored = [1];
  [speaker.completeTo, speaker.now] = [1, 1];
  const { printed } = await follow(speaker);
  await expect.poll(() => printed).toEqual([1]);
  speaker.stored = [1, 2, 3];
  [speaker.completeTo, speaker.now] = [3, 3];
  speaker.tell({ skipped: 2 });
  await expect.poll(() => printed).toEqual([1, 2, 3]);
});

test("an aggregator that is not there is an error at once, not a silent wait", async () => {
  const speaker = new Speaker();
  const url = await speaker.listen();
  await speaker.close();
  const client = new LogsClient(url, undefined);
  await expect(client.search({ query: "" })).rejects.toMatchObject({ code: "unavailable" });
  const handlers = { rows: () => undefined, skipped: () => undefined, completeTo: () => undefined };
  await expect(client.tail("", handlers)).rejects.toMatchObject({ code: "unavailable" });
});

test("a refused query carries the place that is wrong", async () => {
  const server = createServer((_request, response) => {
    const where = { parameter: "query", from: 4, to: 7 };
    response.writeHead(400, { "content-type": "application/problem+json" });
    response.end(JSON.stringify({ detail: "no such field", hint: "try app", where }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = new LogsClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, undefined);
  const problem: unknown = await client.search({ query: "x" }).catch((error: unknown) => error);
  expect(problem).toBeInstanceOf(QueryProblem);
  expect(problem).toMatchObject({ message: "no such field", hint: "try app", from: 4, to: 7 });
  const handlers = { rows: () => undefined, skipped: () => undefined, completeTo: () => undefined };
  await expect(client.tail("x", handlers)).rejects.toBeInstanceOf(QueryProblem);
  await new Promise((resolve) => server.close(resolve));
});
