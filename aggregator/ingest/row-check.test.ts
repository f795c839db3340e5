import fc from "fast-check";
import type { TSchema } from "typebox";
import Value from "typebox/value";
import { describe, expect, test } from "vitest";
import { LogRow, Origin } from "../../common/wire/row.ts";
import { checkLogRow, checkOrigin, type RowCheck } from "./row-check.ts";

/** Values that are near the edges of what the schemas allow. */
const edge = fc.oneof(
  fc.constantFrom<unknown>(
    ...[
      "",
      "x",
      "gap",
      "event",
      "stdout",
      "stderr",
      "0123456789abcdef",
      "0123456789ABCDEF",
      "0123456789abcdef\n",
    ],
    ...["2026-11-22T18:00:00Z", "2026-11-22T18:00:00.123456789Z", "2026-11-22T18:00:00.1234567890Z"],
    ...[
      "2026-11-22T18:00:00.Z",
      "2026-11-22T18:00:00+01:00",
      "2026-11-22t18:00:00z",
      "2026-11-22T18:00:00Z\n",
    ],
    ...[0, -0, -1, 1, 1.5, 200, 1e21, 2 ** 53, 2 ** 53 - 1, -(2 ** 53), 1e308],
    ...[true, false, null, [], {}, [1], { a: 1 }, { a: "b" }, { "a\nb": 1 }, { a: [{ b: null }] }],
  ),
  fc.jsonValue(),
);

/** A value of the field's own kind, so that rows are accepted too. */
function fittingValue(shape: {
  type?: string;
  pattern?: string;
  anyOf?: { const: string }[];
  patternProperties?: object;
}) {
  if (shape.anyOf) return fc.constantFrom<unknown>(...shape.anyOf.map((one) => one.const));
  if (shape.pattern?.startsWith("^\\d"))
    return fc.constantFrom<unknown>("2026-11-22T18:00:00Z", "2026-11-22T18:00:00.5Z");
  if (shape.pattern) return fc.constant<unknown>("00000000000000ff");
  if (shape.type === "integer") return fc.constantFrom<unknown>(0, 200, 2 ** 52);
  if (shape.type === "boolean") return fc.boolean();
  if (shape.patternProperties) return fc.constantFrom<unknown>({}, { a: "b" });
  return fc.string();
}

function rowLike(schema: unknown, base: Record<string, unknown>): fc.Arbitrary<unknown> {
  const shapes = (schema as { properties: Record<string, object> }).properties;
  const names = fc.constantFrom(...Object.keys(shapes));
  const fitting = names.chain((name) => fc.tuple(fc.constant(name), fittingValue(shapes[name]!)));
  const odd = fc.tuple(
    fc.oneof({ weight: 20, arbitrary: names }, fc.constantFrom("x", "", "toString")),
    edge,
  );
  const changes = fc.array(fc.oneof({ weight: 5, arbitrary: fitting }, odd), { maxLength: 6 });
  const missing = fc.oneof(
    { weight: 9, arbitrary: fc.constant(null) },
    fc.constantFrom(...Object.keys(base)),
  );
  return fc.tuple(changes, missing).map(([changed, without]) => {
    const row: Record<string, unknown> = { ...base };
    for (const [key, value] of changed) row[key] = value;
    if (without !== null) delete row[without];
    return JSON.parse(JSON.stringify(row)) as unknown;
  });
}

const line = {
  "@timestamp": "2026-11-22T18:00:00.123456789Z",
  "origin.id": "0123456789abcdef",
  "event.sequence": 1,
  message: "m",
};
const origin = { "origin.id": "0123456789abcdef", "host.name": "h" };

describe("the compiled check and the schema agree", () => {
  const cases: [string, TSchema, RowCheck, Record<string, unknown>][] = [
    ["rows", LogRow, checkLogRow, line],
    ["origins", Origin, checkOrigin, origin],
  ];
  test.each(cases)("on %s near the edges and on anything else", (_name, schema, check, base) => {
    let accepted = 0;
    let refused = 0;
    const same = (value: unknown): void => {
      const isFine = Value.Check(schema, value);
      expect(check(value) === undefined, JSON.stringify(value)).toBe(isFine);
      if (isFine) accepted += 1;
      else refused += 1;
    };
    fc.assert(fc.property(rowLike(schema, base), same), { numRuns: 3000 });
    fc.assert(fc.property(fc.jsonValue(), same), { numRuns: 200 });
    // Both answers were seen often, so the property says something.
    expect(accepted).toBeGreaterThan(200);
    expect(refused).toBeGreaterThan(100);
  });

  test("every field of the schemas is accepted with a value of its kind", () => {
    const full = {
      ...line,
      ...{ "event.created": "2026-11-22T18:00:00Z", "event.group": 0, "event.kind": "gap", "event.count": 3 },
      ...{
        "log.iostream": "stderr",
        "log.truncated": true,
        "http.response.status_code": 200,
        attrs: { a: [1] },
      },
    };
    expect(checkLogRow(full)).toBeUndefined();
    expect(checkOrigin({ ...origin, "container.labels": { a: "b" }, "seamark.edge": true })).toBeUndefined();
  });
});

test("the reason names the field and what it must be", () => {
  expect(checkLogRow({ ...line, "event.sequence": -1 })).toBe('"event.sequence" must be >= 0');
  expect(checkLogRow({ ...line, "event.kind": "x" })).toBe('"event.kind" must be one of gap, event');
  expect(checkLogRow({ ...line, order: 1 })).toBe('"order" is not a field of it');
  expect(checkLogRow({ "@timestamp": line["@timestamp"] })).toBe(
    "it must have required properties origin.id, event.sequence, message",
  );
  expect(checkLogRow([])).toBe("it must be object");
  expect(checkOrigin({ ...origin, "origin.id": "XYZ" })).toMatch(/^"origin.id" must match pattern/);
});
