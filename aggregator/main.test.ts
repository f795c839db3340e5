import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { Compile } from "typebox/schema";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { formatNanos, msToNanos } from "../common/base/nanotime.ts";
import type { LogRow, Origin } from "../common/wire/row.ts";

const folder = mkdtempSync(join(tmpdir(), "seamark-api-main-"));
const state = join(folder, "state");
const dashboard = join(folder, "dist");
const main = join(import.meta.dirname, "main.ts");

interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
}

const started: ChildProcess[] = [];

function run(...flags: string[]): Running {
  const child = spawn(process.execPath, [main, "--state", state, "--dashboard", dashboard, ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH },
  });
  started.push(child);
  let output = "";
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on("data", (chunk) => {
      output += chunk;
    });
  }
  return { child, output: () => output };
}

async function startOnFreePort(): Promise<{ running: Running; base: string }> {
  const running = run("--listen", "127.0.0.1:0", "--log-level", "debug");
  const port = /msg=listening addresses="?127\.0\.0\.1:(\d+)/;
  await vi.waitFor(() => expect(running.output()).toMatch(port), { timeout: 20_000 });
  return { running, base: `http://127.0.0.1:${port.exec(running.output())![1]}` };
}

async function stop({ child }: Running): Promise<number | null> {
  child.kill("SIGTERM");
  const [code] = await once(child, "exit");
  return code;
}

const nowMs = Date.now();
const startNs = msToNanos(nowMs - (nowMs % 60_000) - 120_000);
const originOf = (digit: string, app: string, edge: boolean): Origin => ({
  "origin.id": digit.repeat(16),
  "host.name": "h1",
  "service.name": app,
  "service.version": "1.2",
  "container.id": digit.repeat(64),
  "container.name": `${app}-1`,
  ...(edge ? { "seamark.edge": true } : {}),
});
const origins = [originOf("a", "edge", true), originOf("b", "api", false)];

function request(origin: string, n: number, status: number): LogRow {
  return {
    "@timestamp": formatNanos(startNs + BigInt(n) * 1_000_000n),
    "origin.id": origin.repeat(16),
    "event.sequence": 1000 + n,
    message: `GET /cart/${n} ${status}`,
    "http.request.method": "GET",
    "url.path": "/cart",
    "http.response.status_code": status,
    "event.duration": 1_000_000 * (n + 1),
    ...(status >= 500 ? { "log.level": "error" } : {}),
    attrs: { "order.total": n },
  };
}

let current: { running: Running; base: string };
let bearer: { authorization: string };
let sequence = 0;
let document: { paths: Record<string, Record<string, { responses: Record<string, Response> }>> };
/** What the routes below answer with; each has some of these. */
interface Body {
  rows: (LogRow & Origin & { id: string; "event.ingested": string })[];
  cursor: string | null;
  series: { key: string; points: [number, number][] }[];
  fields: { name: string }[];
  groups: unknown;
  by: unknown;
  apps: { app: string }[];
  cluster: { statuses: { status: number }[] };
  containers: unknown;
  hosts: unknown;
  keptSince: string | null;
}
interface Response {
  content?: Record<string, { schema: object }>;
}

function post(kind: string, rows: readonly object[], headers: Record<string, string> = {}) {
  const status = {
    host: "h1",
    docker: {
      state: "connected",
      socket: "/var/run/docker.sock",
      since: formatNanos(startNs),
      version: "28",
    },
    containers: 2,
    lagMs: 3,
    spoolBytes: 0,
    lostLines: 0,
  };
  const body = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  if (rows.length > 0) sequence += 1;
  return fetch(`${current.base}/api/v1/ingest/${kind}`, {
    method: "POST",
    body: rows.length === 0 ? "" : zstdCompressSync(body),
    headers: {
      ...bearer,
      "content-type": "application/x-ndjson",
      ...(rows.length === 0 ? {} : { "content-encoding": "zstd" }),
      "seamark-collector": "0123456789abcdef",
      "seamark-epoch": "fedcba9876543210",
      "seamark-sequence": String(sequence),
      "seamark-watermark": formatNanos(startNs + 60_000_000_000n),
      "seamark-collector-status": encodeURIComponent(JSON.stringify(status)),
      ...headers,
    },
  });
}

/** Asks a route and holds the answer against the schema that the document states for it. */
async function ask(path: string): Promise<Body> {
  const answer = await fetch(`${current.base}/api/v1${path}`);
  const body = (await answer.json()) as Body;
  expect(answer.status, JSON.stringify(body)).toBe(200);
  const operation = document.paths[`/api/v1${path.split("?", 1)[0]}`]!.get!;
  const [, errors] = Compile(operation.responses["200"]!.content!["application/json"]!.schema).Errors(body);
  expect(errors).toEqual([]);
  return body;
}

const range = `from=${encodeURIComponent(formatNanos(startNs))}&to=${encodeURIComponent(formatNanos(startNs + 60_000_000_000n))}`;

beforeAll(async () => {
  mkdirSync(dashboard);
  writeFileSync(join(dashboard, "index.html"), "<!doctype html>the page");
  current = await startOnFreePort();
  bearer = { authorization: `Bearer ${readFileSync(join(state, "token"), "utf8").trim()}` };
  document = (await (await fetch(`${current.base}/api/v1/openapi.json`)).json()) as typeof document;
  expect((await post("origins", origins)).status).toBe(204);
  const rows = Array.from({ length: 100 }, (_, n) => request(n % 2 ? "a" : "b", n, n % 10 < 2 ? 503 : 200));
  expect((await post("logs", rows)).status).toBe(204);
  const loaded = async () => expect((await ask(`/logs?${range}&limit=1000`)).rows).toHaveLength(100);
  await vi.waitFor(loaded, { timeout: 20_000 });
}, 60_000);

afterAll(() => {
  for (const child of started) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

describe("logs", () => {
  test("pages in both orders lead through every line once", async () => {
    for (const order of ["asc", "desc"]) {
      const sequences: number[] = [];
      let cursor = "";
      do {
        const page = await ask(`/logs?${range}&limit=30&order=${order}${cursor && `&cursor=${cursor}`}`);
        sequences.push(...page.rows.map((row) => row["event.sequence"]));
        cursor = page.cursor ?? "";
      } while (cursor !== "");
      const expected = Array.from({ length: 100 }, (_, n) => 1000 + n);
      expect(sequences).toEqual(order === "asc" ? expected : expected.reverse());
    }
  });

  test("a line comes with its origin, its id and when it was taken", async () => {
    const { rows } = await ask(`/logs?${range}&limit=1&order=asc&query=app:edge`);
    expect(rows[0]).toMatchObject({
      id: `${startNs + 1_000_000n}-aaaaaaaaaaaaaaaa-1001`,
      "service.name": "edge",
      "host.name": "h1",
      "url.path": "/cart",
      attrs: { "order.total": 1 },
    });
    expect(rows[0]!["event.ingested"]).toMatch(/Z$/);
  });

  test("a filter, a pipe, and a query that is broken", async () => {
    expect(
      (await ask(`/logs?${range}&query=${encodeURIComponent("app:edge status>=500")}`)).rows,
    ).toHaveLength(10);
    const groups = await ask(`/logs?${range}&query=${encodeURIComponent("status:503 | count by app")}`);
    expect(groups.groups).toEqual([
      { key: ["api"], count: 10 },
      { key: ["edge"], count: 10 },
    ]);
    expect(groups.by).toEqual(["service.name"]);
    const broken = encodeURIComponent('cart "5');
    const strict = await fetch(`${current.base}/api/v1/logs?${range}&query=${broken}`);
    expect(strict.status).toBe(400);
    expect(await strict.json()).toMatchObject({ where: { parameter: "query" } });
    expect(await ask(`/logs?${range}&query=${broken}&lenient=true`)).toHaveProperty("queryError.message");
  });

  test("histogram, top, stats, fields", async () => {
    const histogram = await ask(`/logs/histogram?${range}&by=status_class`);
    expect(histogram).toMatchObject({ interval: 500, total: 100 });
    const counts = histogram.series.map(({ key, points }) => [
      key,
      points.reduce((sum, [, count]) => sum + count, 0),
    ]);
    expect(Object.fromEntries(counts)).toEqual({ "2xx": 80, "5xx": 20 });
    expect(await ask(`/logs/top?${range}&field=app&n=1`)).toMatchObject({ field: "service.name", other: 50 });
    expect(await ask(`/logs/stats?${range}&field=duration`)).toMatchObject({ count: 100, max: 100_000_000 });
    const { fields } = await ask(`/logs/fields?${range}`);
    expect(fields.map((field) => field.name)).toContain("url.path");
  });

  test("context is the lines of the same container", async () => {
    const id = `${startNs + 51_000_000n}-aaaaaaaaaaaaaaaa-1051`;
    const { rows } = await ask(`/logs/context?id=${id}&before=2&after=1`);
    expect(rows.map((row) => row["event.sequence"])).toEqual([1047, 1049, 1051, 1053]);
    const gone = await fetch(`${current.base}/api/v1/logs/context?id=1-aaaaaaaaaaaaaaaa-1`);
    expect(gone.status).toBe(404);
  });

  test("live tail: what is accepted is there at once, filtered, with its origin", async () => {
    const query = encodeURIComponent("app:edge status>=500");
    const socket = new WebSocket(`${current.base.replace("http", "ws")}/api/v1/logs/tail?query=${query}`);
    const messages: unknown[] = [];
    socket.on("message", (data) => messages.push(JSON.parse(String(data))));
    await once(socket, "open");
    const rows = [request("a", 60_000, 500), request("b", 60_001, 500), request("a", 60_002, 200)];
    expect((await post("logs", rows)).status).toBe(204);
    await expect
      .poll(() => messages.filter(Array.isArray))
      .toMatchObject([[{ "event.sequence": 61_000, "service.name": "edge" }]]);
    expect(messages[0]).toHaveProperty("completeTo");
    socket.close();
  });
});

describe("inventory", () => {
  test("apps: the edge counts for the cluster, every app has its own figures", async () => {
    const answer = await ask(`/apps?${range}&interval=1m`);
    expect(answer).toMatchObject({
      interval: 60_000,
      counted: { basis: "edge", apps: ["edge"] },
      cluster: { requests: 50, statusClasses: { "2xx": 40, "5xx": 10 }, errorRatio: 0.2 },
    });
    const apps = Object.fromEntries(answer.apps.map((one) => [one.app, one]));
    expect(apps.api).toMatchObject({
      edge: false,
      requests: 50,
      logErrors: 10,
      lines: 50,
      versions: ["1.2"],
    });
    expect(apps.edge).toMatchObject({ edge: true, points: [{ requests: [0, 0, 40, 0, 0, 10] }] });
    const statuses = answer.cluster.statuses;
    expect(statuses.map((one) => one.status).toSorted()).toEqual([200, 503]);
  });

  test("containers and hosts", async () => {
    const { containers } = await ask("/containers?app=edge");
    expect(containers).toMatchObject([{ origin: { "container.name": "edge-1" } }]);
    expect((await ask("/containers?host=other")).containers).toEqual([]);
    expect((await post("logs", [])).status).toBe(204);
    const { hosts } = await ask("/hosts");
    expect(hosts).toMatchObject([
      { host: "h1", stale: false, docker: { state: "connected" }, containersRead: 2 },
    ]);
  });
});

describe("itself", () => {
  test("status, probes and metrics", async () => {
    const status = await ask("/status");
    expect(status).toMatchObject({
      loader: { state: "running", error: null },
      retention: { ageSeconds: 604_800 },
      collectors: { total: 1, stale: 0 },
      tokenOk: false,
    });
    expect(status.keptSince).toMatch(/Z$/);
    expect(await (await fetch(`${current.base}/healthz`)).text()).toBe("ok");
    expect(await (await fetch(`${current.base}/readyz`)).json()).toHaveProperty("state");
    const metrics = await (await fetch(`${current.base}/metrics`)).text();
    for (const name of ["seamark_api_requests_total", "seamark_live_clients", "seamark_heap_used_bytes"])
      expect(metrics).toContain(`# TYPE ${name}`);
    expect(metrics).not.toMatch(/ (NaN|undefined)$/m);
    const trusted = await fetch(`${current.base}/api/v1/status`, { headers: bearer });
    expect(await trusted.json()).toMatchObject({ tokenOk: true });
  });

  test("the token file is private, and without it nothing changes", async () => {
    expect(statSync(join(state, "token")).mode & 0o777).toBe(0o600);
    expect((await post("logs", [request("a", 9, 200)], { authorization: "Bearer no" })).status).toBe(401);
    sequence -= 1;
  });

  test("a malformed segment is refused with its line", async () => {
    const answer = await post("logs", [request("a", 70_000, 200), { message: 5 }]);
    sequence -= 1;
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(await answer.json()).toMatchObject({ status: 400, where: { parameter: "body", line: 2 } });
  });

  test("dead letters", async () => {
    expect(await ask("/dead-letters")).toEqual({ deadLetters: [], cursor: null, dropped: 0 });
  });

  test("the page", async () => {
    expect(await (await fetch(`${current.base}/explore`)).text()).toContain("the page");
  });
});

// Last: it ends the process that the tests above ask.
describe("the process", () => {
  test("stops in order at SIGTERM, and the next one has every line", async () => {
    expect(await stop(current.running)).toBe(0);
    const steps = [...current.running.output().matchAll(/msg="((?:started|stopped) \w+)"/g)].map(
      (match) => match[1],
    );
    expect(steps.slice(5)).toEqual(
      steps
        .slice(0, 5)
        .reverse()
        .map((step) => step?.replace("started", "stopped")),
    );
    const parts = ["store", "retention", "spool", "loader", "api"];
    expect(steps.slice(0, 5)).toEqual(parts.map((part) => `started ${part}`));
    current = await startOnFreePort();
    expect((await ask(`/logs?${range}&limit=1000`)).rows).toHaveLength(100);
    expect(await stop(current.running)).toBe(0);
  });

  test("beyond loopback it refuses to start without a token, and says how to make one", async () => {
    rmSync(join(state, "token"));
    const { child, output } = run("--listen", "0.0.0.0:0");
    const [code] = await once(child, "close");
    expect(code).toBe(2);
    expect(output()).toContain("openssl rand -hex 32");
  });

  test("an unknown setting is refused with the one that was meant, and --help lists them", async () => {
    const wrong = run("--lisen", "127.0.0.1:0");
    expect((await once(wrong.child, "close"))[0]).toBe(2);
    expect(wrong.output()).toContain('did you mean "--listen"');
    const help = run("--help");
    expect((await once(help.child, "close"))[0]).toBe(0);
    expect(help.output()).toContain("--retention-size SIZE");
  });
});
