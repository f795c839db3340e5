import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const files = execFileSync("git", ["ls-files", "-z", "*.ts", "*.tsx"], { encoding: "utf8" })
  .split("\0")
  .filter((path) => path !== "" && path !== "test/tidy.test.ts");
const texts = new Map<string, string>();
for (const path of files) texts.set(path, readFileSync(path, "utf8"));

/** The places, as `file:line`, at which the pattern stands. */
function placesOf(pattern: RegExp, allowed: (path: string) => boolean): string[] {
  const places: string[] = [];
  for (const [path, text] of texts) {
    if (allowed(path)) continue;
    for (const [index, line] of text.split("\n").entries())
      if (pattern.test(line)) places.push(`${path}:${index + 1}`);
  }
  return places;
}

test("there are files to look at", () => {
  expect(files.length).toBeGreaterThan(20);
});

test("no file is longer than 400 lines", () => {
  const long = [...texts].filter(([, text]) => text.split("\n").length > 401).map(([path]) => path);
  expect(long).toEqual([]);
});

test("no left-over marks, skipped or focused tests", () => {
  expect(
    placesOf(
      /\b(TODO|FIXME|XXX)\b|\b(it|test|describe)\.(skip|only|todo)\b|@ts-(ignore|expect-error)/,
      () => false,
    ),
  ).toEqual([]);
});

test("only main.ts and the commands read the environment or end the process", () => {
  const allowed = (path: string) =>
    /(^|\/)main\.tsx?$|^bin\/|^demo\/|^test\/|\.test\.ts$|vite\.config\.ts$/.test(path);
  expect(placesOf(/process\.(env|exit)\b/, allowed)).toEqual([]);
});

test("time comes from the clock that was passed in", () => {
  const allowed = (path: string) =>
    /^common\/base\/clock\.ts$|(^|\/)main\.tsx?$|^bin\/|^demo\/|^test\/|\.test\.ts$|^dashboard\//.test(path);
  expect(placesOf(/\bDate\.now\(|\bsetTimeout\(|\bsetInterval\(|\bMath\.random\(/, allowed)).toEqual([]);
});

test("log text never becomes HTML", () => {
  expect(
    placesOf(/innerHTML|outerHTML|insertAdjacentHTML|document\.write/, (path) => path.endsWith(".test.ts")),
  ).toEqual([]);
});
