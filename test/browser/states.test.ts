import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { LogRow } from "../../common/wire/row.ts";
import { until } from "../cluster/parts.ts";
import { ExploreView } from "./explore-view.ts";
import { nanos, originOf } from "./poster.ts";
import { Site } from "./site.ts";

const origin = originOf(1, "cart-api", { "service.node.name": "cart-api-2" });
const firstMs = Date.now() - 5 * 60_000;
let site: Site;

function rowAt(second: number, more: Partial<LogRow>): LogRow {
  const head = { "origin.id": origin["origin.id"], "event.sequence": second };
  return { "@timestamp": nanos(firstMs + second * 1000), ...head, message: "", ...more };
}

beforeAll(async () => {
  site = await Site.start();
  await site.poster.post(
    [origin],
    [
      rowAt(1, { message: "before the gap", "log.level": "info" }),
      rowAt(2, {
        "event.kind": "gap",
        "event.reason": "rotated_away",
        "event.count": 1204,
        "event.start": nanos(firstMs + 1000),
        "event.end": nanos(firstMs + 13_000),
      }),
      rowAt(3, { message: "after the gap", "log.level": "warn" }),
      rowAt(4, { "event.kind": "event", "event.action": "oom", message: "killed, out of memory" }),
      rowAt(5, { message: "the last words", "log.level": "error" }),
    ],
  );
});

afterAll(() => site.stop());
afterEach(async () => expect(await site.closePages()).toEqual([]));

test("lost lines and events stand in time order and look like neither lines nor each other", async () => {
  const view = new ExploreView(await site.open("/explore?order=asc"));
  const rows = await view.waitForRows("five rows", (all) => all.length === 5);
  expect(rows[1]!.message).toBe(
    "1,204 lines lost · cart-api #2 · posted-host · log file rotated before it was read · within 12 s",
  );
  expect(rows[3]!.message).toContain("cart-api #2 · posted-host · killed, out of memory");
  expect(rows.map(({ message }) => message)).toMatchObject({ 0: "before the gap", 2: "after the gap" });
  const look = async (text: string): Promise<string> =>
    await view.row(text).evaluate((row) => {
      const message = row.querySelector(".m")!;
      const edges = [...row.querySelectorAll("*"), row].flatMap((element) =>
        ["::before", "::after", null].map((part) => getComputedStyle(element, part).backgroundImage),
      );
      const hatch = edges.some((image) => image.includes("repeating-linear-gradient"));
      return `${getComputedStyle(message).color} ${hatch ? "hatched" : "plain"}`;
    });
  const looks = [await look("before the gap"), await look("lines lost"), await look("out of memory")];
  expect(new Set(looks).size).toBe(3);
  expect(looks[1]).toContain("hatched");
  // A line's level is a word; these rows have none.
  const levelShown = (text: string): Promise<boolean> => view.row(text).locator(".lv").isVisible();
  expect([await levelShown("before the gap"), await levelShown("lines lost")]).toEqual([true, false]);
});

test("a chart that cannot be loaded says so, and Retry loads it", async () => {
  site.allow(/net::ERR_|Failed to fetch|Failed to load resource/);
  const page = await site.blank();
  await page.route(/echarts-/, (route) => route.abort());
  await page.goto(`${site.cluster.url}/explore`);
  const alert = page.getByRole("alert").filter({ hasText: "The chart could not be loaded" });
  await alert.waitFor();
  await page.unroute(/echarts-/);
  await alert.getByRole("button", { name: "Retry" }).click();
  await page.locator(".canvas canvas").waitFor();
  await alert.waitFor({ state: "detached" });
});

test("what is known to be lost stands on top of every page", async () => {
  const page = await site.open("/");
  await page.getByText("1,204 lost").waitFor();
});

test("a host that fell silent: the answers say up to when they are complete", async () => {
  await site.poster.beat();
  const view = new ExploreView(await site.open("/explore"));
  await view.page.getByText(/complete to \d\d:\d\d:\d\d/).waitFor();
  await view.page.getByTitle(/^Complete to \d\d:\d\d:\d\d UTC$/).waitFor();
});

/** How strongly the body of the page shows: 1 is fully. */
async function strength(page: Page): Promise<number> {
  return await page.getByRole("region", { name: /HTTP status/ }).evaluate((panel) => {
    let strength = 1;
    for (let at: Element | null = panel; at; at = at.parentElement)
      strength *= Number(getComputedStyle(at).opacity);
    return strength;
  });
}

test("without an answer the data is shown as old: dim, then hatched, with its time; then fresh again", async () => {
  const page = await site.blank();
  await page.clock.install();
  await page.goto(site.cluster.url);
  await page.getByText(/^updated \d+ s ago$/).waitFor();
  await page.getByRole("img").locator("canvas").first().waitFor();
  expect(await strength(page)).toBe(1);
  site.allow(/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/);
  await site.cluster.aggregator.kill9();
  await page.clock.runFor(6000);
  await page.getByText("Connection lost, retrying.").waitFor();
  await page.clock.runFor(6000);
  await page.getByText(/^\s*1\d s old$/).waitFor();
  expect(await strength(page)).toBeCloseTo(0.5, 1);
  await page.clock.runFor(20_000);
  await page.getByText(/^Data is from \d\d:\d\d:\d\d UTC\./).waitFor();
  await page.getByText(/^\s*3\d s old$/).waitFor();
  site.cluster.aggregator.start();
  await until(
    "it answers again",
    async () =>
      await fetch(`${site.cluster.url}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    30_000,
    () => site.cluster.aggregator.output,
  );
  await page.clock.runFor(6000);
  await page.getByText(/^updated \d+ s ago$/).waitFor();
  expect(await page.getByText("Connection lost").count()).toBe(0);
  expect(await strength(page)).toBe(1);
});

test("no line matches: says when one last did and which term to drop", async () => {
  const view = new ExploreView(await site.open("/explore?q=app%3Acart-api%20gap%20level%3Afatal"));
  await view.page.getByText("No lines match in the last 30 min").waitFor();
  await view.page.getByRole("button", { name: /^Drop level:fatal \(2 lines\)$/ }).click();
  await view.waitForTotal(2);
  await view.search("before");
  await view.waitForTotal(1);
  const past = await site.open("/explore?q=before&from=now-1m");
  await past.getByText(/This query last matched at \d\d:\d\d, \d min ago/).waitFor();
  await past.getByRole("button", { name: /^Go to \d\d:\d\d$/ }).click();
  await new ExploreView(past).row("before the gap").waitFor();
});
