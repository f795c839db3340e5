import { afterAll, beforeAll, expect, test } from "vitest";
import { numbersOf, numbersTo, TestCollector, TestEngine, until } from "./collector-harness.ts";

const engine = new TestEngine();
const collector = new TestCollector(engine);
const { sink } = collector;
const names = [
  "both",
  "tty",
  "long",
  "bare",
  "short",
  "again",
  "local",
  "none",
  "off",
  "late",
  "named",
  "ttylong",
];

beforeAll(async () => {
  engine.makeImage();
  engine.remove(...names, ...numbersTo(10).map((n) => `short${n}`));
  engine.run("late", [], "sh", "-c", "echo before; printf end");
  await collector.start();
});

afterAll(async () => {
  await collector.close();
  engine.remove(...names);
});

test("numbered lines of both streams arrive once, in order per stream, with their origin", async () => {
  const script = 'BEGIN { for (i = 1; i <= 2000; i++) { print i; print i " err" > "/dev/stderr" } }';
  engine.run("both", ["-d", "-e", "PASSWORD=secret", "--label", "seamark.app=shop"], "awk", script);
  await until("4000 lines", () => sink.rowsOf("both", "lines").length >= 4000);
  await until("the end", () => sink.notes("both").includes("die"));
  expect(sink.messages("both", "stdout")).toEqual(numbersTo(2000));
  expect(numbersOf(sink.messages("both", "stderr"))).toEqual(numbersTo(2000));
  expect(sink.notes("both")).toEqual(["start", "die"]);
  expect(sink.origin("both")).toMatchObject({
    "service.name": "shop",
    "container.image.name": "seamark-test-docker",
  });
  expect(JSON.stringify(sink.origin("both"))).not.toContain("secret");
});

test("a TTY gives its lines, and the last one without a newline", async () => {
  engine.run("tty", ["-d", "-t"], "sh", "-c", "echo one; echo two; printf three");
  await until("three lines", () => sink.messages("tty").length >= 3);
  expect(sink.messages("tty")).toEqual(["one", "two", "three"]);
});

test("lines beyond 16 KiB of both streams at once are whole, also with a TTY (T13, T14, T15)", async () => {
  const script = (stderr: string) => `BEGIN {
    s = "0123456789abcdef"; while (length(s) < 131072) s = s s;
    for (i = 1; i <= 30; i++) { print i " " substr(s, 1, 16384 * (i % 4) + i) ${stderr}; fflush() }
    print "x " substr(s, 1, 16382) ${stderr}
  }`;
  // Each stream has one writer: what two processes write into one pipe would mix within the lines.
  const both = `awk '${script("")}' & awk '${script('> "/dev/stderr"')}' ; wait`;
  engine.run("long", ["-d"], "sh", "-c", both);
  engine.run("ttylong", ["-d", "-t"], "awk", script(""));
  const text = "0123456789abcdef".repeat(8192);
  const expected = numbersTo(30).map((n) => `${n} ${text.slice(0, 16_384 * (Number(n) % 4) + Number(n))}`);
  await until("all lines", () => sink.messages("long").length >= 62 && sink.messages("ttylong").length >= 31);
  for (const got of [sink.messages("long", "stderr"), sink.messages("ttylong", "stdout")]) {
    expect(got.filter((line) => !line.startsWith("x"))).toEqual(expected);
  }
  expect(sink.messages("long", "stdout").filter((line) => !line.startsWith("x"))).toEqual(expected);
  expect(sink.messages("ttylong").at(-1)).toBe(`x ${text.slice(0, 16_382)}`);
});

test("the last line without a newline comes when the container ends (T12)", async () => {
  engine.run("bare", ["-d"], "sh", "-c", "printf out; printf err >&2");
  await until("both", () => sink.messages("bare").length >= 2);
  expect(sink.messages("bare").toSorted()).toEqual(["err", "out"]);
});

test("containers that live for milliseconds and remove themselves are read whole (T10, T11)", async () => {
  const shorts = numbersTo(10).map((n) => `short${n}`);
  for (const name of shorts) engine.run(name, ["--rm"], "sh", "-c", "echo one; printf two");
  await until("all ends", () => shorts.every((name) => sink.notes(name).includes("die")));
  await until("all lines", () => shorts.every((name) => sink.messages(name).length >= 2));
  for (const name of shorts) {
    expect(sink.messages(name)).toEqual(["one", "two"]);
    expect(sink.notes(name).filter((note) => note === "removed_before_read")).toEqual([]);
  }
  await until("all removals", () => shorts.every((name) => sink.notes(name).includes("destroy")));
  for (const name of shorts) expect(sink.notes(name)).toEqual(["start", "die", "destroy"]);
});

test("a container that is started again goes on with its sequence (T7, T8)", async () => {
  engine.run("again", ["-d"], "sh", "-c", "echo hello; printf bye");
  for (let run = 1; run <= 3; run++) {
    await until(`run ${run}`, () => sink.notes("again").filter((note) => note === "die").length >= run);
    await until(`lines ${run}`, () => sink.messages("again").length >= 2 * run);
    if (run < 3) engine.do("start", "again");
  }
  expect(sink.messages("again")).toEqual(["hello", "bye", "hello", "bye", "hello", "bye"]);
  expect(sink.notes("again")).toEqual(["start", "die", "start", "die", "start", "die"]);
  const sequences = sink.rows
    .filter((row) => row["origin.id"] === sink.origin("again")!["origin.id"])
    .map((row) => row["event.sequence"])
    .sort((a, b) => a - b);
  expect(sequences).toEqual(sequences.map((_, i) => sequences[0]! + i));
});

test("the driver local is read; the driver none is said to be unreadable, once", async () => {
  engine.run(
    "local",
    ["-d", "--log-driver", "local"],
    "sh",
    "-c",
    "echo one; echo two >&2; sleep 0.3; printf end",
  );
  engine.run("none", ["-d", "--log-driver", "none"], "sh", "-c", "echo lost; sleep 0.3");
  await until("local", () => sink.messages("local").length >= 3);
  expect(sink.messages("local").toSorted()).toEqual(["end", "one", "two"]);
  await until("the end of none", () => sink.notes("none").includes("die"));
  engine.do("start", "none");
  await until("the second end", () => sink.notes("none").filter((note) => note === "die").length >= 2);
  expect(sink.notes("none").filter((note) => note === "unreadable_driver")).toHaveLength(1);
});

test("a container that had ended before the collector began is read (T10)", async () => {
  await until("its lines", () => sink.messages("late").length >= 2);
  expect(sink.messages("late")).toEqual(["before", "end"]);
});

test("a label switches a container off, and a rename is followed", async () => {
  engine.run("off", ["-d", "--label", "seamark.logs=off"], "echo", "never");
  engine.run("named", ["-d"], "sh", "-c", "echo mine; sleep 30");
  await until("a line", () => sink.messages("named").length === 1);
  engine.docker("rename", "seamark-test-docker-named", "seamark-test-docker-named2");
  await until("the new name", () => sink.origin("named2") !== undefined);
  expect(sink.messages("named2")).toEqual(["mine"]);
  expect(sink.origin("off")).toBeUndefined();
  engine.remove("named2");
});

test("the watermark follows the time while nothing is printed", async () => {
  await until("a watermark within 5 s", () => Date.now() - Date.parse(sink.watermark) < 5_000);
});
