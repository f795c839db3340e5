import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createSocketEngine } from "./socket-engine.ts";

let folder: string;
let socketPath: string;
let server: Server;
let answer: RequestListener;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "seamark-engine-"));
  socketPath = join(folder, "docker.sock");
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  rmSync(folder, { recursive: true });
});

test("what the engine refuses is told with its reason", async () => {
  answer = (request, response) =>
    void response.writeHead(request.url!.includes("gone") ? 404 : 500).end('{"message":"No such container"}');
  const engine = createSocketEngine(socketPath);
  await expect(engine.inspect("gone/..")).rejects.toMatchObject({
    code: "not_found",
    message: "/containers/gone%2F../json answered 404: No such container",
  });
  await expect(engine.list()).rejects.toMatchObject({ code: "unavailable" });
});

test("an answer that is cut, one that is no JSON, and no socket at all are an engine that is away", async () => {
  const engine = createSocketEngine(socketPath);
  answer = (_, response) => {
    response.writeHead(200, { "content-length": 100 });
    response.write("[", () => response.destroy());
  };
  await expect(engine.list()).rejects.toMatchObject({ code: "unavailable" });
  answer = (_, response) => void response.end("<html>");
  await expect(engine.list()).rejects.toMatchObject({ code: "unavailable" });
  await expect(createSocketEngine(join(folder, "none")).version()).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("ENOENT"),
  });
});

test("events come one by one, however they are cut, until they are not wanted any more", async () => {
  answer = (request, response) => {
    expect(new URL(request.url!, "http://docker").searchParams.get("filters")).toContain("container");
    const text = Buffer.from('{"Action":"start","n":"ü"}\n{"Action":"die"}\n{"Act');
    // In the middle of the character.
    response.write(text.subarray(0, 24));
    setTimeout(() => response.write(text.subarray(24)), 20);
  };
  const seen: unknown[] = [];
  const stop = new AbortController();
  const events = createSocketEngine(socketPath).events(
    stop.signal,
    () => undefined,
    (event) => {
      seen.push(event);
      if (seen.length === 2) stop.abort(new Error("enough"));
    },
  );
  await expect(events).rejects.toThrow("enough");
  expect(seen).toEqual([{ Action: "start", n: "ü" }, { Action: "die" }]);
});
