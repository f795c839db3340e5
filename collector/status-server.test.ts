import { request } from "node:http";
import { afterEach, expect, test } from "vitest";
import { Metrics } from "../common/base/metrics.ts";
import { type StatusServer, startStatusServer } from "./status-server.ts";

let server: StatusServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(host: string, token?: string, why?: string): Promise<StatusServer> {
  const metrics = new Metrics();
  metrics.counter("a_total", "A").add(3);
  const notReady = (): string | undefined => why;
  server = await startStatusServer({ listen: { host, port: 0 }, metrics, token, notReady });
  return server;
}

function get(
  port: number,
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, headers }, (response) => {
      let body = "";
      response.on("data", (chunk) => {
        body += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode!, body }));
    })
      .on("error", reject)
      .end();
  });
}

test("metrics, health and readiness", async () => {
  const { port } = await start("127.0.0.1", undefined, "waiting for Docker");
  expect((await get(port, "/metrics")).body).toContain("a_total 3");
  expect((await get(port, "/healthz")).status).toBe(200);
  expect(await get(port, "/readyz")).toEqual({ status: 503, body: "waiting for Docker\n" });
  expect((await get(port, "/other")).status).toBe(404);
});

test("a page of another site cannot read it through a name of its own", async () => {
  const { port } = await start("127.0.0.1");
  expect((await get(port, "/metrics", { host: "evil.example" })).status).toBe(403);
  expect((await get(port, "/metrics", { origin: "http://evil.example" })).status).toBe(403);
  expect((await get(port, "/metrics", { host: "localhost:7281" })).status).toBe(200);
});

test("beyond loopback it needs a token, and does not start without one", async () => {
  await expect(start("0.0.0.0")).rejects.toThrow(/no token/);
  const { port } = await start("0.0.0.0", "secret");
  expect((await get(port, "/metrics")).status).toBe(401);
  expect((await get(port, "/metrics", { authorization: "Bearer secret" })).status).toBe(200);
  expect((await get(port, "/healthz")).status).toBe(200);
});

test("a port that is taken is said with its address", async () => {
  const { port } = await start("127.0.0.1");
  const listen = { host: "127.0.0.1", port };
  const again = startStatusServer({
    listen,
    metrics: new Metrics(),
    token: undefined,
    notReady: () => undefined,
  });
  await expect(again).rejects.toThrow(`127.0.0.1:${port}: another process listens there`);
});
