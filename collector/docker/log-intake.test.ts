import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainParser, readSince, SimulatedCollector, type SimulatedFrame, timeAt } from "./simulated-log.ts";

const out = (at: number, text: string): SimulatedFrame => ({ stream: "stdout", at, text });
const err = (at: number, text: string): SimulatedFrame => ({ stream: "stderr", at, text });
const texts = (collector: SimulatedCollector): string[] => {
  collector.commit();
  return collector.durable.map((row) => row.message);
};

function feed(frames: readonly SimulatedFrame[]): SimulatedCollector {
  const collector = new SimulatedCollector();
  collector.intake.connect();
  for (const frame of frames) collector.take(frame);
  return collector;
}

describe("lines", () => {
  test("parts are joined per stream by the missing newline, with both streams at once (T13, T15)", () => {
    const collector = feed([out(1, "a-"), err(2, "x-"), out(1, "b-"), err(2, "y\n"), out(1, "c\n")]);
    expect(texts(collector)).toEqual(["x-y", "a-b-c"]);
    expect(collector.durable.map((row) => row["log.iostream"])).toEqual(["stderr", "stdout"]);
  });

  test("a line of exactly one part's length ends with an empty part (T15)", () => {
    expect(texts(feed([out(1, "x".repeat(16_384)), out(1, "\n"), out(2, "next\n")]))).toEqual([
      "x".repeat(16_384),
      "next",
    ]);
  });

  test("the last line without a newline comes at the end, once (T12)", () => {
    const collector = feed([out(1, "one\n"), out(2, "half")]);
    expect(texts(collector)).toEqual(["one"]);
    collector.intake.end();
    collector.intake.end();
    expect(texts(collector)).toEqual(["one", "half"]);
  });

  test("a last line without a newline outlives a connection that brings nothing any more (T12)", () => {
    const collector = feed([out(1, "one\n"), out(2, "half")]);
    collector.intake.connect();
    collector.intake.end();
    expect(texts(collector)).toEqual(["one", "half"]);
  });

  test("a restart without a newline at the end does not glue two lines together", () => {
    expect(texts(feed([out(1, "last words"), out(9, "first words\n")]))).toEqual([
      "last words",
      "first words",
    ]);
  });

  test("a character that a seam cuts is whole again", () => {
    const collector = new SimulatedCollector();
    collector.intake.connect();
    const bytes = Buffer.from("支付");
    const stamp = Buffer.from(`${timeAt(1)} `);
    const first = Buffer.concat([stamp, bytes.subarray(0, 2)]);
    const second = Buffer.concat([stamp, bytes.subarray(2), Buffer.from("\n")]);
    collector.intake.frame(1, first, 0, first.length);
    collector.intake.frame(1, second, 0, second.length);
    expect(texts(collector)).toEqual(["支付"]);
  });

  test("a line over 1 MiB is cut, marked and counted, and the next line is whole", () => {
    const parts = Array.from({ length: 70 }, () => out(1, "x".repeat(16_384)));
    const collector = feed([...parts, out(1, "end\n"), out(2, "after\n")]);
    expect(texts(collector).map((text) => text.length)).toEqual([1024 * 1024, 5]);
    expect(collector.durable[0]?.["log.truncated"]).toBe(true);
    expect(collector.durable[1]?.["log.truncated"]).toBeUndefined();
    expect(collector.intake.counts.truncated).toBe(1);
  });

  test("a line of exactly 1 MiB is not marked", () => {
    const parts = Array.from({ length: 64 }, () => out(1, "x".repeat(16_384)));
    const collector = feed([...parts, out(1, "\n")]);
    collector.commit();
    expect(collector.durable[0]?.message.length).toBe(1024 * 1024);
    expect(collector.durable[0]?.["log.truncated"]).toBeUndefined();
  });

  test("a time with a zone becomes UTC, and a frame without a time is kept", () => {
    const collector = new SimulatedCollector();
    collector.intake.connect();
    for (const text of ["2026-11-23T02:00:00.000000005+08:00 zoned\n", "no time here\n"]) {
      const bytes = Buffer.from(text);
      collector.intake.frame(1, bytes, 0, bytes.length);
    }
    expect(texts(collector)).toEqual(["zoned", "no time here"]);
    expect(collector.durable.map((row) => row["@timestamp"])).toEqual([timeAt(5), timeAt(5)]);
    expect(collector.intake.counts.unstamped).toBe(1);
  });
});

describe("what the daemon repeats inside a live stream", () => {
  const lines = Array.from({ length: 50 }, (_, i) =>
    (i % 3 === 0 ? err : out)(100 + i * 7 - (i % 3) * 9, `${i}\n`),
  );

  test("a run of the newest frames, both streams mixed, is skipped", () => {
    const collector = feed([...lines.slice(0, 40), ...lines.slice(22, 40), ...lines.slice(40)]);
    expect(texts(collector)).toEqual(lines.map((line) => line.text.trim()));
    expect(collector.intake.counts.repeated).toBe(18);
  });

  test("more frames than the ring began with are known, when they came fast", () => {
    const many = Array.from({ length: 30_000 }, (_, i) => out(i + 1, `${i}\n`));
    const collector = feed([...many, ...many.slice(2_000), out(40_000, "new\n")]);
    expect(texts(collector).length).toBe(30_001);
    expect(collector.intake.counts.repeated).toBe(28_000);
  });

  test("a clock that steps back brings new lines, not repeats (T1)", () => {
    const collector = feed([out(9_000_000, "a\n"), out(5, "b\n"), out(6, "c\n"), out(9_000_001, "d\n")]);
    expect(texts(collector)).toEqual(["a", "b", "c", "d"]);
  });

  test("another stream's earlier time is not a repeat (T1)", () => {
    expect(texts(feed([out(119, "out\n"), err(112, "err\n")]))).toEqual(["out", "err"]);
  });

  test("parts with the same text go on with their line", () => {
    const same = "x".repeat(16_384);
    expect(texts(feed([out(1, "seq "), out(1, same), out(1, same), out(1, same), out(1, "\n")]))).toEqual([
      `seq ${same.repeat(3)}`,
    ]);
  });

  test("earlier parts of an open line that come again are skipped", () => {
    const collector = feed([out(1, "a"), out(1, "b"), out(1, "c"), out(1, "b"), out(1, "c"), out(1, "d\n")]);
    expect(texts(collector)).toEqual(["abcd"]);
    expect(collector.intake.counts.repeated).toBe(2);
  });
});

describe("going on after a connection ends", () => {
  test("when the last line was rotated away a gap row says from when to when", () => {
    const collector = feed([out(1, "one\n"), out(2, "two\n")]);
    collector.commit();
    collector.intake.connect();
    collector.take(out(100, "later\n"));
    expect(texts(collector).slice(0, 2)).toEqual(["one", "two"]);
    const [gap, later] = collector.durable.slice(2);
    expect(gap).toMatchObject({
      "event.kind": "gap",
      "event.reason": "rotated_away",
      "event.start": timeAt(2),
      "event.end": timeAt(100),
      "@timestamp": timeAt(2),
    });
    expect(gap?.["event.count"]).toBeUndefined();
    expect(later).toMatchObject({ message: "later", "event.sequence": gap!["event.sequence"] + 1 });
  });

  test("no gap is told where the log goes on, as fast as before, right after the last line taken", () => {
    const before = Array.from({ length: 100 }, (_, i) => out(1_000 + i * 10, `${i}\n`));
    const next = (at: number): number => {
      const collector = feed(before);
      collector.intake.connect();
      collector.take(out(at, "next\n"));
      return collector.intake.counts.gaps;
    };
    expect(next(2_000)).toBe(0);
    expect(next(2_100)).toBe(1);
  });

  test("a stream that was never seen proves the gap as well", () => {
    const collector = feed([out(1, "one\n")]);
    collector.intake.connect();
    collector.take(err(100, "later\n"));
    expect(collector.intake.counts.gaps).toBe(1);
  });

  test("a gap is told once when the collector is killed right after it", () => {
    const collector = feed([out(1, "one\n")]);
    collector.commit();
    collector.closeAtRow = () => true;
    collector.intake.connect();
    collector.take(out(100, "later\n"));
    collector.kill();
    const since = collector.intake.connect();
    for (const frame of readSince([out(100, "later\n"), out(101, "last\n")], since, false))
      collector.take(frame);
    expect(texts(collector).filter((text) => text.startsWith("Lines are missing")).length).toBe(1);
    expect(texts(collector).slice(-2)).toEqual(["later", "last"]);
  });

  test("after a clock step and an emptied log the log is read from its start", () => {
    const collector = feed([out(9_000, "one\n")]);
    collector.intake.connect();
    const log = [out(5, "two\n"), out(6, "three\n")];
    for (const frame of log) collector.take(frame);
    expect(collector.intake.endSeeking()).toBe(true);
    expect(collector.intake.connect()).toBeUndefined();
    for (const frame of log) collector.take(frame);
    expect(texts(collector)).toEqual(["one", expect.stringMatching(/missing/), "two", "three"]);
  });

  test("nothing happens when a log that was read is empty", () => {
    const collector = feed([out(9_000, "one\n")]);
    collector.intake.connect();
    expect(collector.intake.endSeeking()).toBe(false);
    expect(texts(collector)).toEqual(["one"]);
  });

  test("each line comes once, in order, with the same sequence, whatever is killed, cut and repeated", () => {
    const counts = { kills: 0, repeats: 0, parts: 0 };
    fc.assert(
      fc.property(caseArbitrary, fc.array(stepArbitrary, { maxLength: 30 }), ({ log, mode }, steps) => {
        const whole = feed(log);
        whole.intake.end();
        whole.commit();
        const collector = run(log, steps, mode, counts);
        expect(collector.durable).toEqual(whole.durable);
        expect(collector.intake.counts.gaps).toBe(0);
      }),
      { numRuns: 1500 },
    );
    expect(Math.min(counts.kills, counts.repeats, counts.parts)).toBeGreaterThan(100);
  });
});

interface Mode {
  /** The engine sends everything after the first frame that is late enough. */
  readonly newer: boolean;
  /** How far back a new connection reads. */
  readonly framesPerMark: number;
  /** The host's clock is set back now and then. */
  readonly steps: boolean;
}

/** An older engine leaves out what a clock that was set back made too early, so there the overlap must cover it. */
const modes: readonly Mode[] = [
  { newer: false, framesPerMark: 512, steps: true },
  { newer: false, framesPerMark: 2, steps: false },
  { newer: true, framesPerMark: 2, steps: true },
];

/** Lines of two streams, some in parts, their frames interleaved, with clocks that stand and step back. */
const linesArbitrary = fc.array(
  fc.record({
    stream: fc.constantFrom("stdout" as const, "stderr" as const),
    parts: fc.integer({ min: 1, max: 4 }),
    ahead: fc.oneof(
      { weight: 20, arbitrary: fc.integer({ min: 1, max: 50 }) },
      { weight: 1, arbitrary: fc.integer({ min: -400, max: -1 }) },
    ),
    late: fc.integer({ min: 0, max: 3 }),
  }),
  { minLength: 1, maxLength: 60 },
);

/** Frames in the order in which the engine has them; a part may come some frames after the one before it. */
function framesOf(lines: readonly Line[], steps: boolean): SimulatedFrame[] {
  const frames: { order: number; frame: SimulatedFrame }[] = [];
  const used = new Set<string>();
  const free = { stdout: 0, stderr: 0 };
  let at = 10_000;
  let order = 0;
  for (const [index, line] of lines.entries()) {
    at += steps ? line.ahead : Math.abs(line.ahead);
    while (used.has(`${line.stream}${at}`)) at += 1;
    used.add(`${line.stream}${at}`);
    order += 1;
    let place = Math.max(order, free[line.stream]);
    for (let part = 1; part <= line.parts; part++) {
      const text = `${index}.${part}${part === line.parts ? "\n" : "|"}`;
      frames.push({ order: place, frame: { stream: line.stream, at, text } });
      place += line.late;
    }
    free[line.stream] = place;
  }
  return frames.sort((a, b) => a.order - b.order).map(({ frame }) => frame);
}

type Line = typeof linesArbitrary extends fc.Arbitrary<(infer T)[]> ? T : never;

const caseArbitrary = fc
  .tuple(linesArbitrary, fc.constantFrom(...modes))
  .map(([lines, mode]) => ({ log: framesOf(lines, mode.steps), mode }));

const stepArbitrary = fc.record({
  frames: fc.integer({ min: 0, max: 20 }),
  action: fc.constantFrom("kill" as const, "reconnect" as const, "commit" as const, "repeat" as const),
  depth: fc.integer({ min: 2, max: 30 }),
  closeAtRow: fc.boolean(),
});

type Step = typeof stepArbitrary extends fc.Arbitrary<infer T> ? T : never;

function run(
  log: readonly SimulatedFrame[],
  steps: readonly Step[],
  mode: Mode,
  counts: { kills: number; repeats: number; parts: number },
): SimulatedCollector {
  const collector = new SimulatedCollector(plainParser, mode.framesPerMark);
  let sent = readSince(log, collector.intake.connect(), mode.newer);
  let at = 0;
  for (const step of steps) {
    collector.closeAtRow = () => step.closeAtRow;
    for (let n = 0; n < step.frames && at < sent.length; n++) collector.take(sent[at++]!);
    if (step.action === "commit") collector.commit();
    if (step.action === "repeat" && !collector.intake.seeking) {
      const from = repeatStart(sent, at, step.depth);
      for (const frame of sent.slice(from, at)) collector.take(frame);
      counts.repeats += at - from;
    }
    if (step.action === "kill" || step.action === "reconnect") {
      if (step.action === "kill") collector.kill();
      counts.kills += 1;
      sent = readSince(log, collector.intake.connect(), mode.newer);
      at = 0;
    }
  }
  for (; at < sent.length; at++) collector.take(sent[at]!);
  counts.parts += log.filter((frame) => frame.text.endsWith("|")).length;
  collector.intake.end();
  collector.commit();
  return collector;
}

/**
 * Where a repeat may begin. Two beginnings cannot be told from new frames, which is known and accepted: the newest part
 * of an open line, and a frame from before a step of the clock, whose time is after that of the last frame.
 */
function repeatStart(sent: readonly SimulatedFrame[], at: number, depth: number): number {
  let from = Math.max(0, at - depth);
  while (from < at && (isNewestPart(sent, from, at) || isBeforeStep(sent, from, at))) from += 1;
  return from;
}

function isNewestPart(sent: readonly SimulatedFrame[], from: number, at: number): boolean {
  const first = sent[from]!;
  const later = sent
    .slice(from + 1, at)
    .some((other) => other.stream === first.stream && other.at === first.at);
  return first.text.endsWith("|") && !later;
}

function isBeforeStep(sent: readonly SimulatedFrame[], from: number, at: number): boolean {
  const first = sent[from]!;
  const last = sent.slice(0, at).findLast((frame) => frame.stream === first.stream)!;
  return first.at > last.at;
}
