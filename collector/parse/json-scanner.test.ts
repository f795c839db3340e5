import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JsonScanner } from "./json-scanner.ts";
import { attributesMax, depthMax, nameLengthMax, restName } from "./limits.ts";
import { LineDraft } from "./line-draft.ts";

const scanner = new JsonScanner();

function scan(line: string) {
  const draft = new LineDraft();
  draft.begin(0);
  const isObject = scanner.scan(line, draft);
  return { isObject, lossy: draft.lossy, attrs: isObject ? (draft.finish(line).attrs ?? {}) : {} };
}

/** What the scanner should make of a value that `JSON.parse` gave: the same, one level deep, dotted names. */
function flattened(value: object, prefix = ""): [string, unknown][] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]): [string, unknown][] => {
    const name = `${prefix}${key}`;
    const isObject = typeof inner === "object" && inner !== null && !Array.isArray(inner);
    return isObject && Object.keys(inner).length > 0 ? flattened(inner, `${name}.`) : [[name, inner]];
  });
}

/** Names that the dictionary does not know, without dots, so that nothing collides. */
const names = fc.string({ unit: "grapheme", maxLength: 6 }).map((text) => `x${text.replaceAll(".", "_")}`);
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\x1b")),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    tie("object"),
  ),
  object: fc.dictionary(names, tie("value"), { maxKeys: 6, noNullPrototype: true }),
})).object;

describe("the same as JSON.parse", () => {
  test("for what it prints, with and without blanks", () => {
    fc.assert(
      fc.property(json, fc.constantFrom(undefined, 1, "\t"), (object, indent) => {
        const line = JSON.stringify(object, null, indent);
        const { isObject, attrs, lossy } = scan(line);
        expect(isObject).toBe(true);
        expect(lossy).toBe(false);
        expect(attrs).toEqual(Object.fromEntries(flattened(JSON.parse(line) as object)));
      }),
      { numRuns: 500 },
    );
  });

  test("for broken lines: it takes those that JSON.parse takes, and no others", () => {
    const change = fc.record({
      at: fc.nat(),
      cut: fc.nat({ max: 3 }),
      put: fc.constantFrom("", '"', "{", "}", ",", "0", "\\", "e", "-", "[", ":", "\\u12"),
    });
    fc.assert(
      fc.property(json, change, (object, { at, cut, put }) => {
        const whole = JSON.stringify(object);
        const place = at % (whole.length + 1);
        const line = whole.slice(0, place) + put + whole.slice(place + cut);
        expect(scan(line).isObject).toBe(isJsonObject(line));
      }),
      { numRuns: 2_000 },
    );
  });
});

function isJsonObject(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

describe("what JSON.parse hides", () => {
  test.each([
    ['{"a":1,"a":1}', true],
    ['{"a":{"b":1},"a.b":1}', true],
    ['{"a":[{"b":1,"b":1}]}', true],
    ['{"constructor":1,"constructor":2}', true],
    ['{"__proto__":1,"__proto__":2}', true],
    ['{"a":9007199254740991}', false],
    ['{"a":9007199254740993}', true],
    ['{"a":[9007199254740993]}', true],
    ['{"a":1e2,"b":0.10,"c":1.0E+2,"d":-5.50}', false],
    ['{"a":1e-400}', true],
    ['{"a":0.1000000000000000055}', true],
    ['{"constructor":1,"toString":2,"valueOf":3}', false],
  ])("%s: lossy %s", (line, lossy) => {
    expect(scan(line).lossy).toBe(lossy);
  });

  test("a name with a bad escape is lossy every time, also where the last line had it", () => {
    for (let turn = 0; turn < 3; turn++) {
      expect(scan('{"\\ud800":1}')).toMatchObject({ lossy: true, attrs: { "\ufffd": 1 } });
    }
  });
});

describe("limits", () => {
  test("objects deeper than the limit are kept as their text", () => {
    const line = `${'{"a":'.repeat(1_000)}1${"}".repeat(1_000)}`;
    const [[name, value], ...others] = Object.entries(scan(line).attrs) as [[string, string]];
    expect(others).toEqual([]);
    expect(name).toBe(Array.from({ length: depthMax }, () => "a").join("."));
    expect(value).toBe(`${'{"a":'.repeat(1_000 - depthMax)}1${"}".repeat(1_000 - depthMax)}`);
  });

  test("arrays too, so that no later step runs out of stack", () => {
    const { isObject, attrs } = scan(`{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`);
    expect(isObject).toBe(true);
    expect(() => JSON.stringify(attrs)).not.toThrow();
  });

  test("10,000 names: 1,000 are kept, the rest is one JSON text that loses nothing", () => {
    const object = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`k${index}`, index]));
    const { attrs } = scan(JSON.stringify(object));
    const { [restName]: rest, ...kept } = attrs as Record<string, unknown>;
    expect(Object.keys(kept)).toHaveLength(attributesMax);
    expect({ ...kept, ...(JSON.parse(rest as string) as object) }).toEqual(object);
  });

  test("the rest of nested objects keeps their names", () => {
    const inner = Object.fromEntries(Array.from({ length: 1_500 }, (_, index) => [`k${index}`, index]));
    const { attrs } = scan(JSON.stringify({ outer: inner, after: { x: 1 }, last: 2 }));
    const rest = JSON.parse((attrs as Record<string, string>)[restName]!) as Record<string, unknown>;
    expect(rest).toMatchObject({ after: { x: 1 }, last: 2 });
    expect(Object.keys(rest.outer as object)).toHaveLength(500);
  });

  test("a broken rest makes the line no JSON", () => {
    const members = Array.from({ length: 1_200 }, (_, index) => `"k${index}":1`).join(",");
    expect(scan(`{${members},}`).isObject).toBe(false);
    const full = Array.from({ length: attributesMax }, (_, index) => `"k${index}":1`).join(",");
    expect([scan(`{${full}}`).isObject, scan(`{${full},}`).isObject]).toEqual([true, false]);
    expect(scan(`{${members},"x":01}`).isObject).toBe(false);
    expect(scan(`{${members}}`).isObject).toBe(true);
  });

  test("a long name is not repeated for every leaf", () => {
    const long = "n".repeat(nameLengthMax + 1);
    expect(scan(`{"${long}":{"a":1,"b":2}}`).attrs).toEqual({ [long]: '{"a":1,"b":2}' });
  });
});

test("__proto__ is a name like any other, and changes no prototype", () => {
  const { attrs } = scan('{"__proto__":{"polluted":1},"a":[{"__proto__":{"polluted":1}}]}');
  expect(Object.getPrototypeOf(attrs)).toBe(Object.prototype);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  expect(JSON.stringify(attrs)).toBe('{"__proto__.polluted":1,"a":[{"__proto__":{"polluted":1}}]}');
  expect(JSON.stringify(scan('{"__proto__":5,"b":1}').attrs)).toBe('{"__proto__":5,"b":1}');
});

test("a raw control character in a string is taken as it is", () => {
  expect(scan('{"a":"x\ty","b":"\\"x\ty\0"}').attrs).toEqual({ a: "x\ty", b: '"x\ty\0' });
});
