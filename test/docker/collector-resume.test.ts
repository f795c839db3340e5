import { afterAll, beforeAll, expect, test } from "vitest";
import { numbersOf, numbersTo, TestCollector, TestEngine, until } from "./collector-harness.ts";

const engine = new TestEngine();
const collector = new TestCollector(engine);
const { sink } = collector;
const names = ["killed", "parts", "away", "removed", "lost"];

beforeAll(async () => {
  engine.makeImage();
  engine.remove(...names);
  await collector.start();
});

afterAll(async () => {
  await collector.close();
  engine.remove(...names);
});

test("kill -9 again and again while lines come: each once, in order, with gapless sequences", async () => {
  const script =
    'BEGIN { for (i = 1; i <= 30000; i++) { print i; print i > "/dev/stderr"; if (i % 500 == 0) { fflush(); system("sleep 0.1") } } }';
  engine.run("killed", ["-d"], "awk", script);
  for (let kill = 1; kill <= 4; kill++) {
    await until("more lines", () => sink.rowsOf("killed", "lines").length > kill * 8_000);
    await collector.kill();
    await collector.start();
  }
  await until("the end", () => sink.notes("killed").includes("die"));
  await until("all lines", () => sink.rowsOf("killed", "lines").length >= 60_000);
  expect(sink.messages("killed", "stdout")).toEqual(numbersTo(30_000));
  expect(sink.messages("killed", "stderr")).toEqual(numbersTo(30_000));
  const sequences = [...sink.rowsOf("killed", "lines"), ...sink.rowsOf("killed", "notes")]
    .map((row) => row["event.sequence"])
    .sort((a, b) => a - b);
  expect(sequences).toEqual(sequences.map((_, i) => sequences[0]! + i));
  expect(sink.notes("killed")).toEqual(["start", "die"]);
});

test("kill -9 inside long lines whose parts are all alike", async () => {
  const script =
    'BEGIN { s = "x"; while (length(s) < 262144) s = s s; for (i = 1; i <= 40; i++) { print i " " s; fflush(); system("sleep 0.1") } }';
  engine.run("parts", ["-d"], "awk", script);
  for (let kill = 1; kill <= 3; kill++) {
    await until("more lines", () => sink.messages("parts").length > kill * 8);
    await collector.kill();
    await collector.start();
  }
  await until("the end", () => sink.notes("parts").includes("die"));
  await until("all lines", () => sink.messages("parts").length >= 40);
  expect(numbersOf(sink.messages("parts"))).toEqual(numbersTo(40));
  expect(new Set(sink.messages("parts").map((line) => line.split(" ")[1]!.length))).toEqual(
    new Set([262_144]),
  );
});

test("what was printed while the collector was away is read; what was removed is told as a gap", async () => {
  engine.run("away", ["-d"], "sh", "-c", "echo one; sleep 2; echo two; printf three");
  engine.run("removed", ["-d"], "sh", "-c", "echo one; sleep 600");
  await until("the first lines", () => ["away", "removed"].every((name) => sink.messages(name).length === 1));
  await collector.kill();
  engine.docker("wait", "seamark-test-docker-away");
  engine.remove("removed");
  await collector.start();
  await until("the end", () => sink.messages("away").length >= 3);
  expect(sink.messages("away")).toEqual(["one", "two", "three"]);
  await until("the gap", () => sink.notes("removed").includes("removed_before_read"));
  await until("the removal", () => sink.notes("removed").includes("destroy"));
  expect(sink.notes("removed")).toEqual(["start", "removed_before_read", "destroy"]);
  const gap = sink.rowsOf("removed", "notes")[1]!;
  expect(gap["event.start"]).toBe(sink.rowsOf("removed", "lines")[0]!["@timestamp"]);
});

test("lines that were rotated away while the collector was away are told as a gap", async () => {
  const options = ["--log-opt", "max-size=20k", "--log-opt", "max-file=2"];
  const script =
    'echo first; while [ ! -f /go ]; do sleep 0.1; done; i=0; while [ $i -lt 5000 ]; do echo "line $i"; i=$((i+1)); done; sleep 600';
  engine.run("lost", ["-d", ...options], "sh", "-c", script);
  await until("the first line", () => sink.messages("lost").length === 1);
  await collector.kill();
  engine.docker("cp", "package.json", "seamark-test-docker-lost:/go");
  await until("the last line", () => engine.do("logs", "lost", "--tail", "1") === "line 4999");
  await collector.start();
  await until("the last line is read", () => sink.messages("lost").at(-1) === "line 4999");
  const [gap] = sink.rowsOf("lost", "notes").filter((row) => row["event.kind"] === "gap");
  const lines = sink.rowsOf("lost", "lines");
  expect(gap).toMatchObject({ "event.reason": "rotated_away", "event.start": lines[0]!["@timestamp"] });
  expect(gap!["event.end"]).toBe(lines[1]!["@timestamp"]);
  expect(new Set(lines.map((row) => row.message)).size).toBe(lines.length);
});
