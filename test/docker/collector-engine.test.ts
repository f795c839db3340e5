import { afterAll, expect, test } from "vitest";
import { numbersTo, TestCollector, TestEngine, until } from "./collector-harness.ts";
import { SecondEngine } from "./second-engine.ts";

const second = new SecondEngine();
const engine = new TestEngine(second.socket);
const collector = new TestCollector(engine, ["--host-name", "second"]);
const { sink } = collector;

afterAll(async () => {
  await collector.close();
  await second.stop();
});

test("without an engine it waits and says for which socket, and goes on by itself when one comes", async () => {
  await collector.start("waiting");
  expect(sink.status.docker).toMatchObject({ state: "waiting", socket: second.socket });
  await until("it says why", () => sink.status.docker?.error?.includes("ENOENT") ?? false);
  await second.start();
  engine.makeImage();
  await until("it is connected", () => sink.status.docker?.state === "connected", 10_000);
  engine.run("first", ["-d"], "sh", "-c", "echo hello");
  await until("a line", () => sink.messages("first").length === 1);
  expect(sink.origin("first")?.["host.name"]).toBe("second");
});

test("a restart of the engine neither loses nor repeats a line (T4, T9)", async () => {
  const script =
    'BEGIN { for (i = 1; i <= 20000; i++) { print i; if (i % 100 == 0) { fflush(); system("sleep 0.05") } } system("sleep 600") }';
  engine.run("living", ["-d"], "awk", script);
  await until("some lines", () => sink.messages("living").length > 2_000);
  await second.stop({ keep: true });
  await until("it waits", () => sink.status.docker?.state === "waiting");
  await second.start();
  await until("it is connected", () => sink.status.docker?.state === "connected");
  await until("the end of the run", () => sink.notes("living").includes("die"));
  const before = sink.messages("living");
  expect(before).toEqual(numbersTo(before.length));
  engine.do("start", "living");
  await until("the second run", () => sink.messages("living").length >= before.length + 3_000);
  expect(sink.messages("living").slice(before.length, before.length + 3_000)).toEqual(numbersTo(3_000));
  const logged = engine.do(
    "logs",
    "living",
    "--until",
    sink.rowsOf("living", "lines")[before.length - 1]!["@timestamp"],
  );
  expect(logged.split("\n").length).toBe(before.length);
  expect(sink.notes("living")).toEqual(["start", "die", "start"]);
  expect(sink.messages("first")).toEqual(["hello"]);
});
