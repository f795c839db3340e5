import { beforeAll, expect, test } from "vitest";
import type { JoinedRow, LogRow, LogStore, Origin } from "../../../aggregator/store/log-store.ts";
import { formatNanos } from "../../../common/base/nanotime.ts";
import { compilePredicate } from "../../../common/query/predicate.ts";
import { minute, originOf, rowOf, second } from "../batches.ts";
import { everything, idsOf, type NewBench, now, query, read, rowsOf } from "./bench.ts";

/** Rows that tell filters apart: fields present and missing, words, attributes of every shape, gaps and events. */
function filterRows(): { origins: Origin[]; rows: LogRow[] } {
  const origins = [
    originOf(1, { "service.name": "shop", "container.labels": { team: "front" }, "seamark.edge": true }),
    originOf(2, { "service.name": "pay", "service.version": "2", "container.name": "pay-1" }),
    originOf(3, { "container.id": "f".repeat(64), "container.labels": { "a.b/c~d": "x", team: "back" } }),
  ];
  const rows: LogRow[] = [];
  const put = (origin: number, more: Parameters<typeof rowOf>[3] = {}) =>
    rows.push(rowOf(origin, now - BigInt(rows.length) * 100n * second, rows.length, more));
  put(1, { message: "Pool exhausted: connection_error at db-1:5432", "log.level": "error" });
  put(1, { message: "errors everywhere", "log.level": "warn" });
  put(2, {
    message: "支付失败 because of 支付 timeout",
    "log.level": "fatal",
    "error.type": "java.io.Error",
  });
  put(2, { message: "GET /api/v1/支付", "http.response.status_code": 404, "event.duration": 250_000_001 });
  put(3, { message: "straße İstanbul ÀÉ", "http.response.status_code": 200, "event.duration": 250_000_000 });
  put(4, { message: "no origin is known", "http.response.status_code": 503 });
  put(1, { message: "", attrs: { "order.total": 12.5, "user.id": "u-1", tags: ["red", "Blue"], ok: true } });
  put(2, { message: "x", attrs: { "order.total": "12.5", "user.id": "U-1", tags: "red", deep: { a: 1 } } });
  put(3, { message: "y", attrs: { "we\"ird/~key'": "it's", n: null, zero: 0, long: "支付失败" } });
  put(1, { message: "at com.foo.Bar(Bar.java:1)", "event.group": 0, "log.level": "error" });
  put(2, { message: "lost", "event.kind": "gap", "event.reason": "rotated_away", "event.count": 5 });
  put(3, { message: "died", "event.kind": "event", "event.action": "die" });
  put(1, { message: "100% _off_ \\ *star* ?", "url.path": "/a_b%c*d", "url.original": "/a_b%c*d?x=%27" });
  put(2, { message: "new\nline\u0000zero", "trace.id": "0af7651916cd43dd8448eb211c80319c" });
  put(1, { message: "created", "event.created": formatNanos(now - 5n * minute), "log.truncated": true });
  return { origins, rows };
}

const filterTexts = [
  ..."*|error|errors|connection|支|支付|支付失败|失败|STRASSE|straße|istanbul|àé|5432|off|java.io.error".split(
    "|",
  ),
  '"pool exhausted"',
  '"exhausted pool"',
  "db-1:5432",
  "*xhaust*",
  "/ex.*ed/",
  "api/v1",
  '"100%"',
  "zero",
  "12.5",
  "red",
  "level:error",
  "not level:error",
  "-level:error -level:warn",
  "level>=warn",
  "not level>=warn",
  "level:*",
  "not level:*",
  "app:shop",
  "not app:shop",
  "app:*",
  "not app:*",
  "app:sh*",
  "not app:sh*",
  "app:/^s.*p$/",
  "app:shop or status:503",
  "not (app:shop or status:503)",
  "not app:shop and not status:503",
  "(app:shop and level:error) or (app:pay and status:404)",
  "not (not app:shop)",
  "version:2",
  "container:pay-1",
  "seamark.edge:true",
  "not seamark.edge:true",
  "container.labels.team:front",
  "not container.labels.team:front",
  "container.labels.team:*",
  "status:404",
  "status>=500",
  "not status>=500",
  "status:400..499",
  "status:40?",
  "duration>250ms",
  "duration<=250ms",
  "order.total:12.5",
  "not order.total:12.5",
  "order.total:*",
  "user.id:u-1",
  "user.id:*-1",
  "user.id:/^[uU]-\\d$/",
  "tags:red",
  "not tags:red",
  "tags:blue",
  "tags:B*",
  "ok:true",
  "n:*",
  "zero:0",
  "deep:*",
  "long:支付失败",
  "kind:gap",
  "not kind:*",
  "event.action:die or event.reason:rotated_away",
  "event.group:*",
  "path:/a_b%c*d",
  "path:/a_b*",
  "url:*%27",
  "trace:0af7651916cd43dd8448eb211c80319c",
  "error.type:java.io.Error",
  "error.type:java*",
  "message:errors",
  'message:"pool exhausted"',
  "log.truncated:true",
  "not log.truncated:true",
  "event.created:*",
  "origin.id:0000000000000001",
  "not origin.id:0000000000000001",
  "nosuchfield:1",
  "not nosuchfield:1",
];

export function filterPromises(newBench: NewBench): void {
  let logs: LogStore;
  let rows: readonly JoinedRow[];
  const matched = new Set<string>();
  beforeAll(async () => {
    const bench = await newBench();
    logs = bench.logs;
    const { origins, rows: made } = filterRows();
    await logs.append([bench.batches.origins(origins), bench.batches.logs(made)]);
    rows = await rowsOf(logs);
    expect(rows).toHaveLength(made.length);
  });

  test.each(filterTexts)("%s", async (text) => {
    const { filter } = query(text);
    const passes = compilePredicate(filter);
    const expected = rows.filter((row) => passes(row)).map((row) => row.id);
    expect(await idsOf(logs, filter)).toEqual(expected);
    // A condition and its opposite share the rows between them: there is no third value.
    expect(await idsOf(logs, { kind: "not", of: filter })).toHaveLength(rows.length - expected.length);
    if (expected.length > 0 && expected.length < rows.length) matched.add(text);
    const count = await logs.count({ filter, pipes: [{ kind: "count", by: [] }] }, everything, read);
    expect(count.groups[0]!.count).toBeLessThanOrEqual(expected.length);
  });

  test("most of these filters tell rows apart, so the ones above mean something", () => {
    expect(matched.size).toBeGreaterThan(filterTexts.length * 0.7);
  });
}
