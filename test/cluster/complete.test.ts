import { afterAll, beforeAll, expect, test } from "vitest";
import { Containers, numberedLines } from "./containers.ts";
import { Cluster, until } from "./parts.ts";
import { countRows, get, linesOf, waitForRows } from "./rows.ts";

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

const query = linesOf("steady");

async function completeTo(): Promise<string | null> {
  return await get<{ completeTo: string | null }>(cluster, "/hosts").then(
    (answer) => answer.completeTo,
    () => null,
  );
}

/** Lines up to a time; undefined while the aggregator does not answer. */
async function countTo(time: string): Promise<number | undefined> {
  const path = `/logs?query=${encodeURIComponent(`${query} | count`)}&from=now-1h&to=${time}`;
  const answer = await get<{ groups: { count: number }[] }>(cluster, path).catch(() => undefined);
  return answer && (answer.groups[0]?.count ?? 0);
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

test("what is said to be complete is all there at that moment: stopped, killed, behind, or catching up", async () => {
  const count = 60_000;
  const script = numberedLines({ count, step: 200, pauseS: 0.1, both: true });
  const container = await containers.run({ name: "steady", script, labels: { "seamark.app": "steady" } });
  const running = async (): Promise<boolean> => (await container.inspect()).State.Running;
  const seen: { readonly time: string; readonly count: number }[] = [];
  let over = false;
  const watching = (async () => {
    while (!over) {
      const time = await completeTo();
      const counted = time === null ? undefined : await countTo(time);
      if (time !== null && counted !== undefined) seen.push({ time, count: counted });
      await sleep(100);
    }
  })();
  const collector = cluster.collectors[0]!;
  const { aggregator } = cluster;
  const troubles: (() => Promise<void>)[] = [
    async () => {
      process.kill(collector.pid, "SIGSTOP");
      await sleep(4000);
      process.kill(collector.pid, "SIGCONT");
    },
    async () => {
      await collector.kill9();
      collector.start();
    },
    async () => {
      process.kill(aggregator.pid, "SIGSTOP");
      await sleep(2000);
      process.kill(aggregator.pid, "SIGCONT");
    },
    async () => {
      await aggregator.kill9();
      aggregator.start();
    },
  ];
  for (const trouble of troubles) {
    const before = seen.length;
    await trouble();
    await until("it is looked at again", () => seen.length > before + 10, 60_000);
  }
  await until("the container ends", async () => !(await running()), 120_000);
  await waitForRows(cluster, query, 2 * count, 120_000);
  over = true;
  await watching;
  expect(await countRows(cluster, query)).toBe(2 * count);
  expect(new Set(seen.map(({ time }) => time)).size).toBeGreaterThan(20);
  const wrong: string[] = [];
  for (const { time, count: then } of seen) {
    const now = await countTo(time);
    if (now !== then) wrong.push(`${time}: ${then} of ${now}`);
  }
  expect(wrong).toEqual([]);
});
