import http from "node:http";
import net from "node:net";
import { expect, test } from "vitest";
import { systemClock as clock } from "../../common/base/clock.ts";
import { createLogger } from "../../common/base/log.ts";
import { listen } from "./listening.ts";

const log = createLogger("test", "error");
const parts = { log, clock };

function occupy(host: string): Promise<net.Server> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.listen({ host, port: 0 }, () => resolve(server));
  });
}

const portOf = (server: net.Server) => (server.address() as net.AddressInfo).port;

test.each(["127.0.0.1", "::1"])(
  "a port that is taken on %s alone is refused, and nothing stays open",
  async (host) => {
    const other = await occupy(host);
    const server = http.createServer();
    const taken = listen(server, { host: "127.0.0.1", port: portOf(other) }, parts);
    await expect(taken).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("another program listens there"),
      hint: expect.stringContaining("--listen"),
    });
    expect(server.listening).toBe(false);
    other.close();
  },
);

test("an address that is not on loopback has no twin", async () => {
  const server = http.createServer();
  const listening = await listen(server, { host: "0.0.0.0", port: 0 }, parts);
  expect(listening.addresses).toEqual([`0.0.0.0:${listening.port}`]);
  await listening.close(100);
});

test("at the stop an answer that hangs is cut off after the deadline, on both families", async () => {
  const server = http.createServer(() => {});
  const { port, close } = await listen(server, { host: "::1", port: 0 }, parts);
  const cut = ["127.0.0.1", "[::1]"].map((host) =>
    fetch(`http://${host}:${port}/`).then(
      () => "answered",
      () => "cut",
    ),
  );
  let connected = 0;
  server.on("request", () => {
    connected += 1;
  });
  await expect.poll(() => connected).toBe(2);
  await close(50);
  expect(await Promise.all(cut)).toEqual(["cut", "cut"]);
});
