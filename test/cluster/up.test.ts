import { once } from "node:events";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { freePorts, Part, temporaryFolder, until } from "./parts.ts";
import { childrenOf, commandOf, residentMiB } from "./processes.ts";

const folders: string[] = [];
const parts: Part[] = [];

afterEach(async () => {
  await Promise.all(parts.splice(0).map((part) => part.stop("SIGTERM")));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** `seamark up` with a folder in place of the built dashboard and a socket at which no engine answers. */
async function startUp(): Promise<{ up: Part; url: string; state: string }> {
  const folder = temporaryFolder();
  folders.push(folder);
  const state = join(folder, "state");
  const dashboard = join(folder, "dashboard");
  mkdirSync(dashboard);
  const port = await freePorts();
  const places = ["--state", state, "--dashboard", dashboard, "--docker-socket", join(folder, "docker.sock")];
  const up = new Part(["bin/seamark.ts", "up", "--listen", `127.0.0.1:${port}`, ...places]);
  parts.push(up);
  return { up, url: `http://127.0.0.1:${port}`, state };
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    (response) => response.ok,
    () => false,
  );

test("without Docker it starts all the same, prints the start link and what it waits for; Ctrl-C ends all", async () => {
  const { up, url, state } = await startUp();
  await until(
    "it says that it waits",
    () => up.all.includes("waiting for Docker at"),
    30_000,
    () => up.output,
  );
  const link = new RegExp(`${url}/\\?token=([0-9a-f]{64})`).exec(up.all);
  expect(link, up.all).not.toBeNull();
  const landed = await fetch(link![0], { redirect: "manual" });
  expect(landed.status).toBe(303);
  expect(landed.headers.get("set-cookie")).toContain("HttpOnly");
  expect(existsSync(join(state, "token"))).toBe(true);
  const hosts = (await (await fetch(`${url}/api/v1/hosts`)).json()) as {
    hosts: { docker: { state: string } }[];
  };
  expect(hosts.hosts[0]!.docker.state).toBe("waiting");
  const collectorUrl = url.replace(/\d+$/, (port) => String(Number(port) + 1));
  expect(await answers(`${collectorUrl}/healthz`)).toBe(true);
  expect(await up.stop("SIGINT")).toBe(0);
  expect(await answers(`${url}/healthz`)).toBe(false);
  expect(await answers(`${collectorUrl}/healthz`)).toBe(false);
});

test("a part that is killed is started again", async () => {
  const { up, url } = await startUp();
  await until(
    "it is up",
    () => up.all.includes("waiting for Docker at"),
    30_000,
    () => up.output,
  );
  const startedAt = async (): Promise<string> =>
    ((await (await fetch(`${url}/api/v1/status`)).json()) as { startedAt: string }).startedAt;
  const before = await startedAt();
  const [pid] = childrenOf(up.pid).filter(({ command }) => command.includes("aggregator/main.ts"));
  process.kill(pid!.pid, "SIGKILL");
  await until(
    "another aggregator answers",
    async () => (await startedAt().catch(() => before)) !== before,
    30_000,
    () => up.output,
  );
  expect(up.all).toContain("aggregator ended (SIGKILL)");
});

test("a collector takes little memory of the host that it watches", async () => {
  const { up } = await startUp();
  const collector = (): number | undefined =>
    childrenOf(up.pid).find(({ command }) => command.includes("collector/main.ts"))?.pid;
  const said = (times: number) => () => up.output.split("waiting for Docker socket").length > times;
  await until("it is up", said(1), 60_000, () => up.output);
  const first = collector()!;
  // The first one leaves what Node made of its sources to the next.
  process.kill(first, "SIGTERM");
  await until("the next one is up", said(2), 60_000, () => up.output);
  expect(collector()).not.toBe(first);
  expect(residentMiB(collector()!)).toBeLessThan(95);
});

test("kill -9 of up leaves no part behind", async () => {
  const { up } = await startUp();
  await until(
    "it is up",
    () => up.all.includes("waiting for Docker at"),
    30_000,
    () => up.output,
  );
  const children = childrenOf(up.pid);
  expect(children.length).toBe(2);
  await up.kill9();
  await until(
    "the parts are gone",
    () => children.every(({ pid }) => !existsSync(`/proc/${pid}/exe`) || commandOf(pid) === ""),
    20_000,
  );
});

test("beyond loopback without a token it says how to make one, and does not try again", async () => {
  const state = temporaryFolder();
  folders.push(state);
  const listen = `0.0.0.0:${await freePorts()}`;
  const up = new Part(["bin/seamark.ts", "up", "--listen", listen, "--state", state, "--dashboard", state]);
  expect(await up.ended()).not.toBe(0);
  expect(up.output.split("openssl rand -hex 32").length - 1).toBe(1);
});

test("a port in use is named, with the flag that changes it", async () => {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const up = new Part(["bin/seamark.ts", "up", "--listen", `127.0.0.1:${port}`, "--dashboard", "."]);
  expect(await up.ended()).toBe(2);
  expect(up.output).toContain(`127.0.0.1:${port}, where the aggregator would listen, is in use`);
  expect(up.output).toContain("--listen");
  server.close();
});

test("unknown flags and commands are answered with what is near", async () => {
  const flag = new Part(["bin/seamark.ts", "up", "--retentoin", "3d"]);
  expect(await flag.ended()).toBe(2);
  expect(flag.output).toContain('did you mean "--retention"');
  const command = new Part(["bin/seamark.ts", "lgos"]);
  expect(await command.ended()).toBe(2);
  expect(command.output).toContain('did you mean "logs"');
});
