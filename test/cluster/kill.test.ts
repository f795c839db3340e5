import { afterAll, beforeAll, expect, test } from "vitest";
import { Containers, numberedLines } from "./containers.ts";
import { Cluster, until } from "./parts.ts";
import { allRows, countRows, exactly, get, inOrder, linesOf, numbersOf, tally, waitForRows } from "./rows.ts";

const containers = new Containers();
let cluster: Cluster;

beforeAll(async () => {
  await containers.prepare();
  cluster = await Cluster.start();
});

afterAll(async () => {
  await containers.remove();
  await cluster.stop();
});

/** Enough; then the rest is read in peace. */
const killsMax = 9;

test("kill -9 of collector and aggregator again and again: nothing lost, nothing twice", async () => {
  const count = 60_000;
  const script = numberedLines({ count, step: 200, pauseS: 0.1, both: true });
  const container = await containers.run({ name: "killed", script, labels: { "seamark.app": "killed" } });
  const running = async (): Promise<boolean> => (await container.inspect()).State.Running;
  let [kills, seen] = [0, 0];
  while (kills < killsMax && (await running())) {
    // Some lines must have come through since the last kill, or the test would only show a stack that never starts.
    await until(
      "lines go on after a kill",
      async () => (await countRows(cluster, linesOf("killed"))) > seen || !(await running()),
      120_000,
      () => `${cluster.aggregator.output}\n${cluster.collectors[0]!.output}`,
    );
    seen = await countRows(cluster, linesOf("killed"));
    const parts = [
      [cluster.collectors[0]!],
      [cluster.aggregator],
      [cluster.collectors[0]!, cluster.aggregator],
    ];
    const victims = parts[kills % parts.length]!;
    kills += 1;
    await Promise.all(victims.map((part) => part.kill9()));
    for (const part of victims) part.start();
  }
  expect(kills).toBeGreaterThanOrEqual(4);
  await waitForRows(cluster, linesOf("killed"), 2 * count, 180_000);
  const rows = inOrder(await allRows(cluster, linesOf("killed")));
  for (const stream of ["stdout", "stderr"]) {
    const own = rows.filter((row) => row["log.iostream"] === stream);
    expect(tally(numbersOf(own), count)).toEqual(exactly);
  }
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  const { lostLinesToday } = await get<{ lostLinesToday: number }>(cluster, "/status");
  expect(lostLinesToday).toBe(0);
});
