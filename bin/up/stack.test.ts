import { createServer } from "node:net";
import { expect, test } from "vitest";
import { localUrl, planPorts, requireFree, textOf } from "./ports.ts";
import { hostsLine } from "./stack.ts";

const socket = "/var/run/docker.sock";

test("the state line says what is read, or what is waited for", () => {
  const host = (state: string, containersRead: number, error?: string) => ({
    hosts: [{ docker: { state, socket, version: "20.10", error }, containersRead }],
  });
  expect(hostsLine(host("connected", 7))).toBe("reading 7 containers (Docker 20.10)");
  expect(hostsLine(host("connected", 1))).toBe("reading 1 container (Docker 20.10)");
  expect(hostsLine(host("waiting", 0, "ENOENT"))).toContain(`waiting for Docker at ${socket}`);
  expect(hostsLine(host("waiting", 0))).toBeUndefined();
  expect(hostsLine({ hosts: [{ docker: null, containersRead: 0 }] })).toBeUndefined();
  expect(hostsLine(undefined)).toBeUndefined();
});

test("the collector takes the next port and stays on loopback", () => {
  expect(textOf(planPorts({ host: "::1", port: 7280 }).collector)).toBe("[::1]:7281");
  expect(textOf(planPorts({ host: "0.0.0.0", port: 80 }).collector)).toBe("127.0.0.1:81");
  expect(localUrl({ host: "0.0.0.0", port: 80 })).toBe("http://127.0.0.1:80");
  expect(localUrl({ host: "::1", port: 7280 })).toBe("http://[::1]:7280");
});

test("a port in use is named with the flag that changes it", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const listen = { host: "127.0.0.1", port };
  await expect(requireFree("aggregator", listen)).rejects.toThrow(`127.0.0.1:${port}, where the aggregator`);
  await expect(requireFree("aggregator", listen)).rejects.toMatchObject({
    hint: expect.stringContaining("--listen"),
  });
  await new Promise((resolve) => server.close(resolve));
  await requireFree("aggregator", listen);
});
