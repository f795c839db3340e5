import fc from "fast-check";
import { Value } from "typebox/value";
import { describe, expect, test } from "vitest";
import { Metrics } from "../../common/base/metrics.ts";
import { LogRow } from "../../common/wire/row.ts";
import { lineBytesMax } from "./limits.ts";
import { createLineParser } from "./line-parser.ts";
import { parseCounters } from "./parse-counters.ts";
import type { OpenGroup } from "./parsed-line.ts";

const startMs = Date.parse("2026-11-22T18:00:00Z");
const parse = (line: string) => createLineParser().parse(line, 1, startMs).fields;

const rowStart = { "@timestamp": "2026-11-22T18:00:00Z", "origin.id": "0".repeat(16) };

/** Pieces that formats are made of, so that random lines come near to them. */
const pieces = fc.constantFrom(
  ...[
    '{"',
    '":',
    '"',
    "{",
    "}",
    "[",
    "]",
    ",",
    "\\",
    "\\u",
    "\\ud800",
    "level",
    "=",
    "msg",
    "time",
    " ",
    "\t",
    "-",
  ],
  ...[
    "GET / HTTP/1.1",
    "[22/Nov/2026:18:00:00 +0000]",
    "200",
    "1e400",
    "at a.b(C.java:1)",
    "Error: x",
    "\x1b[31m",
  ],
  ...[
    "Traceback (most recent call last):",
    "\0",
    "\ud83d",
    "2026-11-22T18:00:00Z",
    "I1122 18:00:00.1 1 a.go:1] ",
    "__proto__",
  ],
);
const lines = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(fc.oneof(pieces, fc.string({ maxLength: 3 })), { maxLength: 20 }).map((parts) => parts.join("")),
  fc.uint8Array().map((bytes) => Buffer.from(bytes).toString("utf8")),
);

describe("any line", () => {
  test("gives a row of the right shape whose JSON is well formed, and never an error", () => {
    fc.assert(
      fc.property(fc.array(lines, { minLength: 1, maxLength: 8 }), fc.boolean(), (group, keepOriginal) => {
        const parser = createLineParser({ keepOriginal });
        group.forEach((line, index) => {
          const { fields } = parser.parse(line, index, startMs + index);
          const json = JSON.stringify({ ...rowStart, "event.sequence": index, ...fields });
          const row: unknown = JSON.parse(json, (name, value: unknown) => {
            // A lone half of a surrogate pair makes a store refuse the whole batch.
            expect(`${name}${String(value)}`.isWellFormed()).toBe(true);
            return value;
          });
          expect([...Value.Errors(LogRow, row)]).toEqual([]);
        });
      }),
      { numRuns: 1_000 },
    );
  });

  test("can be read back: the message or the original is the line as printed", () => {
    fc.assert(
      fc.property(lines, (line) => {
        const fields = createLineParser({ keepOriginal: true }).parse(line, 1, startMs).fields;
        const printed = fields["event.original"] ?? fields.message;
        expect(printed).toBe(line.replace(/\r$/, "").toWellFormed());
      }),
    );
  });
});

describe("original", () => {
  test("is kept where fields cannot give the line back, or when it is switched on", () => {
    expect(parse('{"msg":"x","a":1}')["event.original"]).toBeUndefined();
    expect(parse('{"msg":"x","a":1,"a":2}')["event.original"]).toBe('{"msg":"x","a":1,"a":2}');
    const keeping = createLineParser({ keepOriginal: true });
    expect(keeping.parse('{"msg":"x","a":1}', 1, startMs).fields["event.original"]).toBe('{"msg":"x","a":1}');
  });

  test("keeps colours that the message has not, and is not kept for a terminal's carriage return", () => {
    expect(parse("\x1b[31mERROR\x1b[0m x")).toMatchObject({
      message: "ERROR x",
      "log.level": "error",
      "event.original": "\x1b[31mERROR\x1b[0m x",
    });
    expect(parse("plain\r")).toEqual({ message: "plain" });
  });
});

describe("lines over 1 MiB", () => {
  test("are cut at a whole character, marked and counted", () => {
    const metrics = new Metrics();
    const parser = createLineParser({ counters: parseCounters(metrics) });
    const fits = parser.parse("支".repeat(Math.floor(lineBytesMax / 3)), 1, startMs).fields;
    expect(fits["log.truncated"]).toBeUndefined();
    const { fields } = parser.parse("支".repeat(lineBytesMax), 2, startMs);
    expect(fields["log.truncated"]).toBe(true);
    expect(fields.message).toBe("支".repeat(Math.floor(lineBytesMax / 3)));
    expect(metrics.value("seamark_collector_lines_cut_total")).toBe(1);
  });

  test("the carriage return of a line that fits is no cut", () => {
    expect(parse(`${"x".repeat(lineBytesMax)}\r`)["log.truncated"]).toBeUndefined();
  });
});

test("lines are counted by format", () => {
  const metrics = new Metrics();
  const parser = createLineParser({ counters: parseCounters(metrics) });
  for (const line of ['{"a":1}', "a=1 b=2", "x", "Error: x", "    at y (z:1:1)"])
    parser.parse(line, 1, startMs);
  const count = (format: string) => metrics.value("seamark_collector_lines_parsed_total", { format });
  expect(["json", "logfmt", "text", "trace", "access"].map(count)).toEqual([1, 1, 2, 1, 0]);
});

const trace = [
  "started",
  "java.lang.IllegalStateException: x",
  "\tat a.B.c(B.java:1)",
  "Caused by: java.io.IOException: y",
  "\t... 3 more",
  "Traceback (most recent call last):",
  '  File "a.py", line 1',
  "KeyError: 'x'",
  "",
  "During handling of the above exception, another exception occurred:",
  "",
  "Traceback (most recent call last):",
  '  File "a.py", line 2',
  "ValueError: y",
  "Error: z",
  "    at f (/a.js:1:1) {",
  "  code: 1",
  "}",
  "",
  "Node.js v24.21.0",
  "ERROR failed",
  "panic: no",
  "",
  "goroutine 1 [running]:",
  "main.main()",
  "\t/a.go:1",
  '{"msg":"end"}',
];

describe("groups", () => {
  const whole = (lineCount = trace.length) => {
    const parser = createLineParser();
    return trace.slice(0, lineCount).map((line, index) => parser.parse(line, 100 + index, startMs + index));
  };

  test("are the same after a restart at any line", () => {
    const expected = whole();
    for (let stop = 0; stop <= trace.length; stop++) {
      const before = createLineParser();
      const first = trace
        .slice(0, stop)
        .map((line, index) => before.parse(line, 100 + index, startMs + index));
      const stored = before.openGroup();
      const openGroup = stored && (JSON.parse(JSON.stringify(stored)) as OpenGroup);
      const after = createLineParser({ openGroup });
      const rest = trace
        .slice(stop)
        .map((line, at) => after.parse(line, 100 + stop + at, startMs + stop + at));
      expect([...first, ...rest]).toEqual(expected);
    }
  });

  test("keep every raw line, and set nothing but the group on continuations of Java and Node", () => {
    const rows = whole();
    expect(rows.map(({ fields }) => fields.message)).toEqual(
      trace.map((line) => (line.startsWith("{") ? "end" : line)),
    );
    expect(rows[2]).toEqual({ fields: { message: trace[2] }, group: 101 });
    expect(rows.at(-1)!.group).toBeUndefined();
  });

  test("end when a line comes late", () => {
    const parser = createLineParser();
    parser.parse("Error: x", 1, startMs);
    expect(parser.parse("    at y (z:1:1)", 2, startMs + 1_000).group).toBe(1);
    expect(parser.parse("    at y (z:1:1)", 3, startMs + 2_001).group).toBeUndefined();
  });

  test("an error line takes a trace that follows at once only", () => {
    const atOnce = createLineParser();
    atOnce.parse("ERROR failed", 1, startMs);
    expect(atOnce.parse("java.io.IOException: x", 2, startMs + 5).group).toBe(1);
    const later = createLineParser();
    later.parse("ERROR failed", 1, startMs);
    expect(later.parse("java.io.IOException: x", 2, startMs + 500)).toMatchObject({
      fields: { "log.level": "error", "error.type": "java.io.IOException" },
    });
  });

  test("end at 1,000 lines", () => {
    const parser = createLineParser();
    parser.parse("Error: x", 0, startMs);
    const groups = Array.from(
      { length: 1_500 },
      (_, at) => parser.parse("    at y (z:1:1)", at + 1, startMs).group,
    );
    expect(groups.filter((group) => group === 0)).toHaveLength(999);
    expect(groups[999]).toBeUndefined();
    expect(groups[1_000]).toBe(1_000);
  });

  test("end at 1,000 lines, those before a restart included", () => {
    const openGroup = { first: 7, kind: "frames", lines: 999, lastMs: startMs };
    const parser = createLineParser({ openGroup });
    const groups = [1_006, 1_007].map(
      (sequence) => parser.parse("    at y (z:1:1)", sequence, startMs).group,
    );
    expect(groups).toEqual([7, undefined]);
  });

  test("an unknown stored group is none", () => {
    const openGroup = { first: 1, kind: "of-a-later-version", lines: 1, lastMs: startMs };
    expect(createLineParser({ openGroup }).openGroup()).toBeUndefined();
  });
});
