import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { LogRow } from "../../common/wire/row.ts";
import { until } from "../cluster/parts.ts";
import { ExploreView } from "./explore-view.ts";
import { spotOf } from "./pixels.ts";
import { nanos, originOf } from "./poster.ts";
import { Site } from "./site.ts";

const minuteMs = 60_000;
/** The minute in which requests fail. */
const badMinuteMs = Math.floor(Date.now() / minuteMs) * minuteMs - 10 * minuteMs;
const firstMs = badMinuteMs - 10 * minuteMs;

let site: Site;
/** How many seconds the story lasts: until the rows are posted; whole tens, so that shares are exact. */
let seconds = 0;

/** One request per second of each app. In the bad minute 10 of the edge's and 6 of the shop's fail. */
function requests(origin: number, failures: number): LogRow[] {
  return Array.from({ length: seconds }, (_, second) => {
    const ms = firstMs + second * 1000;
    const inBad = Math.floor(ms / minuteMs) * minuteMs === badMinuteMs;
    const status = inBad && second % 60 < failures ? 503 : second % 60 >= 57 ? 404 : 200;
    return requestRow(origin, second, ms, status);
  });
}

function requestRow(origin: number, sequence: number, ms: number, status: number): LogRow {
  const path = `/cart/${sequence}`;
  return {
    "@timestamp": nanos(ms),
    "origin.id": origin.toString(16).padStart(16, "0"),
    "event.sequence": sequence,
    message: `10.0.0.1 - - [now] "GET ${path} HTTP/1.1" ${status} 217`,
    "log.level": status >= 500 ? "error" : "info",
    "http.request.method": "GET",
    "url.original": path,
    "url.path": path,
    "http.response.status_code": status,
    "event.duration": 12_000_000,
  };
}

/** Every tenth request fails, all the time. */
function flaky(origin: number): LogRow[] {
  return Array.from({ length: seconds }, (_, second) =>
    requestRow(origin, second, firstMs + second * 1000, second % 10 === 0 ? 500 : 200),
  );
}

function workerLines(origin: number): LogRow[] {
  return Array.from({ length: Math.floor(seconds / 60) }, (_, minute) => ({
    "@timestamp": nanos(firstMs + minute * minuteMs),
    "origin.id": origin.toString(16).padStart(16, "0"),
    "event.sequence": minute,
    message: `queue is empty, round ${minute}`,
    "log.level": "info",
  }));
}

beforeAll(async () => {
  site = await Site.start();
  seconds = Math.floor((Date.now() - firstMs) / 10_000) * 10;
  const origins = [
    originOf(1, "edge", { "seamark.edge": true }),
    originOf(2, "shop", { "service.version": "7.1" }),
    originOf(3, "flaky"),
    originOf(4, "worker"),
  ];
  const rows = [...requests(1, 10), ...requests(2, 6), ...flaky(3), ...workerLines(4)];
  await site.poster.post(origins, rows);
});

afterAll(() => site.stop());
afterEach(async () => expect(await site.closePages()).toEqual([]));

async function overview(): Promise<Page> {
  const page = await site.open("/");
  await page.getByRole("row", { name: /worker/ }).waitFor();
  return page;
}

/** The query and the range of an Explore address. */
function asked(page: Page): { query: string | null; from: string | null; to: string | null } {
  const { searchParams } = new URL(page.url());
  return { query: searchParams.get("q"), from: searchParams.get("from"), to: searchParams.get("to") };
}

const badMinute = {
  from: new Date(badMinuteMs).toISOString(),
  to: new Date(badMinuteMs + minuteMs).toISOString(),
};

/** Clicks on the middle of what is red in a drawing, when there is something. */
async function clickRed(page: Page, canvas: string): Promise<void> {
  const drawing = page.locator(canvas);
  await until("something is red", async () => (await spotOf(drawing, "--c5")) !== undefined, 20_000);
  const spot = (await spotOf(drawing, "--c5"))!;
  const box = (await drawing.boundingBox())!;
  await page.mouse.click(box.x + spot.x, box.y + spot.y);
}

test("every app is there with its figures", async () => {
  const page = await overview();
  const cells = async (app: string): Promise<string[]> =>
    await page
      .getByRole("row", { name: new RegExp(`^${app}`) })
      .getByRole("cell")
      .allInnerTexts();
  const [name, rate, , ratio, p95, instances, errors, version] = await cells("flaky");
  // One request per second, of which every tenth fails, in every window of whole minutes.
  expect({ name, rate, ratio, p95: p95?.trim(), instances, version }).toEqual({
    name: "flaky",
    rate: "1",
    ratio: "10.0 %",
    p95: "12 ms",
    instances: "0 of 1",
    version: "1.0",
  });
  // Six in every minute; the window's ends may cut one off or in.
  expect(Number(errors)).toBeGreaterThan(5.7);
  expect(Number(errors)).toBeLessThan(6.3);
  expect((await cells("edge"))[0]).toContain("edge");
  expect((await cells("shop"))[7]).toBe("7.1");
  const worker = await cells("worker");
  expect(worker[0]).toContain("no HTTP");
  expect([worker[1], worker[3], worker[4]]).toEqual(["–", "–", "–"]);
});

test("the cluster's histogram counts the edge only, and says so; its table has the figures", async () => {
  const page = await overview();
  const panel = page.getByRole("region", { name: "HTTP status at the edge" });
  await panel.getByText("counts edge").waitFor();
  await page.keyboard.press("t");
  const minute = new Date(badMinuteMs).toISOString().slice(11, 16);
  const row = panel.getByRole("row", { name: new RegExp(`^${minute}`) });
  // Columns: time, 5xx, 4xx, 3xx, 2xx.
  expect(await row.getByRole("cell").allInnerTexts()).toEqual([minute, "10", "3", "0", "47"]);
  await page.keyboard.press("t");
  await panel.getByRole("img").waitFor();
});

test("the red of the cluster's histogram opens exactly its lines; Back returns", async () => {
  const page = await overview();
  await clickRed(page, ".status canvas");
  await page.waitForURL(/\/explore/);
  expect(asked(page)).toEqual({ query: "app:edge status:500..599", ...badMinute });
  const explore = new ExploreView(page);
  await explore.waitForTotal(10);
  const rows = await explore.waitForRows("ten rows", (all) => all.length === 10);
  const expected = Array.from({ length: 10 }, (_, second) => `GET /cart/${600 + second} 503`);
  expect(rows.map(({ message }) => /GET \S+ \d+/.exec(message)?.[0]).reverse()).toEqual(expected);
  await page.goBack();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/");
});

test("the red of an app's row opens exactly its lines; Back returns", async () => {
  const page = await overview();
  await clickRed(page, "tr:has-text('shop') canvas");
  await page.waitForURL(/\/explore/);
  expect(asked(page)).toEqual({ query: "app:shop status:500..599", ...badMinute });
  const explore = new ExploreView(page);
  await explore.waitForTotal(6);
  const rows = await explore.waitForRows("six rows", (all) => all.length === 6);
  expect(rows.every(({ subject, message }) => subject.startsWith("shop") && message.includes("503"))).toBe(
    true,
  );
  await page.goBack();
  await page.getByRole("row", { name: /^shop/ }).waitFor();
});

test("a click on what went well opens that class", async () => {
  const page = await overview();
  const drawing = page.locator(".status canvas");
  await until("the lanes are drawn", async () => (await spotOf(drawing, "--c2")) !== undefined, 20_000);
  const spot = (await spotOf(drawing, "--c2"))!;
  const box = (await drawing.boundingBox())!;
  await page.mouse.click(box.x + spot.x, box.y + spot.y);
  await page.waitForURL(/\/explore/);
  expect(asked(page).query).toBe("app:edge status:200..299");
});

test("the filter and the order of apps are in the address", async () => {
  const page = await overview();
  await page.getByRole("button", { name: "A–Z" }).click();
  await page.getByRole("searchbox", { name: "Filter apps" }).fill("f");
  await until("only flaky is left", async () => (await page.locator("tbody tr").count()) === 1, 10_000);
  const address = page.url().slice(site.cluster.url.length);
  const again = await site.open(address);
  await again.getByRole("row", { name: /^flaky/ }).waitFor();
  expect(await again.getByRole("searchbox", { name: "Filter apps" }).inputValue()).toBe("f");
  expect(await again.getByRole("button", { name: "A–Z" }).getAttribute("aria-pressed")).toBe("true");
});
