import { afterAll, beforeAll, expect, test } from "vitest";
import { numbersOf, numbersTo, TestCollector, TestEngine, until } from "./collector-harness.ts";

const engine = new TestEngine();
const collector = new TestCollector(engine);
const { sink } = collector;
const attempts = ["rotating", "rotating-2", "rotating-3"];
const names = [...attempts, "tiny"];

beforeAll(async () => {
  engine.makeImage();
  engine.remove(...names);
  await collector.start();
});

afterAll(async () => {
  await collector.close();
  engine.remove(...names);
});

/** Prints `count` numbered lines of 200 bytes in bursts, and waits at the end so that the last file is read. */
function printer(count: number, burst: number, pauseSeconds: number): string {
  const pad = "x".repeat(190);
  const pause = `fflush(); system("sleep ${pauseSeconds}")`;
  return `BEGIN { for (i = 1; i <= ${count}; i++) { print i " ${pad}"; if (i % ${burst} == 0) { ${pause} } } }`;
}

test("20,000 lines/s with max-size=10m and max-file=3: nothing lost, nothing twice", {
  timeout: attempts.length * 240_000,
}, async () => {
  const options = ["--log-opt", "max-size=10m", "--log-opt", "max-file=3"];
  for (const name of attempts) {
    engine.run(name, ["-d", ...options], "awk", printer(200_000, 2_000, 0.1));
    await until("the end", () => sink.notes(name).includes("die"));
    await until("the last line", () => sink.messages(name).at(-1)?.startsWith("200000 ") ?? false);
    // The engine deletes what a collector without its share of a busy machine has not read; that it says so.
    if (!sink.notes(name).includes("rotated_away") || name === attempts.at(-1)) {
      expect(numbersOf(sink.messages(name))).toEqual(numbersTo(200_000));
      expect(sink.notes(name)).toEqual(["start", "die"]);
      return;
    }
    expect(new Set(sink.messages(name)).size).toBe(sink.messages(name).length);
  }
});

test("a rotation at every fifth line is read without loss or repeats", async () => {
  const options = ["--log-opt", "max-size=1k", "--log-opt", "max-file=5"];
  engine.run("tiny", ["-d", ...options], "awk", printer(60, 1, 0.1));
  await until("the end", () => sink.notes("tiny").includes("die"));
  await until("the last line", () => sink.messages("tiny").at(-1)?.startsWith("60 ") ?? false);
  expect(numbersOf(sink.messages("tiny"))).toEqual(numbersTo(60));
});
