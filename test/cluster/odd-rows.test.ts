import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ingestHeaders } from "../../common/wire/ingest.ts";
import { Cluster, until } from "./parts.ts";
import { allRows, countRows, get } from "./rows.ts";

let cluster: Cluster;
let token: string;
let posted = 0;

beforeAll(async () => {
  cluster = await Cluster.start({ collector: false });
  token = readFileSync(cluster.tokenFile, "utf8").trim();
});

afterAll(async () => {
  await cluster.stop();
});

const origin = "00000000000000dd";

async function post(kind: "origins" | "logs", lines: readonly string[]): Promise<number> {
  posted += 1;
  const response = await fetch(`${cluster.url}/api/v1/ingest/${kind}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": "application/x-ndjson",
      "content-encoding": "gzip",
      [ingestHeaders.collector]: "00000000000000d1",
      [ingestHeaders.epoch]: "00000000000000d2",
      [ingestHeaders.sequence]: String(posted),
      [ingestHeaders.watermark]: new Date().toISOString(),
    },
    body: gzipSync(lines.map((line) => `${line}\n`).join("")),
  });
  return response.status;
}

let sequence = 0;
/** A row as JSON text; `more` is JSON text too, so that it may hold what no printer writes. */
function row(message: string, more = "", time = new Date().toISOString()): string {
  sequence += 1;
  const base = `"@timestamp":"${time}","origin.id":"${origin}","event.sequence":${sequence}`;
  return `{${base},"message":${message}${more === "" ? "" : `,${more}`}}`;
}

const deep = (levels: number): string => `"attrs":${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`;

/** What a program may print and a collector may send, each beside rows that are as they should be. */
const odd: readonly (readonly [string, string])[] = [
  ["a lone surrogate in the message", row('"odd \\ud800 end"')],
  ["a lone low surrogate in attributes", row('"odd"', '"attrs":{"k":"\\udc00"}')],
  ["a lone surrogate as a name", row('"odd"', '"attrs":{"\\ud83d":1}')],
  ["NUL in the message", row('"odd \\u0000 end"')],
  ["NUL in attributes", row('"odd"', '"attrs":{"k\\u0000":"v\\u0000"}')],
  ["NUL in a field", row('"odd"', '"log.logger":"a\\u0000b"')],
  ["a stated time in the year 9999", row('"odd"', '"event.created":"9999-12-31T23:59:59Z"')],
  ["a stated time in the year 0001", row('"odd"', '"event.created":"0001-01-01T00:00:00Z"')],
  ["a stated time that no calendar has", row('"odd"', '"event.created":"2026-02-31T25:61:61Z"')],
  ["a status of 2^40", row('"odd"', '"http.response.status_code":1099511627776')],
  ["a duration of 2^63", row('"odd"', '"event.duration":9223372036854775808')],
  ["bytes of -1", row('"odd"', '"http.response.body.bytes":-1')],
  ["bytes of 1e300", row('"odd"', '"http.response.body.bytes":1e300')],
  [
    "huge numbers in attributes",
    row('"odd"', '"attrs":{"a":1e400,"b":123456789012345678901234567890,"c":-0}'),
  ],
  ["attributes 400 levels deep", row('"odd"', deep(400))],
  ["a name of attributes twice", row('"odd"', '"attrs":{"a":1,"a":2}')],
  ["an empty name", row('"odd"', '"attrs":{"":1,"__proto__":{"x":1}}')],
  ["a message of 1 MiB", row(`"odd ${"x".repeat(1024 * 1024)}"`)],
  ["line separators", row('"odd \\u2028 \\u2029 \\n \\r\\n \\u001b[31m"')],
];

test.each(odd)("%s: what stands beside it is loaded, and it is there or told", async (_name, line) => {
  if (posted === 0) expect(await post("origins", [`{"origin.id":"${origin}","host.name":"odd"}`])).toBe(204);
  const before = await totals();
  const status = await post("logs", [row('"good"'), line, row('"good"')]);
  // Refused as a whole, the collector would give up all three rows.
  expect(status).toBe(204);
  await until(
    "the rows are loaded or told",
    async () => {
      const now = await totals();
      const dead = now.dead - before.dead;
      const gaps = now.gaps - before.gaps;
      return now.good >= before.good + 2 && now.odd - before.odd + dead > 0 && gaps >= dead;
    },
    60_000,
    () => cluster.aggregator.output,
    200,
  );
  const now = await totals();
  expect({ good: now.good - before.good, sum: now.odd + now.dead - before.odd - before.dead }).toEqual({
    good: 2,
    sum: 1,
  });
  // What is stored can be read, printed and searched.
  const rows = await allRows(cluster, "host:odd");
  expect(rows.length).toBeGreaterThan(1);
  expect(now.gaps - before.gaps).toBe(now.dead - before.dead);
});

async function totals(): Promise<{ good: number; odd: number; dead: number; gaps: number }> {
  const [good, oddRows, gaps, letters] = await Promise.all([
    countRows(cluster, 'host:odd "good" -event.kind:*'),
    countRows(cluster, 'host:odd "odd" -event.kind:*'),
    countRows(cluster, "event.kind:gap"),
    get<{ deadLetters: unknown[] }>(cluster, "/dead-letters?limit=1000"),
  ]);
  return { good, odd: oddRows, gaps, dead: letters.deadLetters.length };
}
