import { beforeEach, describe, expect, test } from "vitest";
import type { Clock } from "../../common/base/clock.ts";
import { Metrics } from "../../common/base/metrics.ts";
import type { Pipeline } from "../ship/pipeline.ts";
import { readerCounters } from "./collector-counters.ts";
import type { Engine, LogEnd, LogRequest, LogSink } from "./engine.ts";
import { LogIntake } from "./log-intake.ts";
import { LogSession } from "./log-session.ts";
import type { LogPosition } from "./position.ts";
import { ReadProgress } from "./read-progress.ts";
import { payloadOf, plainParser, timeAt } from "./simulated-log.ts";

/** An engine whose answers the test gives, and a clock that the test turns. */
class Stage {
  nowMs = 10_000;
  readonly requests: LogRequest[] = [];
  sink!: LogSink;
  #end!: (end: LogEnd) => void;
  readonly intake: LogIntake;
  readonly progress = new ReadProgress(1_000);
  readonly session: LogSession;

  constructor(position: LogPosition | undefined, start: string | undefined) {
    this.intake = new LogIntake({
      ...{ originId: "0123456789abcdef", position, start, firstSequence: 1, fileBytes: undefined },
      ...{ ringFramesMax: 1024, parserOf: plainParser, emit: () => undefined },
    });
    const logs = (request: LogRequest, sink: LogSink, signal: AbortSignal): Promise<LogEnd> => {
      this.requests.push(request);
      this.sink = sink;
      return new Promise((resolve, reject) => {
        this.#end = resolve;
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    };
    const clock: Clock = {
      ...{ nowMs: () => this.nowMs, monotonicMs: () => this.nowMs },
      sleep: () => new Promise(() => undefined),
    };
    this.session = new LogSession({
      ...{ id: "c", engine: { logs } as Engine, pipeline: { paused: false } as Pipeline, clock },
      ...{ counters: readerCounters(new Metrics()), intake: this.intake, progress: this.progress },
      ...{ onFollowing: () => undefined, onLines: () => undefined, onEngineMessage: () => undefined },
    });
  }

  read(follow: boolean): ReturnType<LogSession["read"]> {
    return this.session.read(follow, false, new AbortController().signal);
  }

  line(atNanos: number, text: string): void {
    const payload = payloadOf({ stream: "stdout", at: atNanos, text: `${text}\n` });
    this.sink.chunk(payload.length);
    this.sink.frame(1, payload, 0, payload.length);
    void this.sink.after();
  }

  end(): void {
    this.#end({ kind: "eof", finish: () => undefined });
  }

  /** Lets time pass as the loops of discovery do. */
  pass(ms: number): void {
    for (const end = this.nowMs + ms; this.nowMs < end; ) {
      this.nowMs += 250;
      this.progress.verify(this.nowMs, this.nowMs);
      this.session.tick();
    }
  }
}

/** The place to go on at is a line that was taken. */
function afterOneLine(): LogPosition {
  const stage = new Stage(undefined, undefined);
  void stage.read(true);
  stage.sink.opened();
  stage.line(1, "one");
  return JSON.parse(JSON.stringify(stage.intake.position())) as LogPosition;
}

describe("the engine decodes a long log before it sends the first line of it; until then", () => {
  let stage: Stage;
  const complete = (): number => stage.progress.completeMs!;

  beforeEach(() => {
    stage = new Stage(afterOneLine(), undefined);
  });

  test("a log that is gone on with claims nothing", () => {
    void stage.read(true);
    stage.sink.opened();
    stage.pass(2_500);
    expect(complete()).toBeLessThanOrEqual(1_000);
    stage.line(1, "one");
    stage.pass(750);
    expect(complete()).toBeGreaterThan(11_000);
  });

  test("a log that is read for the first time, but not from its beginning, claims nothing", () => {
    stage = new Stage(undefined, timeAt(1));
    void stage.read(true);
    stage.sink.opened();
    stage.pass(2_500);
    expect(complete()).toBeLessThanOrEqual(1_000);
  });

  test("neither does it when nothing comes for long: a read to the log's end says that there is nothing", async () => {
    stage = new Stage(undefined, timeAt(1));
    const following = stage.read(true);
    stage.sink.opened();
    stage.pass(4_000);
    expect(await following).toEqual({ kind: "interrupted", why: "seeking" });
    const concluding = stage.read(false);
    stage.sink.opened();
    stage.pass(2_000);
    stage.end();
    expect(await concluding).toMatchObject({ kind: "ended", rest: true });
    stage.session.conclude();
    void stage.read(true);
    stage.sink.opened();
    // The engine took two seconds to find nothing, so it may take as long again.
    stage.pass(2_000);
    expect(complete()).toBeLessThanOrEqual(1_000);
    stage.pass(5_000);
    expect(complete()).toBeGreaterThan(18_000);
  });
});
