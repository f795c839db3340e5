import { once } from "node:events";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { systemClock } from "../../common/base/clock.ts";
import { createLogger } from "../../common/base/log.ts";
import { Metrics } from "../../common/base/metrics.ts";
import { parseQuery } from "../../common/query/parser.ts";
import { compilePredicate } from "../../common/query/predicate.ts";
import type { LogRow } from "../../common/wire/row.ts";
import { LiveBus } from "../live/live-bus.ts";
import { TailClients } from "../live/tail-clients.ts";
import type { LogStore, ReadOptions, Store } from "../store/log-store.ts";
import { type Api, startApi } from "./api.ts";
import { Reads } from "./reads.ts";
import type { StatusSource } from "./status-routes.ts";
import { Token } from "./token.ts";

const text = "0123456789abcdef".repeat(4);
const token = new Token(text);
const metrics = new Metrics();
const bus = new LiveBus({ origin: () => undefined });
const tails = new TailClients({ bus, clock: systemClock, metrics, completeTo: () => null });
const cancelled: string[] = [];
const printed: string[] = [];

/** Answers at once, but `search` for the word `slow` waits until it is cancelled. */
const logs = {
  search: (request: { filter: unknown }, { signal }: ReadOptions) => {
    if (!JSON.stringify(request.filter).includes("slow")) return Promise.resolve({ rows: [] });
    return new Promise((_, reject) => {
      signal?.addEventListener("abort", () => {
        cancelled.push(String(signal.reason.code));
        reject(signal.reason);
      });
    });
  },
  stats: () => Promise.reject(new Error("a secret of the inside")),
  keptSinceNs: () => undefined,
} as unknown as LogStore;

const row = (sequence: number): LogRow => ({
  "@timestamp": "2026-11-22T18:00:00Z",
  "origin.id": "aaaaaaaaaaaaaaaa",
  "event.sequence": sequence,
  message: `line ${sequence}`,
});

let api: Api;
let base: string;

beforeAll(async () => {
  const dashboard = mkdtempSync(join(tmpdir(), "seamark-api-http-"));
  writeFileSync(join(dashboard, "..", "seamark-api-secret"), "secret");
  mkdirSync(join(dashboard, "assets"));
  writeFileSync(join(dashboard, "index.html"), "<!doctype html>the page");
  writeFileSync(join(dashboard, "assets", "main-1a2b3c4d.js"), "let x = 1;\n".repeat(500));
  api = await startApi({
    clock: systemClock,
    metrics,
    store: { logs } as unknown as Store,
    reads: new Reads({ clock: systemClock, metrics }),
    parseQuery,
    compilePredicate,
    completeness: { hosts: () => [], completeToNs: () => undefined },
    deadLetters: {
      list: async () => ({ letters: [], dropped: 0 }),
      get: async () => undefined,
      replay: async (ids) => (ids[0] === "known" ? 1 : 0),
      delete: async () => 0,
    },
    ingest: {
      accept: async ({ kind, body }) =>
        body.length === 0
          ? { status: 204, headers: {} }
          : { status: 400, detail: `${kind}: ${body.length} bytes`, hint: "none", line: 3 },
    },
    version: "1",
    listen: { host: "127.0.0.1", port: 0 },
    token,
    dashboard,
    tails,
    status: { metrics, readiness: () => ({ state: "ready", reasons: [] }) } as unknown as StatusSource,
    log: createLogger("test", "error", (line) => printed.push(line)),
  });
  base = `http://127.0.0.1:${api.port}`;
});

afterAll(() => api.stop(1000));

const broken = encodeURIComponent('line "5');
const pipe = encodeURIComponent("a | count");
const bearer = { authorization: `Bearer ${text}` };
const get = (path: string, headers: Record<string, string> = {}) => fetch(`${base}${path}`, { headers });

async function problem(path: string, init: RequestInit = {}): Promise<Record<string, unknown>> {
  const answer = await fetch(`${base}${path}`, init);
  expect(answer.headers.get("content-type")).toContain("application/problem+json");
  const body = (await answer.json()) as Record<string, unknown>;
  expect(body.status).toBe(answer.status);
  return body;
}

/** What the server answers to these very bytes. */
async function raw(bytes: string, host = "127.0.0.1"): Promise<string> {
  const socket = net.connect(api.port, host);
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk;
  });
  socket.write(bytes);
  await once(socket, "close");
  return answer;
}
const rawGet = (target: string) =>
  raw(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);

describe("problems", () => {
  test("a parameter that is not known is refused with the one that was meant", async () => {
    expect(await problem("/api/v1/logs?form=now-1h")).toMatchObject({
      status: 400,
      hint: "Did you mean from?",
    });
    expect((await problem("/api/v1/logs?zzzzzzz=1")).hint).toContain("This route takes query, lenient");
    expect((await problem("/api/v1/hosts?x=1")).hint).toBe("This route takes no parameters");
  });

  test.each([
    ["limit=0", "limit"],
    ["limit=10001", "limit"],
    ["limit=many", "limit"],
    ["order=up", "order"],
    ["from=a&from=b", "from"],
    ["cursor=abc", "cursor"],
    ["timeout=2h", "timeout"],
    ["from=now&to=now-1h", "from"],
  ])("%s", async (query, parameter) => {
    expect((await problem(`/api/v1/logs?${query}`)).where).toMatchObject({ parameter });
  });

  test("a broken query says where it broke, and with lenient is searched all the same", async () => {
    expect(await problem(`/api/v1/logs?query=${broken}`)).toMatchObject({
      type: "https://seamark.dev/problems/bad_query",
      where: { parameter: "query", from: 5, to: 7 },
    });
    const answer = await get(`/api/v1/logs?query=${broken}&lenient=true`);
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(await answer.json()).toMatchObject({
      rows: [],
      queryError: { from: 5 },
      cursor: null,
      partial: null,
    });
  });

  test("a pipe where there is no answer for it", async () => {
    expect((await problem(`/api/v1/logs/histogram?query=${pipe}`)).where).toEqual({
      parameter: "query",
      from: 2,
      to: 9,
    });
  });

  test("a bug gives nothing away, and is on the console", async () => {
    const body = await problem("/api/v1/logs/stats?field=duration");
    expect(body.status).toBe(500);
    expect(JSON.stringify(body)).not.toContain("secret of the inside");
    expect(printed.join()).toContain("secret of the inside");
  });

  test("what is not there", async () => {
    expect(await problem("/api/v1/nothing")).toMatchObject({ status: 404 });
    expect(await problem("/api/v1/logs", { method: "PUT", headers: bearer })).toMatchObject({ status: 404 });
    expect(await problem("/missing.js")).toMatchObject({ status: 404 });
    expect(await problem("/api/v1/logs/tail")).toMatchObject({ status: 400 });
  });
});

describe("reads", () => {
  test("are cancelled when the client disconnects", async () => {
    const before = cancelled.length;
    const gone = new AbortController();
    const answer = fetch(`${base}/api/v1/logs?query=slow`, { signal: gone.signal });
    await expect.poll(() => metrics.value("seamark_api_reads_running")).toBe(1);
    gone.abort();
    await expect(answer).rejects.toThrow();
    await expect.poll(() => cancelled.slice(before)).toEqual(["cancelled"]);
    await expect.poll(() => metrics.value("seamark_api_reads_running")).toBe(0);
  });
});

describe("ingest", () => {
  const post = (headers: Record<string, string>, body: string) =>
    fetch(`${base}/api/v1/ingest/logs`, { method: "POST", headers, body });
  const ndjson = { "content-type": "application/x-ndjson", "content-encoding": "zstd" };

  test("needs the token, also when the Host is right", async () => {
    expect((await post(ndjson, "x")).status).toBe(401);
    expect((await post({ ...ndjson, ...bearer }, "")).status).toBe(204);
  });

  test("hands the bytes on as they came, and passes the answer on as a problem", async () => {
    const answer = await post({ ...ndjson, ...bearer }, "12345");
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(await answer.json()).toMatchObject({ status: 400, detail: "logs: 5 bytes", where: { line: 3 } });
  });

  test("another content type or too large a body is refused", async () => {
    expect((await post({ ...bearer, "content-type": "text/plain" }, "x")).status).toBe(415);
    const large = `POST /api/v1/ingest/logs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${text}\r\nContent-Type: application/x-ndjson\r\nContent-Length: 99999999\r\nConnection: close\r\n\r\n`;
    expect(await raw(large)).toMatch(/^HTTP\/1\.1 413 /);
  });

  test("an unauthorized body is not waited for", async () => {
    const head =
      "POST /api/v1/ingest/logs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n";
    const answer = await raw(`${head}Content-Length: 1000\r\nConnection: close\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });
});

describe("changes", () => {
  test("a person without the token is told where it is; a program gets the problem", async () => {
    const ask = (more: string) =>
      raw(`GET /?token=wrong HTTP/1.1\r\nHost: localhost\r\n${more}Connection: close\r\n\r\n`);
    const page = await ask("Sec-Fetch-Mode: navigate\r\n");
    expect(page).toMatch(/^HTTP\/1\.1 401 [\s\S]*text\/plain[\s\S]*Open the start link/);
    expect(await ask("")).toMatch(/^HTTP\/1\.1 401 [\s\S]*application\/problem\+json/);
  });

  test("need the token", async () => {
    const path = "/api/v1/dead-letters/known/replay";
    expect(await problem(path, { method: "POST" })).toMatchObject({ status: 401 });
    expect((await fetch(`${base}${path}`, { method: "POST", headers: bearer })).status).toBe(204);
    expect(await problem("/api/v1/dead-letters/x", { method: "DELETE", headers: bearer })).toMatchObject({
      status: 404,
    });
  });
});

describe("start link", () => {
  const open = (path: string) => fetch(`${base}${path}`, { redirect: "manual" });

  test("trades the token for a cookie that opens changes from our own page only", async () => {
    const answer = await open(`/explore?query=a&token=${text}`);
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toBe("/explore?query=a");
    const cookie = answer.headers.get("set-cookie")!;
    expect(cookie).toMatch(/^seamark_\d+=[0-9a-f]{64}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/);
    expect(cookie).not.toContain(text);
    const replay = (origin: string) =>
      fetch(`${base}/api/v1/dead-letters/known/replay`, {
        method: "POST",
        headers: { cookie: cookie.split(";")[0]!, origin },
      });
    expect((await replay(base)).status).toBe(204);
    expect((await replay("http://localhost:1")).status).toBe(403);
  });

  test("a wrong token is refused, and no link leads to another host", async () => {
    expect((await open("/?token=wrong")).status).toBe(401);
    const answer = await rawGet(`//evil.example/x?token=${text}`);
    expect(answer).toMatch(/^HTTP\/1\.1 303 /);
    expect(answer).toMatch(/\r\nlocation: \/x\r\n/);
  });
});

describe("dashboard", () => {
  test("pages, files and what may be kept", async () => {
    const page = await get("/explore?query=a.b");
    expect(await page.text()).toContain("the page");
    expect(page.headers.get("cache-control")).toBe("no-cache");
    expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'self';/);
    expect(page.headers.get("x-content-type-options")).toBe("nosniff");
    const file = await get("/assets/main-1a2b3c4d.js", { "accept-encoding": "gzip" });
    expect(file.headers.get("content-encoding")).toBe("gzip");
    expect(file.headers.get("cache-control")).toContain("immutable");
    expect((await file.text()).length).toBe(5500);
    const again = await get("/assets/main-1a2b3c4d.js", { "if-none-match": file.headers.get("etag")! });
    expect(again.status).toBe(304);
  });

  test.each([
    "/../seamark-api-secret",
    "/assets/../../seamark-api-secret",
    "/%2e%2e/seamark-api-secret",
    "/%2e%2e%2fseamark-api-secret",
    "/..%2fseamark-api-secret.txt",
    "/%252e%252e/seamark-api-secret.x",
    "/..\\seamark-api-secret",
    "/assets/..%5c..%5cseamark-api-secret",
    "/index.html%00.js",
    "/%c0%ae%c0%ae/seamark-api-secret",
    "//seamark-api-secret.x",
    "file:///etc/passwd",
  ])("%s reaches nothing", async (target) => {
    const answer = await rawGet(target);
    expect(answer).toMatch(/^HTTP\/1\.1 40[04] /);
    expect(answer).not.toMatch(/\r\n\r\nsecret|root:/);
    expect(answer).toMatch(/^content-type: application\/problem\+json/im);
    expect(answer).toMatch(/^content-security-policy: default-src 'none'/im);
  });
});

describe("connections", () => {
  test("come on IPv4 and IPv6 under the same rules", async () => {
    expect(api.addresses).toEqual([`127.0.0.1:${api.port}`, `[::1]:${api.port}`]);
    const ask = (host: string) =>
      raw(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`, "::1");
    expect(await ask("[::1]")).toMatch(/^HTTP\/1\.1 200 .*\r\n\r\nok$/s);
    expect(await ask("evil.example")).toMatch(/^HTTP\/1\.1 403 /);
  });

  test("headers have a limit", async () => {
    const answer = await raw(`GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(30_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });

  test("a client that never ends its headers is let go", async () => {
    const answer = await raw("GET / HTTP/1.1\r\nHost: localhost\r\n");
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe("live tail", () => {
  function connect(query: string, headers: Record<string, string> = {}) {
    const socket = new WebSocket(`ws://127.0.0.1:${api.port}/api/v1/logs/tail?${query}`, { headers });
    const messages: unknown[] = [];
    socket.on("message", (data) => messages.push(JSON.parse(String(data))));
    return { socket, messages };
  }

  async function refusal(query: string, headers: Record<string, string> = {}): Promise<number | undefined> {
    const { socket } = connect(query, headers);
    socket.on("error", () => undefined);
    const [, answer] = await once(socket, "unexpected-response");
    return answer.statusCode;
  }

  test("rows that match come in one array, after the heartbeat", async () => {
    const { socket, messages } = connect("query=line");
    await once(socket, "open");
    bus.publish([row(1), { ...row(2), message: "other" }, row(3)], 5n);
    await expect.poll(() => messages.length).toBe(2);
    expect(messages[0]).toEqual({ completeTo: null });
    expect(messages[1]).toMatchObject([{ "event.sequence": 1 }, { "event.sequence": 3 }]);
    socket.close();
    await expect.poll(() => tails.size).toBe(0);
  });

  test("a client that reads too slowly skips rows, is told how many, and goes on", async () => {
    const { socket, messages } = connect("query=line");
    await once(socket, "open");
    socket.pause();
    const wide = (sequence: number) => ({ ...row(sequence), message: `line ${"x".repeat(2000)}` });
    let sequence = 0;
    while (metrics.value("seamark_live_rows_skipped_total") === 0) {
      bus.publish(
        Array.from({ length: 500 }, () => wide(++sequence)),
        5n,
      );
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.resume();
    await expect
      .poll(() => JSON.stringify(messages.at(-1)).includes(`"event.sequence":${sequence}`))
      .toBe(true);
    const got = messages.filter(Array.isArray).flat().length;
    const skipped = messages.reduce(
      (sum: number, one) => sum + ((one as { skipped?: number }).skipped ?? 0),
      0,
    );
    expect(got + skipped).toBe(sequence);
    expect(skipped).toBe(metrics.value("seamark_live_rows_skipped_total"));
    socket.close();
  });

  test("the same rules as for every route", async () => {
    expect(await refusal("query=x", { origin: "http://evil.example" })).toBe(403);
    expect(await refusal("query=x", { host: "evil.example" })).toBe(403);
    expect(await refusal(`query=${broken}`)).toBe(400);
    expect(await refusal(`query=${pipe}`)).toBe(400);
    expect(await refusal("quary=x")).toBe(400);
    const other = new WebSocket(`ws://127.0.0.1:${api.port}/other`);
    other.on("error", () => undefined);
    const [, answer] = await once(other, "unexpected-response");
    expect(answer.statusCode).toBe(404);
  });

  test("a broken query with lenient is told first", async () => {
    const { socket, messages } = connect(`query=${broken}&lenient=true`, { origin: base });
    await expect.poll(() => messages.length).toBe(2);
    expect(messages[0]).toMatchObject({ queryError: { from: 5, to: 7 } });
    socket.close();
  });
});
