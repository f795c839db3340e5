import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Shop } from "../../demo/shop.ts";
import { Containers, image, numberedLines } from "./containers.ts";
import { Cluster, Part, prefix, until } from "./parts.ts";
import { allRows, exactly, get, inOrder, linesOf, numbersOf, openTail, tally, waitForRows } from "./rows.ts";

const containers = new Containers();
let cluster: Cluster;

beforeAll(async () => {
  await containers.prepare();
  cluster = await Cluster.start({ collector: ["--host-name", "e2e-host"] });
});

afterAll(async () => {
  await containers.remove();
  await cluster.stop();
});

describe("numbered lines of real containers", () => {
  const count = 5000;
  const apps = ["left", "right"];
  let live: Awaited<ReturnType<typeof openTail>>;

  beforeAll(async () => {
    live = await openTail(cluster, linesOf("left"));
    const script = numberedLines({ count, step: 500, pauseS: 0.1, both: true });
    for (const app of apps) {
      const labels = { "seamark.app": app, "seamark.version": "7.1", team: "tests" };
      await containers.run({ name: app, script, labels });
    }
    for (const app of apps) await waitForRows(cluster, linesOf(app), 2 * count, 60_000);
  });

  afterAll(() => live.close());

  test("all arrive once and in order per stream, with their metadata", async () => {
    for (const app of apps) {
      const rows = inOrder(await allRows(cluster, linesOf(app)));
      for (const stream of ["stdout", "stderr"]) {
        const own = rows.filter((row) => row["log.iostream"] === stream);
        expect(tally(numbersOf(own), count)).toEqual(exactly);
      }
      for (const row of rows) {
        expect(row).toMatchObject({
          "service.name": app,
          "service.version": "7.1",
          "container.name": `${prefix}-${app}`,
          "container.image.name": image.split(":")[0],
          "host.name": "e2e-host",
        });
      }
    }
  });

  test("they are found by search", async () => {
    const rows = await allRows(cluster, 'app:right "line 4242" container:*right');
    expect(rows.map((row) => [row["log.iostream"], numbersOf([row])[0]]).sort()).toEqual([
      ["stderr", 4242],
      ["stdout", 4242],
    ]);
    expect(await allRows(cluster, '"line 4242" -app:left -app:right')).toEqual([]);
  });

  test("they appear in the live tail, once, and only those that match", async () => {
    await until(
      "all lines in the tail",
      () => live.rows.length >= 2 * count,
      20_000,
      () => live.rows.length,
    );
    expect(live.rows.every((row) => row["service.name"] === "left")).toBe(true);
    expect(new Set(live.rows.map(({ id }) => id)).size).toBe(2 * count);
    expect(live.rows.length).toBe(2 * count);
  });

  test("the inventory knows the containers and the host", async () => {
    const { containers: found } = await get<{ containers: { origin: Record<string, unknown> }[] }>(
      cluster,
      "/containers?app=left",
    );
    expect(found.map(({ origin }) => origin["container.name"])).toEqual([`${prefix}-left`]);
    const { hosts } = await get<{ hosts: { host: string; docker: { state: string } }[] }>(cluster, "/hosts");
    expect(hosts).toMatchObject([{ host: "e2e-host", docker: { state: "connected" }, lostLines: 0 }]);
  });
});

describe("seamark logs, as a process", () => {
  const logs = async (...words: string[]): Promise<{ code: number | null; output: string }> => {
    const part = new Part([
      "bin/seamark.ts",
      "logs",
      "--url",
      cluster.url,
      "--state",
      cluster.state,
      ...words,
    ]);
    const code = await part.ended();
    return { code, output: part.output };
  };

  test("0 with the lines when there are some", async () => {
    const { code, output } = await logs("app:left", '"line 17"', "--since", "1h", "--json");
    expect(code).toBe(0);
    const rows = output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { message: string });
    expect(rows.map(({ message }) => message.slice(0, 7))).toEqual(["line 17", "line 17"]);
  });

  test("0 with a table for a pipe", async () => {
    const { code, output } = await logs(`${linesOf("left")} | count by stream`, "--since", "1h");
    expect(code).toBe(0);
    expect(output).toMatch(/stderr +5,000/);
  });

  test("1 when nothing matches", async () => {
    expect((await logs("app:nobody | count")).code).toBe(1);
    const { code, output } = await logs("app:nobody");
    expect(code).toBe(1);
    // On standard error there may be a word on completeness.
    expect(output.split("\n").filter((line) => line !== "" && !line.startsWith("seamark: "))).toEqual([]);
  });

  test("2 with a caret for a wrong query, 2 for a wrong flag", async () => {
    const { code, output } = await logs("app:left status>=");
    expect(code).toBe(2);
    expect(output).toContain("  app:left status>=\n");
    expect(output).toMatch(/^ +\^+$/m);
    expect((await logs("--folow")).output).toContain('did you mean "--follow"');
  });

  test("3 when no aggregator answers", async () => {
    const { code, output } = await logs("app:left", "--url", "http://127.0.0.1:9");
    expect(code).toBe(3);
    expect(output).toContain("no aggregator answers");
  });

  test("follow joins the past and what comes, once each, and ends with Ctrl-C", async () => {
    const follow = new Part([
      ...["bin/seamark.ts", "logs", linesOf("followed"), "--url", cluster.url, "--state", cluster.state],
      ...["--since", "1h", "--follow", "--json"],
    ]);
    const numbers = (): number[] =>
      [...follow.all.matchAll(/"message":"line (\d+)/g)].map((match) => Number(match[1]));
    const script = numberedLines({ count: 300, step: 10, pauseS: 0.1 });
    await containers.run({ name: "followed", script, labels: { "seamark.app": "followed" } });
    await until(
      "300 lines in the terminal",
      () => numbers().length >= 300,
      30_000,
      () => numbers().length,
    );
    expect(await follow.stop("SIGINT")).toBe(0);
    expect(
      tally(
        [...numbers()].sort((a, b) => a - b),
        300,
      ),
    ).toEqual(exactly);
  });
});

describe("the shop of the demo", () => {
  const shop = new Shop({
    docker: containers.docker,
    prefix: `${prefix}-shop`,
    environment: {
      load: ["REQUESTS_PER_SECOND=80"],
      // Again and again: how long the load takes to start is up to the machine.
      payment: ["FIRST_INCIDENT_S=3", "INCIDENT_S=5", "INCIDENT_EVERY_S=10"],
    },
    note: () => undefined,
    signal: new AbortController().signal,
  });

  afterAll(() => shop.remove());

  test("counters equal the requests that the load generator made, by status", async () => {
    await shop.start();
    await shop.runJob();
    await waitForRows(cluster, "app:edge status>=500", 20, 60_000);
    const load = await shop.stopLoad();
    expect(load.final).toBe(true);
    for (const status of ["200", "304", "404", "500", "503"]) expect(load.counts[status]).toBeGreaterThan(0);
    expect(load.counts.failed).toBeUndefined();
    await waitForRows(cluster, "app:edge status:*", load.total, 30_000);

    interface Apps {
      counted: { basis: string; apps: string[] };
      cluster: { requests: number; statuses: { status: number; points: [number, number][] }[] };
    }
    let apps: Apps | undefined;
    await until(
      "the counters have every request",
      async () => {
        apps = await get<Apps>(cluster, "/apps?from=now-1h");
        return apps.cluster.requests >= load.total;
      },
      20_000,
    );
    expect(apps!.counted).toEqual({ basis: "edge", apps: ["edge"] });
    const counted = Object.fromEntries(
      apps!.cluster.statuses.map(({ status, points }) => [status, points.reduce((sum, [, n]) => sum + n, 0)]),
    );
    expect(counted).toEqual(load.counts);
  });

  test("the lines explain the failures: cause, stack trace as one group, the job", async () => {
    const failed = await allRows(cluster, "app:shop status:503");
    expect(failed.length).toBeGreaterThan(0);
    expect(await allRows(cluster, 'app:shop level:error "connection pool exhausted"')).not.toEqual([]);
    const payment = inOrder(await allRows(cluster, "app:payment stream:stderr"));
    const head = payment.find(({ message }) => message.startsWith("ChargeError"))!;
    const trace = payment.filter((row) => row["event.group"] === head["event.sequence"]);
    expect(trace.map(({ message }) => message.trim()).join("\n")).toContain("[cause]: PoolExhaustedError");
    const jobs = await allRows(cluster, linesOf("jobs"));
    expect(jobs.at(-1)!.message).toContain("done");
  });
});
