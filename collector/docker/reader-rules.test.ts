import { describe, expect, test } from "vitest";
import type { ContainerDetails, LogEnd } from "./engine.ts";
import { meaningOf, nextRead } from "./reader-rules.ts";
import { runEvents } from "./run-events.ts";

const never = "0001-01-01T00:00:00Z";
const at = (second: number): string => `2026-11-22T18:00:${String(second).padStart(2, "0")}.000000000Z`;

function container(state: Partial<ContainerDetails["State"]>): ContainerDetails {
  return {
    Id: "c",
    Name: "/shop",
    Created: at(0),
    State: { Status: "", Running: false, ExitCode: 0, StartedAt: never, FinishedAt: never, ...state },
    Config: { Tty: false, Image: "shop" },
    HostConfig: { LogConfig: { Type: "json-file" } },
  };
}

const running = container({ Running: true, StartedAt: at(1) });
const stopped = container({ StartedAt: at(1), FinishedAt: at(5), ExitCode: 137 });
const eof: LogEnd = { kind: "eof", finish: () => undefined };
const status = (code: number): LogEnd => ({ kind: "status", status: code, message: "" });
const failed: LogEnd = { kind: "error", message: "reset" };

describe("what to read", () => {
  test.each([
    ["a container that never ran", container({}), {}, "wait"],
    ["a running one", running, { readRun: at(1) }, "follow"],
    ["a stopped one that was not read (T10)", stopped, {}, "rest"],
    ["a stopped one whose run before was read", stopped, { readRun: at(0) }, "rest"],
    ["a stopped one that was read (T7)", stopped, { readRun: at(1) }, "wait"],
    ["one whose driver gives nothing back", running, { unreadable: true as const }, "wait"],
  ])("of %s", (_, details, marks, kind) => {
    expect(nextRead(details, marks).kind).toBe(kind);
  });
});

describe("what the end of a connection means", () => {
  test.each([
    ["following ends though the container runs (T16)", eof, false, at(1), running, "retry"],
    ["following ends with the run: read the rest", eof, false, at(1), stopped, "again"],
    ["following ends by a restart", eof, false, at(0), running, "again"],
    ["the rest was read", eof, true, at(1), stopped, "complete"],
    ["the rest was read while the container started again", eof, true, at(0), stopped, "again"],
    ["the rest was read and the container is gone", eof, true, at(1), undefined, "complete"],
    ["the engine went away (T9)", failed, false, at(1), running, "retry"],
    ["the engine went away, and the container with it", failed, false, at(1), undefined, "gone"],
    ["404", status(404), false, at(1), undefined, "gone"],
    ["409", status(409), false, at(1), stopped, "retry"],
    ["501", status(501), false, at(1), running, "unreadable"],
    ["500", status(500), false, at(1), running, "retry"],
  ])("%s", (_, end, rest, run, after, kind) => {
    expect(meaningOf(end, rest, run, after, 0).kind).toBe(kind);
  });

  test("a container that is being removed for too long counts as gone", () => {
    expect(meaningOf(status(409), false, at(1), stopped, 20).kind).toBe("gone");
  });
});

describe("event rows", () => {
  const actions = (details: ContainerDetails, marks: object): (string | undefined)[] =>
    runEvents(details, marks, undefined, at(0)).map(({ row }) => row?.["event.action"]);

  test("come once per start and end of a run", () => {
    expect(actions(running, {})).toEqual(["start"]);
    expect(actions(running, { startedAt: at(1) })).toEqual([]);
    expect(actions(stopped, { startedAt: at(1) })).toEqual(["die"]);
    expect(actions(stopped, {})).toEqual(["start", "die"]);
    expect(actions(stopped, { startedAt: at(1), finishedAt: at(5) })).toEqual([]);
  });

  test("of a restart that nobody saw tell the end of the run before", () => {
    const restarted = container({ Running: true, StartedAt: at(9), FinishedAt: at(8) });
    expect(actions(restarted, { startedAt: at(1) })).toEqual(["die", "start"]);
  });

  test("name the signal, and memory", () => {
    const killed = container({ StartedAt: at(1), FinishedAt: at(5), ExitCode: 137, OOMKilled: true });
    const rows = runEvents(killed, { startedAt: at(1) }, undefined, at(0)).map(({ row }) => row!);
    expect(rows.map((row) => row["event.action"])).toEqual(["oom", "die"]);
    expect(rows[1]).toMatchObject({
      message: "Container shop ended with exit code 137 (SIGKILL)",
      attrs: { exitCode: 137, signal: "SIGKILL", oomKilled: true },
    });
  });

  test("of a run that ended, by the engine's clock, before it began are in order", () => {
    const short = container({ StartedAt: at(5), FinishedAt: at(4) });
    const rows = runEvents(short, {}, undefined, at(0)).map(({ row }) => row!);
    expect(rows.map((row) => [row["event.action"], row["@timestamp"]])).toEqual([
      ["start", at(5)],
      ["die", at(5)],
    ]);
  });

  test("of what is too old are marked and not told", () => {
    const events = runEvents(stopped, {}, undefined, at(3));
    expect(events.map(({ row }) => row?.["event.action"])).toEqual([undefined, "die"]);
    expect(events[0]?.marks).toEqual({ startedAt: at(1) });
  });
});
