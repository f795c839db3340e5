import { expect, test } from "vitest";
import { createLogger } from "../../common/base/log.ts";
import { LineCutter, partLogLine } from "./part-log.ts";

test("a part's log line becomes one short line", () => {
  let line = "";
  createLogger("collector", "info", (text) => {
    line = text.trimEnd();
  }).warn('socket "gone"', { socket: "/var/run/docker.sock", tries: 2 });
  expect(partLogLine("collector", line, false)).toMatch(
    /^\d\d:\d\d:\d\d collector {2}warn {2}socket "gone" socket=\S*docker\.sock\S* tries=2$/,
  );
  expect(partLogLine("collector", line, true)).toContain("\x1b[33mwarn");
});

test("a line of another shape is kept as it is", () => {
  expect(partLogLine("aggregator", "TypeError: x is not a function", false)).toContain(
    "aggregator TypeError: x is not a function",
  );
});

test("lines are cut across chunks, the last one without newline comes at the end", () => {
  const lines: string[] = [];
  const cutter = new LineCutter((line) => lines.push(line));
  for (const chunk of ["a\nb", "c\n", "d"]) cutter.write(chunk);
  expect(lines).toEqual(["a", "bc"]);
  cutter.end();
  expect(lines).toEqual(["a", "bc", "d"]);
});

test("output without newlines does not fill the memory", () => {
  const lines: string[] = [];
  const cutter = new LineCutter((line) => lines.push(line));
  for (let i = 0; i < 100; i++) cutter.write("x".repeat(1000));
  expect(lines.length).toBe(1);
});
