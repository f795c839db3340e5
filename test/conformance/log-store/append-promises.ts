import { expect, test } from "vitest";
import { formatNanos } from "../../../common/base/nanotime.ts";
import { day, hour, originId, originOf, rowOf } from "../batches.ts";
import { type NewBench, now, rowsOf } from "./bench.ts";

export function appendPromises(newBench: NewBench): void {
  test("a row comes back flat, with its origin, its id, nine digits and all its fields", async () => {
    const { logs, batches } = await newBench();
    const origin = originOf(1, { "service.name": "shop", "container.labels": { team: "a", "x/y~z": "q" } });
    const row = rowOf(1, now - 123_456_789n, 1_763_834_400_000_001, {
      message: 'say "hi" \\ \u0000 支付失败 😀\n\tnext',
      "event.created": formatNanos(now - 5n),
      "event.original": "as printed",
      "log.truncated": true,
      "http.response.status_code": 503,
      "http.response.body.bytes": Number.MAX_SAFE_INTEGER,
      "event.duration": 12_000_000,
      attrs: { "order.total": 12.5, tags: ["a", 1, null], on: false, "a/b~c": "d", nothing: null },
    });
    const result = await logs.append([batches.origins([origin]), batches.logs([row])]);
    expect(result).toEqual({ rowsAppended: 1, rowsTooOld: 0, refused: [] });
    expect(await rowsOf(logs)).toEqual([
      {
        ...origin,
        ...row,
        id: `${now - 123_456_789n}-${originId(1)}-1763834400000001`,
        "event.ingested": formatNanos(batches.acceptedNs),
      },
    ]);
  });

  test("a batch is there once, however often and in whatever company it is appended", async () => {
    const bench = await newBench();
    const { logs, batches } = bench;
    const one = batches.logs([rowOf(1, now - hour, 1), rowOf(1, now, 2)]);
    const two = batches.logs([rowOf(1, now - hour, 3), rowOf(1, now, 4)]);
    expect((await logs.append([one, one])).rowsAppended).toBe(2);
    expect((await logs.append([two, one])).rowsAppended).toBe(2);
    expect((await logs.append([one, two])).rowsAppended).toBe(0);
    const again = await bench.reopen();
    expect((await again.logs.append([two])).rowsAppended).toBe(0);
    expect((await rowsOf(again.logs)).map((row) => row["event.sequence"])).toEqual([1, 3, 2, 4]);
  });

  test("two batches with the same rows are two batches: only the identity counts", async () => {
    const { logs, batches } = await newBench();
    const rows = [rowOf(1, now, 1)];
    await logs.append([batches.logs(rows), batches.logs(rows)]);
    expect(await rowsOf(logs)).toHaveLength(2);
  });

  test("what is appended is there after the store was closed and opened", async () => {
    const bench = await newBench();
    await bench.logs.append([
      bench.batches.origins([originOf(1, { "service.name": "shop" })]),
      bench.batches.logs([rowOf(1, now, 1), rowOf(1, now - 3n * hour, 2)]),
    ]);
    const before = await rowsOf(bench.logs);
    const again = await bench.reopen();
    expect(await rowsOf(again.logs)).toEqual(before);
    expect(again.logs.keptSinceNs()).toBe(bench.logs.keptSinceNs());
  });

  test("lines that the store cannot take are given back with number, text and reason; the others load", async () => {
    const { logs, batches } = await newBench();
    const good = (n: number) => JSON.stringify(rowOf(1, now - BigInt(n), n));
    const bad = [
      '{"@timestamp":',
      "[1]",
      "null",
      good(90).replace('"event.sequence":90', '"event.sequence":"x"'),
      good(91).replace("2026-11-22", "2026-13-22"),
      good(92).replace('"message":"line 92"', '"message":"\\ud800"'),
      good(93).replace('"message":', '"message":"twice","message":'),
      good(94).replace('"origin.id"', '"origin"'),
      good(95).replace('"event.sequence":95', '"event.sequence":95,"http.response.status_code":1e300'),
      good(96).replace('"event.sequence":96', '"event.sequence":96,"log.truncated":"perhaps"'),
      JSON.stringify(rowOf(1, now + 3n * day, 97)),
    ];
    const lines: string[] = [];
    for (const [at, line] of bad.entries()) lines.push(good(at + 1), line);
    const whole = batches.logs([rowOf(1, now, 500)]);
    const mixed = batches.text("logs", lines.join("\n"));
    const result = await logs.append([whole, mixed]);
    expect(result.rowsAppended).toBe(1 + bad.length);
    const refused = [...result.refused].sort((a, b) => a.line - b.line);
    expect(refused.map(({ batch, line, text }) => ({ batch, line, text }))).toEqual(
      bad.map((text, at) => ({ batch: mixed.id, line: 2 * at + 2, text })),
    );
    for (const { reason } of refused) expect(reason).not.toBe("");
    expect((await rowsOf(logs)).map((row) => row["event.sequence"]).sort((a, b) => a - b)).toEqual([
      ...bad.map((_, at) => at + 1),
      500,
    ]);
    expect((await logs.append([mixed])).rowsAppended).toBe(0);
  });

  test("bytes that are no UTF-8 refuse their line only", async () => {
    const { logs, batches } = await newBench();
    const line = Buffer.from(JSON.stringify(rowOf(1, now, 1, { message: "X" })));
    line[line.indexOf("X")] = 0xff;
    const good = Buffer.from(`\n${JSON.stringify(rowOf(1, now, 2))}`);
    const result = await logs.append([batches.text("logs", Buffer.concat([line, good]))]);
    // The store may refuse the line or take it with the replacement character; it must not lose the other.
    expect(result.rowsAppended + result.refused.length).toBe(2);
    expect((await rowsOf(logs)).map((row) => row["event.sequence"])).toContain(2);
  });

  test("a line of one MiB with two bytes of escape for each is a row", async () => {
    const { logs, batches } = await newBench();
    const message = '"'.repeat(1024 * 1024);
    await logs.append([batches.logs([rowOf(1, now, 1, { message, "event.original": message })])]);
    expect((await rowsOf(logs))[0]!.message).toHaveLength(message.length);
  });

  test("rows that are older than the retention are counted and not loaded", async () => {
    const { logs, batches } = await newBench();
    const batch = batches.logs([rowOf(1, now - 8n * day, 1), rowOf(1, now, 2), rowOf(1, now - 20n * day, 3)]);
    expect(await logs.append([batch])).toEqual({ rowsAppended: 1, rowsTooOld: 2, refused: [] });
    expect((await rowsOf(logs)).map((row) => row["event.sequence"])).toEqual([2]);
  });

  test("a read sees a batch that spans hours whole or not at all", async () => {
    const { logs, batches } = await newBench();
    const hours = [0n, 1n, 2n, 3n, 4n, 5n];
    const spans = (n: number) =>
      batches.logs(hours.map((h) => rowOf(1, now - h * hour, n, { attrs: { batch: String(n) } })));
    await logs.append([spans(0)]);
    let done = false;
    const torn: number[] = [];
    const reading = (async () => {
      while (!done) {
        const counts = new Map<unknown, number>();
        for (const row of await rowsOf(logs)) {
          const key = row.attrs?.batch;
          counts.set(key, (counts.get(key) ?? 0) + 1);
        }
        for (const count of counts.values()) if (count !== hours.length) torn.push(count);
      }
    })();
    for (let n = 1; n <= 15; n++) await logs.append([spans(n)]);
    done = true;
    await reading;
    expect(torn).toEqual([]);
    expect(await rowsOf(logs)).toHaveLength(16 * hours.length);
  });

  test("an origin that comes after its rows, or never, leaves the rows readable", async () => {
    const { logs, batches } = await newBench();
    await logs.append([batches.logs([rowOf(1, now, 1), rowOf(2, now, 2)])]);
    await logs.append([batches.origins([originOf(1, { "service.name": "late" })])]);
    const rows = await rowsOf(logs);
    expect(rows.map((row) => row["service.name"])).toEqual(["late", undefined]);
  });
}
