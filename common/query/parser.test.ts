import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseNanos } from "../base/nanotime.ts";
import { fieldOf } from "../fields/dictionary.ts";
import type { Filter, TextMatch } from "./ast.ts";
import { parseQuery } from "./parser.ts";
import { compilePredicate } from "./predicate.ts";

const nowMs = Date.parse("2026-11-22T18:00:00Z");
const filterOf = (text: string): Filter => {
  const { query, error } = parseQuery(text, { nowMs });
  expect(error).toBeUndefined();
  return query.filter;
};
const text = (match: TextMatch): Filter => ({ kind: "text", match });
const prefix = (word: string): Filter => text({ kind: "prefix", word });
const phrase = (words: string, lastIsPrefix = false): Filter =>
  text({ kind: "phrase", words: words.split(" "), lastIsPrefix });
const substring = (wanted: string): Filter => text({ kind: "substring", text: wanted });
const and = (...of: Filter[]): Filter => ({ kind: "and", of });
const or = (...of: Filter[]): Filter => ({ kind: "or", of });
const not = (of: Filter): Filter => ({ kind: "not", of });
const equals = (name: string, value: string): Filter => ({ kind: "equals", field: { name }, value });
const attribute = (path: string, value: string): Filter => ({
  kind: "equals",
  field: { name: "attrs", path },
  value,
});
const between = (
  name: string,
  min: number | undefined,
  max: number | undefined,
  inclusive = true,
): Filter => ({
  kind: "range",
  field: { name },
  ...(min === undefined ? {} : { min: { value: min, inclusive } }),
  ...(max === undefined ? {} : { max: { value: max, inclusive } }),
});
const status = (min?: number, max?: number, inclusive?: boolean) =>
  between("http.response.status_code", min, max, inclusive);
const timeRange = (name: string, from?: string, before?: string): Filter => ({
  kind: "time",
  field: { name },
  ...(from === undefined ? {} : { min: { value: parseNanos(from)!, inclusive: true } }),
  ...(before === undefined ? {} : { max: { value: parseNanos(before)!, inclusive: false } }),
});

describe("structure", () => {
  test.each<[string, Filter]>([
    ["", { kind: "all" }],
    ["  ", { kind: "all" }],
    ["*", { kind: "all" }],
    ["*:*", { kind: "all" }],
    ["a b", and(prefix("a"), prefix("b"))],
    ["a AND b And c", and(prefix("a"), prefix("b"), prefix("c"))],
    ["a && b || c", or(and(prefix("a"), prefix("b")), prefix("c"))],
    ["a or b c", or(prefix("a"), and(prefix("b"), prefix("c")))],
    ["(a or b) c", and(or(prefix("a"), prefix("b")), prefix("c"))],
    ["-a !b not c NOT(d)", and(not(prefix("a")), not(prefix("b")), not(prefix("c")), not(prefix("d")))],
    ["not not a", prefix("a")],
    ["not -a", prefix("a")],
    ["-(a b)", not(and(prefix("a"), prefix("b")))],
    ['-"a b"', not(phrase("a b"))],
    ["-app:shop", not(equals("service.name", "shop"))],
    ["android organic nothing", and(prefix("android"), prefix("organic"), prefix("nothing"))],
  ])("%s", (query, filter) => {
    expect(filterOf(query)).toEqual(filter);
  });
});

describe("free text, and what people paste", () => {
  test.each<[string, Filter]>([
    ["Error", prefix("error")],
    ["err*", prefix("err")],
    ['"pool exhausted"', phrase("pool exhausted")],
    ['"error"', phrase("error")],
    ["支付失败", phrase("支 付 失 败", true)],
    ["java.io.Err", phrase("java io err", true)],
    ["api/v1", phrase("api v1", true)],
    ["http://x:80/y?a=1", phrase("http x 80 y a 1", true)],
    ["https://example.com", phrase("https example com", true)],
    ["12:34:56", phrase("12 34 56", true)],
    ["2026-11-22T18:00:00Z", phrase("2026 11 22t18 00 00z", true)],
    ["10.0.0.7", phrase("10 0 0 7", true)],
    ["[::1]:7280", phrase("1 7280", true)],
    ["java.sql.SQLException: foo", and(phrase("java sql sqlexception"), prefix("foo"))],
    ["ERROR:root:boom", phrase("error root boom", true)],
    ["ERROR:boom", phrase("error boom", true)],
    ["std::string", phrase("std string", true)],
    ["urn:uuid:1-2", phrase("urn uuid 1 2", true)],
    ["C:\\temp\\new", phrase("c temp new", true)],
    ["C:/temp", phrase("c temp", true)],
    ["shop/api:1.2", phrase("shop api 1 2", true)],
    ["foo(bar)", phrase("foo bar")],
    ["List<String>", phrase("list string")],
    ["a->b", phrase("a b", true)],
    ["a -> b - c", and(prefix("a"), prefix("b"), prefix("c"))],
    ["--verbose", prefix("verbose")],
    ["user=42", phrase("user 42", true)],
    ["2026|ERROR|x", phrase("2026 error x", true)],
    ['{"level":30,"msg":"x y"}', and(phrase("level"), phrase("30"), phrase("msg"), phrase("x y"))],
    ["->", substring("->")],
    ['"->"', substring("->")],
    ["*text*", substring("text")],
    ["*text", substring("text")],
    ["*/api/*", substring("/api/")],
    ["con*refused", text({ kind: "regex", source: "(?is)con.*refused" })],
    ["a.b*c", text({ kind: "regex", source: "(?is)a\\x{2e}b.*c" })],
    ["/time(out|d)/", text({ kind: "regex", source: "time(out|d)" })],
    ["/a\\/b c/i", text({ kind: "regex", source: "(?i)a/b c" })],
    ["/api/v1/", phrase("api v1")],
    ["\\-x", prefix("x")],
    ["\\(a", prefix("a")],
  ])("%s", (query, filter) => {
    expect(filterOf(query)).toEqual(filter);
  });

  test.each(["db-1:5432", "localhost:80", "main.go:42"])(
    "%s may be an attribute, or words in sequence",
    (query) => {
      const [name, value] = query.split(":") as [string, string];
      const words = query
        .toLowerCase()
        .split(/[^a-z0-9]/)
        .join(" ");
      expect(filterOf(query)).toEqual(or(attribute(name, value), phrase(words)));
    },
  );
});

describe("fields", () => {
  test.each<[string, Filter]>([
    ["app:shop", equals("service.name", "shop")],
    ["app: shop", equals("service.name", "shop")],
    ["app=shop", equals("service.name", "shop")],
    ['app:"my shop"', equals("service.name", "my shop")],
    ["app!=shop", not(equals("service.name", "shop"))],
    ["deployment.environment.name:prod", equals("service.environment", "prod")],
    ["host:*", { kind: "exists", field: { name: "host.name" } }],
    ["path:/api/v1/", equals("url.path", "/api/v1/")],
    ["path:/api/*", { kind: "glob", field: { name: "url.path" }, pattern: "/api/*" }],
    ["path:/a\\*b", equals("url.path", "/a*b")],
    ["path:/a\\*b*", { kind: "glob", field: { name: "url.path" }, pattern: "/a\\*b*" }],
    ["path:/^\\/api/", { kind: "regex", field: { name: "url.path" }, source: "^/api" }],
    ["ua:Mozilla/5.0(X11)", equals("user_agent.original", "Mozilla/5.0(X11)")],
    ["app:(a or -b)", or(equals("service.name", "a"), not(equals("service.name", "b")))],
    [
      "app:(a or (b or c))",
      or(equals("service.name", "a"), or(equals("service.name", "b"), equals("service.name", "c"))),
    ],
    ["user:bob", attribute("user", "bob")],
    ['user:"42"', attribute("user", "42")],
    ["attrs.user:42", attribute("user", "42")],
    ["x-request-id:abc", attribute("x-request-id", "abc")],
    ["attrs.a/b\\ c:x", attribute("a/b c", "x")],
    ["attrs.订单:x", attribute("订单", "x")],
    [
      "container.labels.com.docker.compose.project:shop",
      {
        kind: "equals",
        field: { name: "container.labels", path: "com.docker.compose.project" },
        value: "shop",
      },
    ],
    ["user:*", { kind: "exists", field: { name: "attrs", path: "user" } }],
    [
      "message:error",
      { kind: "words", field: { name: "message" }, match: { kind: "prefix", word: "error" } },
    ],
    [
      "message:(a b)",
      and(
        { kind: "words", field: { name: "message" }, match: { kind: "prefix", word: "a" } },
        { kind: "words", field: { name: "message" }, match: { kind: "prefix", word: "b" } },
      ),
    ],
    ["attrs:bob", { kind: "words", field: { name: "attrs" }, match: { kind: "prefix", word: "bob" } }],
    ["log.truncated:TRUE", { kind: "boolean", field: { name: "log.truncated" }, value: true }],
  ])("%s", (query, filter) => {
    expect(filterOf(query)).toEqual(filter);
  });

  test.each<[string, Filter]>([
    ["status:404", status(404, 404)],
    ["status:5xx", status(500, 599)],
    ["status:>=500", status(500)],
    ["status>=500", status(500)],
    ["status > 5xx", status(599, undefined, false)],
    ["status<4xx", status(undefined, 400, false)],
    ["status:400..499", status(400, 499)],
    ["status:400..", status(400)],
    ["status:..499", status(undefined, 499)],
    ["status:4xx..5xx", status(400, 599)],
    ["status:(500 or 503)", or(status(500, 500), status(503, 503))],
    ["status:50?", { kind: "glob", field: { name: "http.response.status_code" }, pattern: "50?" }],
    ["duration>250ms", between("event.duration", 250_000_000, undefined, false)],
    ["event.duration:1s..1m30s", between("event.duration", 1e9, 90e9)],
    ["http.response.body.bytes>4KiB", between("http.response.body.bytes", 4096, undefined, false)],
    ["event.duration:-5", between("event.duration", -5, -5)],
    ["level>=warn", { kind: "levels", levels: ["warn", "error", "fatal"] }],
    ["level<WARNING", { kind: "levels", levels: ["trace", "debug", "info"] }],
    ["level>error", { kind: "levels", levels: ["fatal"] }],
    ["level:WARN", { kind: "levels", levels: ["warn"] }],
    [
      "level:(err or critical)",
      or({ kind: "levels", levels: ["error"] }, { kind: "levels", levels: ["fatal"] }),
    ],
    ["level:debug..warn", { kind: "levels", levels: ["debug", "info", "warn"] }],
    ["level:odd", equals("log.level", "odd")],
    ["level:e*", { kind: "glob", field: { name: "log.level" }, pattern: "e*" }],
    ["time>now-15m", timeRange("@timestamp", "2026-11-22T17:45:00.000000001Z")],
    ["time>=2026-11-22T18:00", timeRange("@timestamp", "2026-11-22T18:00:00Z")],
    ["time>2026-11-22", timeRange("@timestamp", "2026-11-23T00:00:00Z")],
    ["time<=2026-11-22", timeRange("@timestamp", undefined, "2026-11-23T00:00:00Z")],
    [
      "time:2026-11-22T18:00..2026-11-22T18:05",
      timeRange("@timestamp", "2026-11-22T18:00:00Z", "2026-11-22T18:06:00Z"),
    ],
    [
      "event.created:2026-11-22T18:00:00.123456789Z",
      timeRange("event.created", "2026-11-22T18:00:00.123456789Z", "2026-11-22T18:00:00.12345679Z"),
    ],
  ])("%s", (query, filter) => {
    expect(filterOf(query)).toEqual(filter);
  });

  test("a promoted name has ranges", () => {
    const promoted = { name: "order.total", type: "double", of: "line", meaning: "" } as const;
    const lookup = (name: string) => (name === promoted.name ? promoted : fieldOf(name));
    const { query, error } = parseQuery("order.total>4.5", { fieldOf: lookup });
    expect(error).toBeUndefined();
    expect(query.filter).toEqual(between("order.total", 4.5, undefined, false));
  });
});

describe("pipes", () => {
  test("count, and count by names and aliases", () => {
    expect(parseQuery("error | count").query).toEqual({
      filter: prefix("error"),
      pipes: [{ kind: "count", by: [] }],
    });
    expect(parseQuery("| COUNT by app, order.x ,attrs.y").query).toEqual({
      filter: { kind: "all" },
      pipes: [
        {
          kind: "count",
          by: [{ name: "service.name" }, { name: "attrs", path: "order.x" }, { name: "attrs", path: "y" }],
        },
      ],
    });
  });
});

describe("errors say what, where and how, and the words are searched", () => {
  test.each<[string, RegExp, string]>([
    ["(a", /\( is not closed: add a \)/, "("],
    ["a)", /\) closes nothing/, ")"],
    ["()", /missing after "\("/, ")"],
    ["a or", /missing after "or"/, ""],
    ["or a", /missing at the start/, "o"],
    ["a and and b", /missing after "and"/, "a"],
    ["not", /missing after "not"/, ""],
    ['x "a', /" is not closed/, '"a'],
    ["app:", /After app: a value is missing; app:\* is any value/, ""],
    ["status:abc", /status is a number: "abc" is not a number/, "abc"],
    ["duration>fast", /or a duration such as 250ms/, "fast"],
    ["bytes>1x", /or a size such as 4KiB/, "1x"],
    ["time>yesterday", /not a time: write 2026-/, "yesterday"],
    ["level>=loud", /not a level; there are trace, debug/, "loud"],
    ["log.truncated:maybe", /true or false/, "maybe"],
    ["order.total>5", /^order\.total is kept as text, so it has no ranges; order\.total:VALUE/, "5"],
    ["attrs.order.total:5..9", /^attrs\.order\.total is kept as text/, "5..9"],
    ["order.total:>5", /is kept as text/, "5"],
    ["status:500..400", /^500 is more than 400: write 400\.\.500\.$/, "500..400"],
    ["status:5xx..4xx", /write 4xx\.\.5xx/, "5xx..4xx"],
    ["duration:2s..1s", /write 1s\.\.2s/, "2s..1s"],
    ["level:error..warn", /write warn\.\.error/, "error..warn"],
    ["time:now..now-5m", /write now-5m\.\.now/, "now..now-5m"],
    ["app>b", /has no order/, "b"],
    ["status:(500 503)", /an "or" is missing/, "503"],
    ["time:/x/", /A pattern works on text/, "/x/"],
    ["/(a)\\1/", /at character 4: a back-reference/, "/(a)\\1/"],
    ["path:/(?=a)/", /look-around is not possible/, "/(?=a)/"],
    ["a |", /the name of a pipe is missing: there is "count"/, ""],
    ["a | top 5", /no pipe "top": there is "count"/, "top"],
    ["a | count | count", /no other pipe/, "| count"],
    ["a | count app", /only "by" and names/, "app"],
    ["a | count by", /After "by" the name/, ""],
    ["a | count by app host", /a comma is missing/, "host"],
    ["a | count by attrs", /name one of them/, "attrs"],
    ["(a | count)", /outside of parentheses/, "|"],
    [`${"(".repeat(65)}a${")".repeat(65)}`, /nested more than 64/, "("],
    [Array(257).fill("a").join(" "), /more than 256 terms/, "a"],
    ["x".repeat(8193), /8193 characters; at most 8192/, "x"],
    [Array(129).fill("a").join("."), /129 words; at most 128/, Array(129).fill("a").join(".")],
    [`path:${"a".repeat(300)}*`, /with wildcards has at most 256/, `${"a".repeat(300)}*`],
  ])("%s", (query, message, where) => {
    const { error, query: searched, tokens } = parseQuery(query, { nowMs });
    expect(error?.message).toMatch(message);
    expect(query.slice(error!.from, error!.to)).toBe(where);
    expect(searched.pipes).toEqual([]);
    expect(searched.filter.kind).not.toBe("all");
    if (where !== "") expect(tokens.at(-1)).toEqual({ kind: "error", from: error!.from, to: error!.to });
  });

  test("the words of a broken query find the line that was pasted", () => {
    const line = "f(x, y) and or status:abc failed";
    const passes = compilePredicate(parseQuery(line).query.filter);
    expect(passes({ message: line })).toBe(true);
    expect(passes({ message: "f(x, y) failed" })).toBe(false);
    expect(parseQuery("((").query.filter).toEqual(substring("(("));
  });
});

test("tokens tint the text", () => {
  const query = '-app:"a b" (status>=500 or err*) | count by host';
  const { tokens } = parseQuery(query);
  expect(tokens.map((token) => [token.kind, query.slice(token.from, token.to)])).toEqual([
    ["keyword", "-"],
    ["field", "app"],
    ["operator", ":"],
    ["value", '"a b"'],
    ["paren", "("],
    ["field", "status"],
    ["operator", ">="],
    ["value", "500"],
    ["keyword", "or"],
    ["text", "err*"],
    ["paren", ")"],
    ["pipe", "|"],
    ["keyword", "count"],
    ["keyword", "by"],
    ["field", "host"],
  ]);
});

describe("any text", () => {
  const piece = fc.constantFrom(
    ...'( ) " / | : = != >= < .. * ? \\ - ! and or not a b app status level time duration attrs.x 500 5xx 4KiB now-1h 支付 , | count by [a (?= {2} \ud800 \0'.split(
      " ",
    ),
    " ",
    " ",
  );
  const soup = fc.oneof(
    fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join("")),
    fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(" ")),
    fc.string({ unit: "binary", maxLength: 60 }),
  );

  test("never throws, is never empty, and can be evaluated", () => {
    fc.assert(
      fc.property(soup, (query) => {
        const parsed = parseQuery(query, { nowMs });
        const passes = compilePredicate(parsed.query.filter);
        passes({ message: query, attrs: { x: query } });
        let at = 0;
        for (const token of parsed.tokens) {
          expect(token.from).toBeGreaterThanOrEqual(at);
          expect(token.to).toBeGreaterThan(token.from);
          at = token.to;
        }
        expect(at).toBeLessThanOrEqual(query.length);
        if (parsed.error) {
          expect(parsed.error.from).toBeLessThanOrEqual(parsed.error.to);
          expect(parsed.error.to).toBeLessThanOrEqual(query.length);
          expect(parsed.query.filter.kind).not.toBe("all");
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test.each([
    ["parentheses", "(".repeat(8_192)],
    ["negations", "not ".repeat(2_048)],
    ["dashes", "-".repeat(8_192)],
    ["quotes", '"'.repeat(8_191)],
    ["slashes", "/ ".repeat(4_096)],
    ["stars", "*a".repeat(4_096)],
    ["backslashes", "\\".repeat(8_192)],
    ["colons", "a:".repeat(4_096)],
    ["groups of a field", "app:(".repeat(1_638)],
    ["a pattern", `/${"(a*)*".repeat(150)}[bc]/`],
    ["a long word", "é".repeat(8_192)],
    ["dotted names", `${"a.".repeat(4_000)}:b`],
  ])("8 KiB of %s is read and run in bounded time", (_name, query) => {
    const startMs = performance.now();
    const passes = compilePredicate(parseQuery(query, { nowMs }).query.filter);
    for (let count = 0; count < 100; count++) passes({ message: "a".repeat(1_000), "url.original": query });
    expect(performance.now() - startMs).toBeLessThan(1_000);
  });
});
