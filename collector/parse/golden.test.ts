import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createLineParser } from "./line-parser.ts";
import type { LineParser } from "./parsed-line.ts";

/**
 * Each file holds cases: a title, lines as containers print them, a rule of dashes, and what becomes of each line.
 * `vitest run -u` writes the results anew; read the difference before you commit it.
 */
const folder = join(import.meta.dirname, "../../test/golden/parse");
const files = readdirSync(folder).filter((name) => name.endsWith(".txt"));
const dockerMs = Date.parse("2026-11-22T18:00:00Z");

interface Case {
  readonly title: string;
  readonly lines: readonly string[];
}

function casesOf(file: string): Case[] {
  const text = readFileSync(join(folder, file), "utf8");
  return text.split("==========\n").map((part) => {
    const [title, ...lines] = part.slice(0, part.indexOf("\n----------\n")).split("\n");
    return { title: title!, lines };
  });
}

/** One field per line; `message` and `event.original` are `=` where they are the printed line. */
function rendered(parser: LineParser, line: string, index: number, timeMs: number): string {
  const { fields, group } = parser.parse(line, index + 1, timeMs);
  const rows = Object.entries(fields).map(([name, value]) =>
    value === line ? `${name} =` : `${name} ${JSON.stringify(value)}`,
  );
  return [`#${index + 1}${group === undefined ? "" : ` continues #${group}`}`, ...rows.sort()].join("\n  ");
}

function renderedCase({ title, lines }: Case): string {
  const parser = createLineParser();
  const results = lines.map((line, index) => rendered(parser, line, index, dockerMs + index));
  return `${title}\n${lines.join("\n")}\n----------\n${results.join("\n")}\n`;
}

test.each(files)("%s", async (file) => {
  const text = casesOf(file).map(renderedCase).join("==========\n");
  await expect(text).toMatchFileSnapshot(join(folder, file));
});

describe("the format that won last", () => {
  const lines = files.flatMap((file) => casesOf(file).flatMap((one) => one.lines));
  const winners = [
    '{"level":30,"msg":"x"}',
    "level=info msg=x",
    '10.0.0.4 - - [22/Nov/2026:18:00:00 +0000] "GET / HTTP/1.1" 200 5',
    "I1122 18:00:00.123456 1 a.go:1] b",
    '10.0.1.2:3 [22/Nov/2026:18:00:00.655] a b/c 1/0/3/6/9 200 2 - - ---- 1/1/1/1/0 0/0 "GET / HTTP/1.1"',
    "plain",
  ];

  test.each(winners)("changes no result: %s", (winner) => {
    for (const line of lines) {
      const primed = createLineParser();
      primed.parse(winner, 1, dockerMs - 60_000);
      const fresh = createLineParser();
      expect(rendered(primed, line, 1, dockerMs)).toBe(rendered(fresh, line, 1, dockerMs));
    }
  });
});
