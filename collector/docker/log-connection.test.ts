import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { LogEnd, LogSink } from "./engine.ts";
import { readLogs } from "./log-connection.ts";
import { encodeFrame } from "./simulated-log.ts";

let folder: string;
let path: string;
let server: Server | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "seamark-socket-"));
  path = join(folder, "docker.sock");
});

afterEach(() => {
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true });
});

const frames = Array.from({ length: 3 }, (_, i) =>
  encodeFrame({ stream: "stdout", at: i, text: `line ${i}\n` }),
);
const head = "HTTP/1.0 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n";

/** An engine that answers every request with these pieces and then closes. Resolves with the request's first line. */
function serve(answer: (socket: Socket) => void): Promise<string> {
  return new Promise((resolve) => {
    server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", (request) => {
        resolve(String(request).split("\r\n")[0]!);
        answer(socket);
      });
    }).listen(path);
  });
}

function collect(after: () => Promise<void> | undefined = () => undefined): { got: string[]; sink: LogSink } {
  const got: string[] = [];
  const sink: LogSink = {
    opened: () => undefined,
    chunk: () => undefined,
    frame: (_kind, buffer, start, end) => got.push(buffer.toString("utf8", start + 31, end)),
    after,
  };
  return { got, sink };
}

const read = (sink: LogSink, options: { tty?: boolean; signal?: AbortSignal } = {}): Promise<LogEnd> =>
  readLogs(
    path,
    { id: "abc", follow: true, tty: options.tty ?? false, since: "12.000000001", tail: 5 },
    sink,
    options.signal ?? new AbortController().signal,
  );

test("head and frames come in any pieces, and the request asks for what is wanted", async () => {
  const bytes = Buffer.concat([Buffer.from(head), ...frames]);
  const request = serve((socket) => {
    socket.write(bytes.subarray(0, 30));
    setImmediate(() => socket.end(bytes.subarray(30)));
  });
  const { got, sink } = collect();
  expect((await read(sink)).kind).toBe("eof");
  expect(got).toEqual(["line 0\n", "line 1\n", "line 2\n"]);
  expect(await request).toBe(
    "GET /containers/abc/logs?follow=1&stdout=1&stderr=1&timestamps=1&since=12.000000001&tail=5 HTTP/1.0",
  );
});

test.each([404, 409, 501])("status %i comes with the engine's words", async (status) => {
  void serve((socket) => socket.end(`HTTP/1.0 ${status} X\r\n\r\n{"message":"it says why"}\n`));
  expect(await read(collect().sink)).toEqual({ kind: "status", status, message: "it says why" });
});

test("an end inside a frame is the engine's end, not the log's", async () => {
  void serve((socket) =>
    socket.end(Buffer.concat([Buffer.from(head), frames[0]!, frames[1]!.subarray(0, 20)])),
  );
  const { got, sink } = collect();
  expect((await read(sink)).kind).toBe("error");
  expect(got).toEqual(["line 0\n"]);
});

test("what a TTY printed without a newline is given only when the end is confirmed", async () => {
  void serve((socket) => socket.end(`${head}2026-11-22T18:00:00.000000001Z half`));
  const { got, sink } = collect();
  const end = await read(sink, { tty: true });
  expect(got).toEqual([]);
  if (end.kind === "eof") end.finish();
  expect(got).toEqual(["half"]);
});

test("the type of a newer engine's answer wins over the container's setting", async () => {
  const typed = "HTTP/1.0 200 OK\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\n\r\n";
  void serve((socket) => socket.end(Buffer.concat([Buffer.from(typed), ...frames])));
  const { got, sink } = collect();
  await read(sink, { tty: true });
  expect(got).toHaveLength(3);
});

test("nothing is read while the sink waits", async () => {
  const one = encodeFrame({ stream: "stdout", at: 1, text: `${"x".repeat(1000)}\n` });
  let sent = 0;
  void serve((socket) => {
    socket.write(head);
    const more = (): void => {
      while (sent < 20_000) {
        sent += 1;
        if (!socket.write(one)) {
          socket.once("drain", more);
          return;
        }
      }
      socket.end();
    };
    more();
  });
  const gate = Promise.withResolvers<void>();
  let chunks = 0;
  const { got, sink } = collect(() => {
    chunks += 1;
    return chunks === 1 ? gate.promise : undefined;
  });
  const ended = read(sink);
  let before = -1;
  while (sent !== before || chunks === 0) {
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(chunks).toBe(1);
  expect(sent).toBeLessThan(20_000);
  gate.resolve();
  expect((await ended).kind).toBe("eof");
  expect(got).toHaveLength(20_000);
});

test("no socket, a closed one, and a server that is no engine", async () => {
  expect(await read(collect().sink)).toMatchObject({ kind: "error" });
  void serve((socket) => socket.end("SSH-2.0-OpenSSH\r\n\r\n\r\n"));
  expect(await read(collect().sink)).toMatchObject({
    kind: "error",
    message: expect.stringMatching(/not HTTP/),
  });
});

test("a stop ends the connection at once", async () => {
  const stop = new AbortController();
  void serve((socket) => socket.write(head));
  const ended = read(
    { ...collect().sink, opened: () => stop.abort(new Error("stop")) },
    { signal: stop.signal },
  );
  await expect(ended).rejects.toThrow("stop");
});
