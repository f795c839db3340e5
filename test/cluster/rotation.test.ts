import { afterAll, beforeAll, expect, test } from "vitest";
import { Containers, numberedLines } from "./containers.ts";
import { Cluster } from "./parts.ts";
import { allRows, countRows, exactly, inOrder, linesOf, numbersOf, tally, waitForRows } from "./rows.ts";

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

test("rotation at 20,000 lines/s: what the daemon repeats comes once, nothing is lost", async () => {
  const count = 400_000;
  // 2,000 lines of 200 B every 0.1 s: one rotation of 10 MB every 1.6 s.
  const script = numberedLines({ count, step: 2000, pauseS: 0.095, bytes: 200 });
  const log = { "max-size": "10m", "max-file": "3" };
  const container = await containers.run({
    name: "rotated",
    script,
    log,
    labels: { "seamark.app": "rotated" },
  });
  await container.wait();
  const { StartedAt, FinishedAt } = (await container.inspect()).State;
  const perSecond = count / ((Date.parse(FinishedAt) - Date.parse(StartedAt)) / 1000);
  expect(perSecond).toBeGreaterThan(10_000);
  await waitForRows(cluster, linesOf("rotated"), count, 120_000).catch(async (error: Error) => {
    // A collector that got too little of a busy machine shows it as gaps; a silent loss has none.
    const gaps = await allRows(cluster, "event.kind:gap");
    const told = gaps.map((row) => `${row["event.reason"]} ${row["event.count"]}: ${row.message}`).join("\n");
    throw new Error(`${perSecond.toFixed(0)} lines/s printed; gaps:\n${told}\n${error.message}`);
  });
  const rows = inOrder(await allRows(cluster, linesOf("rotated")));
  expect(tally(numbersOf(rows), count)).toEqual(exactly);
  expect(await countRows(cluster, "app:rotated event.kind:gap")).toBe(0);
  // The daemon did repeat lines in this run; without that the test would prove little.
  expect(await cluster.collectorMetric("seamark_collector_frames_repeated_total")).toBeGreaterThan(1000);
});
