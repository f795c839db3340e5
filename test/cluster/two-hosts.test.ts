import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SecondEngine } from "../docker/second-engine.ts";
import { Containers, numberedLines } from "./containers.ts";
import { Cluster, temporaryFolder, until } from "./parts.ts";
import { allRows, countRows, exactly, get, inOrder, linesOf, numbersOf, tally, waitForRows } from "./rows.ts";

interface Hosts {
  readonly hosts: readonly {
    readonly host: string;
    readonly stale: boolean;
    readonly containersRead: number;
    readonly docker: { readonly state: string; readonly socket: string; readonly error?: string } | null;
  }[];
}

const first = new Containers();
const engine = new SecondEngine();
const second = new Containers(engine.socket);
const state = temporaryFolder();
let cluster: Cluster;

async function hostOf(name: string): Promise<Hosts["hosts"][number] | undefined> {
  const { hosts } = await get<Hosts>(cluster, "/hosts");
  return hosts.find(({ host }) => host === name);
}

beforeAll(async () => {
  await first.prepare();
  cluster = await Cluster.start({ collector: ["--host-name", "host-a"] });
  const own = ["--state", state, "--token-file", cluster.tokenFile, "--docker-socket", engine.socket];
  cluster.addCollector([...own, "--host-name", "host-b"]);
});

afterAll(async () => {
  await first.remove();
  await engine.stop();
  await cluster.stop();
  rmSync(state, { recursive: true, force: true });
});

test("a collector without an engine waits, says so, and goes on when the engine comes", async () => {
  await until(
    "host-b waits",
    async () => (await hostOf("host-b"))?.docker?.state === "waiting",
    20_000,
    () => cluster.collectors[1]!.output,
  );
  expect((await hostOf("host-b"))!.docker!.socket).toBe(engine.socket);
  await until("host-a reads", async () => (await hostOf("host-a"))?.docker?.state === "connected", 20_000);
  const { collectors } = await get<{ collectors: object }>(cluster, "/status");
  expect(collectors).toMatchObject({ total: 2, dockerWaiting: 1 });
  await engine.start();
  await until(
    "host-b reads",
    async () => (await hostOf("host-b"))?.docker?.state === "connected",
    40_000,
    () => cluster.collectors[1]!.output,
  );
});

test("lines of both hosts arrive once, each under its host, in one order of time", async () => {
  const count = 3000;
  const script = numberedLines({ count, step: 100, pauseS: 0.05 });
  await second.prepare();
  // The same name on both: what tells them apart is the host.
  const labels = { "seamark.app": "spread" };
  await Promise.all([
    first.run({ name: "spread", script, labels }),
    second.run({ name: "spread", script, labels }),
  ]);
  await waitForRows(cluster, linesOf("spread"), 2 * count, 60_000);
  const rows = await allRows(cluster, linesOf("spread"));
  for (const host of ["host-a", "host-b"]) {
    const own = inOrder(rows.filter((row) => row["host.name"] === host));
    expect(tally(numbersOf(own), count)).toEqual(exactly);
  }
  const times = rows.map((row) => row["@timestamp"]);
  expect(times).toEqual([...times].sort());
  expect(await countRows(cluster, `${linesOf("spread")} host:host-b`)).toBe(count);
});

test("an engine that goes and comes back is read on, without a line lost or repeated", async () => {
  await engine.stop({ keep: true });
  await until(
    "host-b waits again",
    async () => (await hostOf("host-b"))?.docker?.state === "waiting",
    40_000,
  );
  await engine.start();
  await until(
    "host-b reads again",
    async () => (await hostOf("host-b"))?.docker?.state === "connected",
    40_000,
  );
  const count = 200;
  const script = numberedLines({ count, step: 50, pauseS: 0.05 });
  await second.run({ name: "after", script, labels: { "seamark.app": "after" } });
  await waitForRows(cluster, linesOf("after"), count, 40_000);
  expect(tally(numbersOf(inOrder(await allRows(cluster, linesOf("after")))), count)).toEqual(exactly);
  expect(await countRows(cluster, `${linesOf("spread")} host:host-b`)).toBe(3000);
});
