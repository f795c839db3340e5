import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { LogRow } from "../../common/wire/row.ts";
import { Containers } from "../cluster/containers.ts";
import { until } from "../cluster/parts.ts";
import { ExploreView } from "./explore-view.ts";
import { measureFrames } from "./frames.ts";
import { nanos, originOf } from "./poster.ts";
import { prefix, Site } from "./site.ts";

const containers = new Containers(undefined, prefix);
let site: Site;

beforeAll(async () => {
  await containers.prepare();
  site = await Site.start({ collector: ["--host-name", "live-host"] });
});

afterAll(async () => {
  await containers.remove();
  await site.stop();
});

afterEach(async () => expect(await site.closePages()).toEqual([]));

/** Prints `tick 1`, `tick 2`, … about twenty times a second, until it is removed. */
async function startTicks(app: string): Promise<void> {
  const script = "i=0; while true; do i=$((i+1)); echo tick $i; sleep 0.05; done";
  await containers.run({ name: app, script, labels: { "seamark.app": app } });
}

async function liveView(query: string): Promise<ExploreView> {
  const view = new ExploreView(await site.open(`/explore?live=1&q=${encodeURIComponent(query)}`));
  await view.page.getByRole("heading", { name: /^Live lines/ }).waitFor();
  return view;
}

const tickOf = (message: string): number => Number(/^tick (\d+)/.exec(message)?.[1]);

/** Follows again and reads all that the list keeps: every tick from the first to the last, once each. */
async function expectNoHole(view: ExploreView): Promise<number> {
  await view.page.keyboard.press("Home");
  const ticks = (await view.readToEnd()).map(({ message }) => tickOf(message)).filter((tick) => tick > 0);
  const first = ticks[0]!;
  expect(ticks).toEqual(ticks.map((_, at) => first + at));
  return ticks.at(-1)!;
}

test("a line of a real container is on the screen within 2 s", async () => {
  const view = await liveView("app:ticker -event.kind:*");
  await startTicks("ticker");
  await view.row("tick 3").first().waitFor();
  // Each time the last row is another one: how old is what it says, by the clock that the engine used too?
  const delaysMs = await view.list.evaluate(
    (list) =>
      new Promise<number[]>((resolve) => {
        const delays: number[] = [];
        let before = "";
        const frame = (): void => {
          const rows = [...list.querySelectorAll("[role=row]")];
          const at = (row: Element): number => Number(row.getAttribute("aria-rowindex"));
          const last = rows.sort((a, b) => at(a) - at(b)).at(-1);
          const time = last?.querySelector(".t")?.textContent ?? "";
          if (time !== before && time !== "") {
            before = time;
            delays.push(Date.now() - Date.parse(`${new Date().toISOString().slice(0, 11)}${time}Z`));
          }
          if (delays.length < 30) requestAnimationFrame(frame);
          else resolve(delays);
        };
        frame();
      }),
  );
  const sorted = delaysMs.sort((a, b) => a - b);
  process.stdout.write(
    `from the container to the screen: median ${sorted[15]} ms, worst ${sorted.at(-1)} ms\n`,
  );
  expect(sorted[15]).toBeGreaterThanOrEqual(0);
  expect(sorted[15]).toBeLessThan(1000);
  expect(sorted.at(-1)).toBeLessThan(2000);
});

test("scrolling up pauses and counts, what is read stands still, End follows again, nothing is skipped", async () => {
  const view = await liveView("app:ticker -event.kind:*");
  await view
    .row(/tick \d/)
    .nth(20)
    .waitFor();
  const box = (await view.list.boundingBox())!;
  await view.page.mouse.move(box.x + 400, box.y + 200);
  await until(
    "the list is longer than the screen",
    async () => await view.list.evaluate((list) => list.scrollHeight > list.clientHeight + 400),
    30_000,
  );
  await view.page.mouse.wheel(0, -200);
  const paused = view.page.getByText(/Paused while you read/);
  await paused.waitFor();
  const still = await view.messages();
  const waiting = async (): Promise<number> =>
    Number(/([\d,]+) new lines?/.exec((await paused.textContent()) ?? "")?.[1]?.replace(",", ""));
  await until("forty lines wait", async () => (await waiting()) >= 40, 30_000);
  expect(await paused.textContent()).toContain("none skipped");
  expect(await view.messages()).toEqual(still);
  await view.page.keyboard.press("End");
  await paused.waitFor({ state: "detached" });
  const newest = Math.max(...still.map(tickOf));
  await view.waitForRows("newer lines", (rows) => rows.some(({ message }) => tickOf(message) > newest + 40));
  await expectNoHole(view);
});

test("an aggregator that is killed: the page says so, and goes on by itself without a hole", async () => {
  const view = await liveView("app:ticker -event.kind:*");
  await view
    .row(/tick \d/)
    .nth(5)
    .waitFor();
  site.allow(
    /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|WebSocket connection|ERR_EMPTY_RESPONSE|ERR_SOCKET/,
  );
  await site.cluster.aggregator.kill9();
  await view.page.getByText("Connection lost", { exact: false }).first().waitFor();
  const last = Math.max(...(await view.messages()).map(tickOf));
  site.cluster.aggregator.start();
  await view.waitForRows("later lines", (rows) => rows.some(({ message }) => tickOf(message) > last + 20));
  await until(
    "no word of a lost connection",
    async () => (await view.page.getByText("Connection lost", { exact: false }).count()) === 0,
    20_000,
  );
  expect(await expectNoHole(view)).toBeGreaterThan(last + 20);
});

test("5,000 lines a second with 100,000 lines kept: the page stays responsive", async () => {
  const origin = originOf(9, "flood");
  let sequence = 0;
  const rows = (count: number): LogRow[] =>
    Array.from({ length: count }, () => {
      sequence += 1;
      return {
        "@timestamp": nanos(Date.now(), sequence % 1_000_000),
        "origin.id": origin["origin.id"],
        "event.sequence": sequence,
        message: `flood ${sequence} GET /cart/items/${sequence % 97} took ${sequence % 400} ms`,
        "log.level": sequence % 100 === 0 ? "error" : "info",
        attrs: { shard: sequence % 7 },
      };
    });
  const view = await liveView("app:flood");
  const kept = async (): Promise<number> =>
    Number((await view.page.getByRole("heading", { name: /^Live lines/ }).textContent())?.replace(/\D/g, ""));
  await site.poster.post([origin], []);
  while ((await kept()) < 100_000) await site.poster.post([], rows(5000));

  const firstPosted = sequence;
  const startMs = performance.now();
  const flood = new AbortController();
  const flooding = (async () => {
    while (!flood.signal.aborted) {
      const due = Math.floor(((performance.now() - startMs) / 1000) * 5000) - (sequence - firstPosted);
      if (due >= 250) await site.poster.post([], rows(due));
      else await new Promise((resolve) => setTimeout(resolve, 10));
    }
  })();
  const figures = await measureFrames(view.page, 5000);
  const newest = Math.max(...(await view.messages()).map((text) => Number(/^flood (\d+)/.exec(text)?.[1])));
  const behind = sequence - newest;
  const postedPerS = (1000 * (sequence - firstPosted)) / (performance.now() - startMs);
  const wheelMs = performance.now();
  const box = (await view.list.boundingBox())!;
  await view.page.mouse.move(box.x + 400, box.y + 200);
  await view.page.mouse.wheel(0, -400);
  await view.page.getByText(/Paused while you read/).waitFor();
  const pauseMs = Math.round(performance.now() - wheelMs);
  flood.abort();
  await flooding;
  process.stdout.write(
    `${Math.round(postedPerS)} lines/s, ${await kept()} kept: ${JSON.stringify(figures)}, ${behind} lines behind, paused ${pauseMs} ms after the wheel\n`,
  );
  expect(postedPerS).toBeGreaterThan(4000);
  expect(await kept()).toBe(100_000);
  // Two seconds of lines.
  expect(behind).toBeLessThan(10_000);
  expect(await view.page.getByText(/lines skipped/).count()).toBe(0);
  expect(figures.medianMs).toBeLessThan(50);
  expect(figures.p95Ms).toBeLessThan(250);
  expect(pauseMs).toBeLessThan(2000);
});
