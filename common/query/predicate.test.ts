import { describe, expect, test } from "vitest";
import { parseQuery } from "./parser.ts";
import { compilePredicate, type Row } from "./predicate.ts";

const row: Row = {
  id: "1-0123456789abcdef-1",
  "@timestamp": "2026-11-22T18:00:00.123456789Z",
  "event.created": "2026-11-22T18:00:00.5Z",
  "origin.id": "0123456789abcdef",
  "service.name": "shop",
  "host.name": "node-1",
  "container.labels": { "com.docker.compose.project": "demo", edge: "true" },
  message: "connection_error: pool exhausted at db-1:5432, 支付失败",
  "error.type": "java.sql.SQLException",
  "log.level": "error",
  "http.response.status_code": 503,
  "event.duration": 250_000_001,
  "log.truncated": false,
  "url.original": "/api/v1/orders?id=7",
  attrs: {
    "order.total": 42.5,
    user: "bob",
    tags: ["a", "b c", 7, null],
    none: null,
    empty: [],
    note: "one\ntwo",
    ok: true,
  },
};

const passes = (query: string): boolean => {
  const { query: parsed, error } = parseQuery(query, { nowMs: Date.parse("2026-11-22T18:10:00Z") });
  expect(error).toBeUndefined();
  return compilePredicate(parsed.filter)(row);
};

describe("passes", () => {
  test.each([
    "",
    "error",
    "connection",
    "EXHAUST",
    '"pool exhausted"',
    "db-1:5432",
    "支付",
    "sqlexc",
    "api/v1",
    "*nection_err*",
    "*L EXHAUSTED AT*",
    "pool*5432",
    "/pool\\s+ex/",
    "bob",
    "two",
    "user:bob",
    "attrs.order.total:42.5",
    "order.total:42*",
    "tags:a",
    'tags:"b c"',
    "tags:7",
    "tags:/^b/",
    "ok:true",
    "user:*",
    "none:x or -none:*",
    "-empty:*",
    "-constructor:*",
    "attrs:*",
    "container.labels.edge:true",
    "app:shop status>=500 level>=warn",
    "status:5xx",
    "status:5*",
    "status!=200",
    "duration>250ms duration<251ms",
    "-message:timeout",
    "-url.path:/x",
    "not app:other",
    "-user.missing:*",
    "log.truncated:false",
    "time:2026-11-22T18:00:00.123456789Z",
    "time>2026-11-22T18:00:00.123456788Z time<2026-11-22T18:00:00.123456790Z",
    "event.created:2026-11-22T18:00:00.500000000Z",
    "time>now-15m",
    "time>=1000-01-01 time<9999-01-01",
  ])("%s", (query) => {
    expect(passes(query)).toBe(true);
  });
});

describe("does not pass", () => {
  test.each([
    "rror",
    '"pool exhaust"',
    '"exhausted pool"',
    "db-1:543",
    "app:Shop",
    "app:sho",
    "status:4xx",
    "status<500",
    "level:info",
    "-user:bob",
    "none:*",
    "empty:*",
    "constructor:*",
    "tags:c",
    "wo",
    "ntwo",
    "trace.id:*",
    "url.path:/x",
    "duration>251ms",
    "log.truncated:true",
    "time>2026-11-22T18:00:00.123456789Z",
    "time<2026-11-22T18:00:00.123456789Z",
    "time<now-1h",
    "time>now+300000d",
    "shop",
    '"5432 支付 失败 java"',
  ])("%s", (query) => {
    expect(passes(query)).toBe(false);
  });
});

test("terms of one filter keep what they know of a row apart from the next row's", () => {
  const predicate = compilePredicate(parseQuery("error or pool").query.filter);
  expect([row, { message: "fine" }, { message: "a pool" }, row].map(predicate)).toEqual([
    true,
    false,
    true,
    true,
  ]);
});
