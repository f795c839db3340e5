import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import Docker from "dockerode";
import { afterAll, expect, test } from "vitest";
import { Shop } from "../../demo/shop.ts";
import { freePorts, Part, prefix, temporaryFolder, until } from "./parts.ts";

const name = `${prefix}-demo`;
const docker = new Docker({ socketPath: "/var/run/docker.sock" });
const folder = temporaryFolder();
const parts: Part[] = [];

afterAll(async () => {
  await Promise.all(parts.map((part) => part.stop()));
  const signal = new AbortController().signal;
  await new Shop({ docker, prefix: name, note: () => undefined, signal }).remove();
  rmSync(folder, { recursive: true, force: true });
});

async function startDemo(state: string): Promise<{ demo: Part; url: string }> {
  const dashboard = join(folder, "dashboard");
  mkdirSync(dashboard, { recursive: true });
  const port = await freePorts();
  const places = ["--state", state, "--dashboard", dashboard, "--include", `name=${name}-*`];
  const demo = new Part([
    "bin/seamark.ts",
    "demo",
    "--name",
    name,
    "--listen",
    `127.0.0.1:${port}`,
    ...places,
  ]);
  parts.push(demo);
  await until(
    "the demo is up",
    () => demo.all.includes("Ctrl-C stops everything"),
    90_000,
    () => demo.output,
  );
  return { demo, url: `http://127.0.0.1:${port}` };
}

interface Left {
  readonly containers: number;
  readonly networks: number;
  readonly images: number;
}

async function left(): Promise<Left> {
  const containers = await docker.listContainers({ all: true, filters: { name: [name] } });
  const networks = await docker.listNetworks({ filters: { name: [name] } });
  const images = await docker.listImages({ filters: { reference: [`${name}/*`] } });
  return { containers: containers.length, networks: networks.length, images: images.length };
}

test("the demo shows its shop; after kill -9 the next one cleans up; Ctrl-C leaves nothing behind", async () => {
  const first = await startDemo(join(folder, "first"));
  await first.demo.kill9();
  expect((await left()).containers).toBeGreaterThanOrEqual(6);

  const state = join(folder, "second");
  const { demo, url } = await startDemo(state);
  expect(demo.all).toMatch(/reading [5-9] containers/);
  const apps = async (): Promise<string[]> => {
    const answer = (await (await fetch(`${url}/api/v1/apps`)).json()) as { apps: { app: string }[] };
    return answer.apps.map(({ app }) => app).sort();
  };
  await until(
    "every app of the shop has lines",
    async () => (await apps()).join() === "edge,jobs,payment,shop,worker",
    30_000,
    async () => demo.output,
  );
  expect(await demo.stop("SIGINT")).toBe(0);
  expect(await left()).toEqual({ containers: 0, networks: 0, images: 0 });
  expect(existsSync(state)).toBe(false);
});
