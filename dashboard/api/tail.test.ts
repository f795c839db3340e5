import { expect, test } from "vitest";
import { Backoff } from "../../common/base/backoff.ts";
import { type Socket, Tail, type TailState } from "./tail.ts";

/** A server of sockets in memory and a clock that runs when told. */
function stage() {
  const sockets: (Socket & { url: string; closed: boolean })[] = [];
  let timers: { ms: number; action: () => void }[] = [];
  const states: TailState["kind"][] = [];
  const seen: unknown[] = [];
  const tail = new Tail("level:error x", {
    connect: (url) => {
      const socket = {
        url,
        closed: false,
        onopen: null,
        onmessage: null,
        onclose: null,
        close: () => {
          socket.closed = true;
        },
      };
      sockets.push(socket);
      return socket;
    },
    backoff: new Backoff({ firstMs: 500, maxMs: 8000, random: () => 1 }),
    delay: (ms, action) => {
      const timer = { ms, action };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    events: {
      rows: (rows) => seen.push(["rows", rows.length]),
      skipped: (count) => seen.push(["skipped", count]),
      completeTo: (time) => seen.push(["completeTo", time]),
      queryError: (error) => seen.push(["error", error.message]),
      state: (state) => states.push(state.kind),
    },
  });
  const fire = () => {
    const due = timers;
    timers = [];
    for (const timer of due) timer.action();
    return due.map((timer) => timer.ms);
  };
  return { tail, sockets, states, seen, fire, timers: () => timers.map((timer) => timer.ms) };
}

const say = (socket: Socket, message: unknown) => socket.onmessage!({ data: JSON.stringify(message) });

test("rows, skips, heartbeats and errors arrive as what they are; foreign text is ignored", () => {
  const { sockets, seen } = stage();
  const socket = sockets[0]!;
  expect(socket.url).toBe("/api/v1/logs/tail?query=level%3Aerror+x&lenient=true");
  say(socket, [{ id: "a" }, { id: "b" }]);
  say(socket, { skipped: 12 });
  say(socket, { completeTo: null });
  say(socket, { queryError: { message: "open", from: 1, to: 2 } });
  socket.onmessage!({ data: "<html>" });
  expect(seen).toEqual([
    ["rows", 2],
    ["skipped", 12],
    ["completeTo", null],
    ["error", "open"],
  ]);
});

test("a lost connection is said, retried later and later, and quickly again after a success", () => {
  const { sockets, states, fire, timers } = stage();
  sockets[0]!.onopen!();
  sockets[0]!.onclose!();
  expect(states).toEqual(["connecting", "open", "lost"]);
  const first = fire()[0]!;
  sockets[1]!.onclose!();
  const second = fire()[0]!;
  expect(second).toBeGreaterThan(first);
  say(sockets[2]!, { completeTo: null });
  sockets[2]!.onclose!();
  expect(timers()).toEqual([first]);
});

test("silence is a lost connection, and the silent socket is closed", () => {
  const { sockets, states, fire } = stage();
  sockets[0]!.onopen!();
  expect(fire()).toEqual([6000]);
  expect(states.at(-1)).toBe("lost");
  expect(sockets[0]!.closed).toBe(true);
});

test("after closing nothing comes and nothing is tried again", () => {
  const { tail, sockets, states, timers } = stage();
  tail.close();
  expect(sockets[0]!.onmessage).toBeNull();
  expect(sockets[0]!.closed).toBe(true);
  expect(timers()).toEqual([]);
  expect(states).toEqual(["connecting"]);
});
