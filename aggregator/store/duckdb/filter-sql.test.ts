import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FieldType, fields, levels } from "../../../common/fields/dictionary.ts";
import type { Bound, Filter, TextMatch } from "../../../common/query/ast.ts";
import { parseQuery } from "../../../common/query/parser.ts";
import { compilePredicate, type Row } from "../../../common/query/predicate.ts";
import { parseRegex } from "../../../common/query/regex.ts";
import { lowerCase, wordsOf } from "../../../common/query/words.ts";
import { filterToSql } from "./filter-sql.ts";

const sqlTypes: Record<FieldType, string> = {
  keyword: "VARCHAR",
  text: "VARCHAR",
  long: "BIGINT",
  double: "DOUBLE",
  boolean: "BOOLEAN",
  nanos: "TIMESTAMP_NS",
  flattened: "JSON",
};
const folder = mkdtempSync(join(tmpdir(), "seamark-filter-sql-"));
let instance: DuckDBInstance;
let connection: DuckDBConnection;

beforeAll(async () => {
  instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  connection = await instance.connect();
});

afterAll(() => {
  connection.closeSync();
  instance.closeSync();
  rmSync(folder, { recursive: true });
});

/** Loads the rows the way the store does: NDJSON, times to nanoseconds. */
async function load(rows: readonly Row[]): Promise<void> {
  const path = join(folder, "rows.ndjson");
  writeFileSync(path, rows.map((row, n) => JSON.stringify({ n, ...row })).join("\n"));
  const columns = fields.map((field) => `'${field.name}': '${sqlTypes[field.type]}'`).join(", ");
  const selected = fields.map(({ name, type }) =>
    type === "nanos" ? `epoch_ns("${name}") AS "${name}"` : `"${name}"`,
  );
  await connection.run(
    `CREATE OR REPLACE TABLE rows AS SELECT n, ${selected.join(", ")}
     FROM read_ndjson('${path}', columns = {n: 'BIGINT', ${columns}})`,
  );
}

async function selectedBySql(filter: Filter): Promise<number[]> {
  const result = await connection.runAndReadAll(`SELECT n FROM rows WHERE ${filterToSql(filter)} ORDER BY n`);
  return result.getRows().map(([n]) => Number(n));
}

function selectedByPredicate(filter: Filter, rows: readonly Row[]): number[] {
  const passes = compilePredicate(filter);
  // As the live tail gets them: parsed from the wire.
  return rows.flatMap((row, n) => (passes(JSON.parse(JSON.stringify(row))) ? [n] : []));
}

const vocabulary = [
  ..."error errors Error ERROR pool exhausted db-1:5432 java.io.Error a b 1 42 500 the GET /api/v1 x_y é Straße".split(
    " ",
  ),
  ..."支付失败 支付 失 败了 エラー サーバー ｻｰﾊﾞｰ ΟΔΟΣ οδος İstanbul ISTANBUL istanbul \u212a k ſ s 𝒜𝒷 😀 C:\\new".split(
    " ",
  ),
  ...["\\n", "\n", '"', "'", "%", "_", "\t", "\u001f", "\0", "\ufdd0", "[x]", "(y)", "e\u0301"],
];
const word = fc.constantFrom(...vocabulary);
const prose = fc
  .array(fc.tuple(word, fc.constantFrom("", " ", "-", ".", "\n", ": ", "，", "  ")), { maxLength: 7 })
  .map((parts) => parts.flat().join(""));
const keyword = fc.oneof(word, prose, fc.constantFrom("", "shop", "Shop", "/api/v1", "true", "500"));

const instants = [
  "2026-11-22T18:00:00Z",
  "2026-11-22T18:00:00.5Z",
  "2026-11-22T18:00:00.500000000Z",
  "2026-11-22T18:00:00.500000001Z",
  "2026-11-22T17:59:59.999999999Z",
  "1969-12-31T23:59:59.123456789Z",
];
const nanosOf = (text: string) =>
  BigInt(Date.parse(`${text.slice(0, 19)}Z`)) * 1_000_000n + BigInt(text.slice(20, -1).padEnd(9, "0") || 0);
const number = fc.oneof(fc.constantFrom(0, 1, 42, 200, 404, 500, -1), fc.integer(), fc.maxSafeInteger());
const attributeNames = [
  "user",
  "order.total",
  "a/b~c",
  'we"ird',
  "back\\slash",
  "0",
  "",
  "列",
  "constructor",
  "user.id",
];
const scalar = fc.oneof(
  keyword,
  number,
  fc.double({ noNaN: true, min: -1e20, max: 1e20 }),
  fc.boolean(),
  fc.constant(null),
);
const attribute = fc.oneof(
  { weight: 4, arbitrary: scalar },
  fc.array(fc.oneof(scalar, fc.constant({ user: "x" }), fc.constant([1])), { maxLength: 3 }),
  fc.constant({ deep: 1 }),
);
const attributes = fc.dictionary(fc.constantFrom(...attributeNames), attribute, { maxKeys: 4 });
const labels = fc.dictionary(fc.constantFrom("com.docker.compose.project", "user"), keyword, { maxKeys: 2 });

const row: fc.Arbitrary<Row> = fc.record(
  {
    "@timestamp": fc.constantFrom(...instants),
    "event.created": fc.constantFrom(...instants),
    message: prose,
    "error.message": prose,
    "error.type": keyword,
    "url.original": keyword,
    "service.name": keyword,
    "log.level": fc.constantFrom<string>(...levels, "WARN", "odd"),
    "http.response.status_code": number,
    "event.duration": number,
    "log.truncated": fc.boolean(),
    attrs: attributes,
    "container.labels": labels,
  },
  { requiredKeys: [] },
);

const regexAtom = fc.constantFrom(
  ..."a b e E 1 . \\d \\w \\s \\W \\b \\B ^ $ [a-c] [^a-c] [\\W\\d] \\pL \\p{Lu} \\PN \\p{Han} 支 é Σ k s [[] [-x] \\. \\x41 \\x{1f600}".split(
    " ",
  ),
);
const regex = fc
  .tuple(
    fc.constantFrom("", "(?i)", "(?s)", "(?is)"),
    fc.array(fc.tuple(regexAtom, fc.constantFrom("", "", "*", "+", "?", "{2}", "{1,3}", "|", "*?")), {
      maxLength: 5,
    }),
    fc.boolean(),
  )
  .map(([flags, parts, isGroup]) => {
    const source = parts.map(([atom, suffix]) => atom + suffix).join("");
    return flags + (isGroup ? `(?:${source}|(b|支)+)?${parts[0]?.[0] ?? ""}` : source);
  })
  .filter((source) => {
    try {
      parseRegex(source);
      return true;
    } catch {
      return false;
    }
  });

const words = prose.map((text) => wordsOf(text)).filter((found) => found.length > 0);
const textMatch: fc.Arbitrary<TextMatch> = fc
  .oneof(
    {
      weight: 3,
      arbitrary: words.map(([first]) => ({
        kind: "prefix" as const,
        word: first!.slice(0, 4).toWellFormed(),
      })),
    },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant("phrase" as const), words, lastIsPrefix: fc.boolean() }),
    },
    fc.record({ kind: fc.constant("substring" as const), text: prose }),
    fc.record({ kind: fc.constant("regex" as const), source: regex }),
  )
  .filter((match) => match.kind !== "prefix" || wordsOf(match.word)[0] === match.word);

const bound = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Bound<T>> =>
  fc.record({ value, inclusive: fc.boolean() });
const bounds = <T>(value: fc.Arbitrary<T>) =>
  fc.record({ min: bound(value), max: bound(value) }, { requiredKeys: [] });
const attributeRef = fc.constantFrom(...attributeNames, "absent").map((path) => ({ name: "attrs", path }));
const labelRef = fc
  .constantFrom("com.docker.compose.project", "user")
  .map((path) => ({ name: "container.labels", path }));
const keywordRef = fc
  .constantFrom("error.type", "url.original", "service.name", "log.level")
  .map((name) => ({ name }));
const valueRef = fc.oneof(keywordRef, attributeRef, labelRef);
const numberRef = fc.constantFrom({ name: "http.response.status_code" }, { name: "event.duration" });
const timeRef = fc.constantFrom({ name: "@timestamp" }, { name: "event.created" });
const textRef = fc.constantFrom({ name: "message" }, { name: "error.message" }, { name: "attrs" });
const globText = keyword.map((text) => text.replace(/[\\*?]/g, "\\$&"));
const glob = fc
  .array(fc.oneof(fc.constantFrom("*", "?", "*"), globText), { maxLength: 4 })
  .map((parts) => parts.join(""));
const kind = <K extends string>(name: K) => fc.constant(name);

const leaf: fc.Arbitrary<Filter> = fc.oneof(
  fc.constant<Filter>({ kind: "all" }),
  { weight: 4, arbitrary: fc.record({ kind: kind("text"), match: textMatch }) },
  { weight: 2, arbitrary: fc.record({ kind: kind("words"), field: textRef, match: textMatch }) },
  fc.record({ kind: kind("exists"), field: fc.oneof(valueRef, numberRef, timeRef, textRef) }),
  {
    weight: 2,
    arbitrary: fc.record({
      kind: kind("equals"),
      field: valueRef,
      value: fc.oneof(keyword, number.map(String)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: kind("glob"), field: fc.oneof(valueRef, numberRef), pattern: glob }),
  },
  fc.record({ kind: kind("regex"), field: fc.oneof(valueRef, numberRef), source: regex }),
  fc
    .record({ kind: kind("range"), field: numberRef, range: bounds(fc.oneof(number, fc.constant(4.5))) })
    .map(({ range, ...rest }) => ({ ...rest, ...range }) as Filter),
  fc
    .record({ kind: kind("time"), field: timeRef, range: bounds(fc.constantFrom(...instants).map(nanosOf)) })
    .map(({ range, ...rest }) => ({ ...rest, ...range }) as Filter),
  fc.record({ kind: kind("levels"), levels: fc.subarray([...levels]) }),
  fc.record({ kind: kind("boolean"), field: fc.constant({ name: "log.truncated" }), value: fc.boolean() }),
);
const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 3, arbitrary: leaf },
    { weight: 2, arbitrary: tie("filter").map((of): Filter => ({ kind: "not", of })) },
    {
      weight: 1,
      arbitrary: fc
        .array(tie("filter"), { minLength: 2, maxLength: 3 })
        .map((of): Filter => ({ kind: "and", of })),
    },
    {
      weight: 1,
      arbitrary: fc
        .array(tie("filter"), { minLength: 2, maxLength: 3 })
        .map((of): Filter => ({ kind: "or", of })),
    },
  ),
}));

describe("SQL and predicate", () => {
  test("select the same rows by generated filters", async () => {
    let passed = 0;
    let refused = 0;
    const rows = fc.array(row, { minLength: 10, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(rows, fc.array(filter, { minLength: 6, maxLength: 6 }), async (rows, filters) => {
        await load(rows);
        for (const filter of filters) {
          const expected = selectedByPredicate(filter, rows);
          passed += expected.length;
          refused += rows.length - expected.length;
          expect(await selectedBySql(filter), filterToSql(filter)).toEqual(expected);
        }
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 60) },
    );
    // A property that holds because nothing ever matches would hold nothing.
    expect(passed).toBeGreaterThan(refused / 20);
  }, 120_000);
});

/** Queries as people write them; each must tell some of the rows apart. */
const examples: readonly Row[] = [
  { message: "connection_error: pool exhausted at db-1:5432", "log.level": "error", "service.name": "shop" },
  { message: "支付失败 order 7", "http.response.status_code": 503, "event.duration": 300_000_000 },
  { message: "GET /api/v1/orders", "url.original": "/api/v1/orders", "http.response.status_code": 200 },
  { message: "", attrs: { user: "bob", tags: ["a", "b c"], "order.total": 42.5, none: null, empty: [] } },
  { message: "terror \\'; DROP TABLE rows; --", attrs: { user: ["bob", "eve"], "it's": "o'clock" } },
  { "@timestamp": "2026-11-22T18:00:00.123456789Z", attrs: { note: "line\nerror" } },
  { "@timestamp": "2026-11-22T18:00:00.123456788Z", "container.labels": { edge: "true" }, message: "poſſe" },
];

describe("examples", () => {
  test.each<[string, number[]]>([
    ["error", [0, 5]],
    ["nerror", []],
    ["-error", [1, 2, 3, 4, 6]],
    ["支付", [1]],
    ["db-1:5432", [0]],
    ['"pool exhaust"', []],
    ['"con nection"', []],
    ["/(?i)posse/", [6]],
    ["pool.exhaust", [0]],
    ["*RROR*", [0, 4, 5]],
    ["/^GET .*orders$/", [2]],
    ["level>=warn or status>=500", [0, 1]],
    ["-status:5xx -app:*", [2, 3, 4, 5, 6]],
    ["status:5*", [1]],
    ["duration>250ms", [1]],
    ["user:bob", [3, 4]],
    ["-user:bob", [0, 1, 2, 5, 6]],
    ['tags:"b c"', [3]],
    ["tags:/^b/", [3]],
    ["order.total:42*", [3]],
    ["none:* or empty:*", []],
    ["attrs:*", [3, 4, 5]],
    ["time>2026-11-22T18:00:00.123456788Z", [5]],
    ["container.labels.edge:true", [6]],
    ["attrs.it\\'s:\"o'clock\"", [4]],
    ['"\'; DROP TABLE rows; --"', [4]],
    ["*'; DROP*", [4]],
  ])("%s", async (text, expected) => {
    await load(examples);
    const { query, error } = parseQuery(text);
    expect(error).toBeUndefined();
    expect(selectedByPredicate(query.filter, examples)).toEqual(expected);
    expect(await selectedBySql(query.filter)).toEqual(expected);
  });

  test("columns may be named by any expression", async () => {
    await load(examples);
    const field = { name: "origins:0" };
    const filter: Filter = { kind: "not", of: { kind: "boolean", field, value: true } };
    const sql = filterToSql(filter, () => "n IN (1, 2) OR n = 3");
    const result = await connection.runAndReadAll(`SELECT n FROM rows WHERE ${sql} ORDER BY n`);
    expect(result.getRows().map(([n]) => Number(n))).toEqual([0, 4, 5, 6]);
  });

  test("the largest queries that can be read are run", async () => {
    await load(examples);
    const phrase = Array.from({ length: 128 }, (_, n) => `w${n}`).join(" ");
    const many = Array.from({ length: 60 }, (_, n) => (n % 2 ? `"a${n} b"` : `attrs.k${n}:v*x*${n}`)).join(
      " or ",
    );
    const deep = `${"-(x or ".repeat(60)}y${")".repeat(60)}`;
    for (const text of [`"${phrase}"`, many, deep, "/\\pL{40}/", `/${"(a|b)?".repeat(60)}/`]) {
      const { query, error } = parseQuery(text);
      expect(error).toBeUndefined();
      expect(await selectedBySql(query.filter)).toEqual(selectedByPredicate(query.filter, examples));
    }
  });
});

describe("Unicode", () => {
  // A table, because DuckDB is free to call chr() before it leaves the surrogates out.
  beforeAll(async () => {
    await connection.run(
      `CREATE TABLE characters AS SELECT chr(CAST(i AS INTEGER)) AS c
       FROM (SELECT unnest(range(1, 55296) || range(57344, 1114112)) AS i)`,
    );
  });

  test("DuckDB makes the same lower case of every character that it knows", async () => {
    const result = await connection.runAndReadAll(`SELECT c, lower(c) FROM characters WHERE lower(c) <> c`);
    const rows = result.getRows() as [string, string][];
    expect(rows.length).toBeGreaterThan(1_300);
    expect(rows.filter(([character, lowered]) => lowerCase(character) !== lowered)).toEqual([]);
  });

  test("every character that RE2 takes for part of a word is one for the tokeniser, of the same kind", async () => {
    const ideograph = "[\\p{Han}\\p{Hiragana}\\p{Katakana}\\x{30fc}\\x{ff70}]";
    const result = await connection.runAndReadAll(
      `SELECT c, regexp_matches(c, '${ideograph}') FROM characters
       WHERE regexp_matches(c, '[\\p{L}\\p{N}]') OR regexp_matches(c, '${ideograph}')`,
    );
    const rows = result.getRows() as [string, boolean][];
    expect(rows.length).toBeGreaterThan(137_000);
    const differing = rows.filter(
      ([character, isIdeograph]) => wordsOf(`${character}${character}`).length !== (isIdeograph ? 2 : 1),
    );
    expect(differing).toEqual([]);
  });
});
