import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { LogRow } from "../../common/wire/row.ts";
import { until } from "../cluster/parts.ts";
import { ExploreView } from "./explore-view.ts";
import { nanos, originOf } from "./poster.ts";
import { phone, Site } from "./site.ts";

const firstPageBytesMax = 100_000;
const rowsCount = 400;
const origin = originOf(1, "a-rather-long-name-of-an-app-that-somebody-chose", {
  "service.node.name": "a-rather-long-name-of-an-app-that-somebody-chose.8f3c2e1a-77aa-4aab",
});
let site: Site;

function requestRow(number: number): LogRow {
  const status = number % 9 === 0 ? 503 : 200;
  const path = `/a/path/of/some/length/${number}/${"x".repeat(number % 80)}`;
  return {
    "@timestamp": nanos(Date.now() - 60_000 + number * 100),
    "origin.id": origin["origin.id"],
    "event.sequence": number,
    message: `10.0.0.1 - - [now] "GET ${path} HTTP/1.1" ${status} 217`,
    "log.level": status === 503 ? "error" : "info",
    "http.request.method": "GET",
    "url.original": path,
    "url.path": path,
    "http.response.status_code": status,
    "event.duration": 12_000_000,
  };
}

beforeAll(async () => {
  site = await Site.start();
  await site.poster.post(
    [origin],
    Array.from({ length: rowsCount }, (_, number) => requestRow(number)),
  );
});

afterAll(() => site.stop());
afterEach(async () => expect(await site.closePages()).toEqual([]));

/** Bytes over the wire of each file of a page's first visit, as a browser gets them that takes gzip only. */
async function wireBytes(path: string, ready: (page: Page) => Promise<void>): Promise<Map<string, number>> {
  const page = await site.blank({ extraHTTPHeaders: { "accept-encoding": "gzip" } });
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  const names = new Map<string, string>();
  const bytes = new Map<string, number>();
  const encodings = new Set<string | undefined>();
  session.on("Network.responseReceived", ({ requestId, response }) => {
    const name = new URL(response.url).pathname;
    names.set(requestId, name);
    if (name.endsWith(".js")) encodings.add(response.headers["content-encoding"]);
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const name = names.get(requestId) ?? "";
    if (!name.startsWith("/api/")) bytes.set(name, (bytes.get(name) ?? 0) + encodedDataLength);
  });
  await page.goto(site.cluster.url + path);
  await ready(page);
  await page.getByRole("img").locator("canvas").first().waitFor();
  expect([...encodings]).toEqual(["gzip"]);
  return bytes;
}

function withoutCharts(bytes: Map<string, number>): number {
  return [...bytes].reduce((sum, [name, size]) => sum + (/\/echarts-/.test(name) ? 0 : size), 0);
}

describe("size", () => {
  for (const path of ["/", "/explore"]) {
    test(`the first visit of ${path} costs at most 100 kB without the chart library`, async () => {
      const bytes = await wireBytes(path, (page) => page.getByRole("row").nth(1).waitFor());
      process.stdout.write(`${path}: ${withoutCharts(bytes)} B of ${JSON.stringify([...bytes])}\n`);
      expect([...bytes.keys()].some((name) => /\/echarts-/.test(name))).toBe(true);
      // A page of nothing would pass too: it has its script, its styles and its chart.
      expect(bytes.size).toBeGreaterThanOrEqual(4);
      expect(withoutCharts(bytes)).toBeGreaterThan(10_000);
      expect(withoutCharts(bytes)).toBeLessThanOrEqual(firstPageBytesMax);
    });
  }
});

/** Relative luminance (WCAG 2.2) of what a CSS colour of the page is, and the ratio of two. */
async function contrast(page: Page, selector: string): Promise<number> {
  return await page
    .locator(selector)
    .first()
    .evaluate((element) => {
      const channels = (text: string): number[] => (text.match(/[\d.]+/g) ?? []).map(Number);
      const luminance = (text: string): number => {
        const [red, green, blue] = channels(text)
          .slice(0, 3)
          .map((value) => {
            const share = value / 255;
            return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
          });
        return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
      };
      let ground: Element | null = element;
      while (ground && (channels(getComputedStyle(ground).backgroundColor)[3] ?? 1) === 0)
        ground = ground.parentElement;
      const back = luminance(getComputedStyle(ground ?? document.documentElement).backgroundColor);
      const front = luminance(getComputedStyle(element).color);
      return (Math.max(back, front) + 0.05) / (Math.min(back, front) + 0.05);
    });
}

describe("themes", () => {
  const ground = (page: Page): Promise<string> =>
    page.evaluate(() => getComputedStyle(document.body).backgroundColor);

  test("follows the system, a click changes it, the address keeps it", async () => {
    const dark = await site.open("/", { colorScheme: "dark" });
    const light = await site.open("/", { colorScheme: "light" });
    expect(await ground(dark)).toBe("rgb(12, 15, 19)");
    expect(await ground(light)).toBe("rgb(244, 246, 248)");
    await light.getByRole("button", { name: "Switch to the dark theme" }).click();
    await until("dark", async () => (await ground(light)) === "rgb(12, 15, 19)", 5000);
    const again = await site.open(light.url().slice(site.cluster.url.length), { colorScheme: "light" });
    await until("dark again", async () => (await ground(again)) === "rgb(12, 15, 19)", 5000);
  });

  for (const theme of ["dark", "light"]) {
    test(`text can be read in ${theme}`, async () => {
      const page = await site.open(`/?theme=${theme}`);
      await page.getByRole("row").nth(1).waitFor();
      for (const selector of ["h1", "th", "td.name b", "td.version", ".age", ".kpi .lab", "a.go"])
        expect(await contrast(page, selector), selector).toBeGreaterThanOrEqual(4.5);
      const view = new ExploreView(await site.open(`/explore?theme=${theme}`));
      await view.row("GET").first().waitFor();
      for (const selector of [
        ".lr .t",
        ".lr .lv",
        ".lr .s",
        ".lr .s em",
        ".lr .m span",
        ".lh span",
        ".fld .n",
      ])
        expect(await contrast(view.page, selector), selector).toBeGreaterThanOrEqual(4.5);
    });
  }
});

/** How much wider than the window the page is, CSS pixels. */
async function overflow(page: Page): Promise<number> {
  return await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.scrollingElement!;
    return scrollWidth - clientWidth;
  });
}

describe("a phone", () => {
  test("the Overview has no sideways scroll", async () => {
    const page = await site.open("/", { viewport: phone });
    await page
      .getByText(/a-rather-long-name/)
      .first()
      .waitFor();
    expect(await overflow(page)).toBe(0);
  });

  test("Explore has no sideways scroll: lines, open line, fields; the query stays on top", async () => {
    const view = new ExploreView(await site.open("/explore", { viewport: phone }));
    await view.row("GET").first().waitFor();
    expect(await overflow(view.page)).toBe(0);
    await view.row("GET").nth(1).click();
    await view.openLine.waitFor();
    expect(await overflow(view.page)).toBe(0);
    await view.page.getByRole("button", { name: "Fields", exact: true }).first().click();
    await view.page.getByRole("complementary", { name: "Fields" }).waitFor();
    expect(await overflow(view.page)).toBe(0);
    expect((await view.query.boundingBox())!.y).toBeLessThan(150);
  });

  test("what is touched is 40 px high", async () => {
    const view = new ExploreView(await site.open("/explore", { viewport: phone, hasTouch: true }));
    await view.row("GET").first().waitFor();
    for (const name of [/Live tail/, /\d\d:\d\d/, "Fields"]) {
      const box = (await view.page.getByRole("button", { name }).first().boundingBox())!;
      expect(box.height, String(name)).toBeGreaterThanOrEqual(40);
    }
  });
});

describe("accessibility", () => {
  test("the list says how many rows it has and which ones are drawn", async () => {
    const view = new ExploreView(await site.open("/explore"));
    await view.waitForTotal(rowsCount);
    await view.readToEnd();
    expect(await view.list.getAttribute("aria-rowcount")).toBe(String(rowsCount + 1));
    const rows = await view.shown();
    expect(rows.length).toBeLessThan(100);
    expect(rows.map(({ rowIndex }) => rowIndex)).toEqual(rows.map((_, at) => rows[0]!.rowIndex + at));
    expect(rows.at(-1)!.rowIndex).toBe(rowsCount + 1);
  });

  test("t shows the chart of Explore as a table and back", async () => {
    const view = new ExploreView(await site.open("/explore"));
    await view.waitForTotal(rowsCount);
    const chart = view.page.getByRole("region", { name: "Lines over time" });
    await view.page.keyboard.press("t");
    const table = chart.getByRole("table");
    await table.waitFor();
    const sums = await table.evaluate((element) => {
      const rows = [...element.querySelectorAll("tbody tr")];
      return rows.reduce((sum, row) => {
        const cells = [...row.querySelectorAll("td.num")];
        return sum + cells.reduce((all, cell) => all + Number((cell.textContent ?? "").replace(/,/g, "")), 0);
      }, 0);
    });
    expect(sums).toBe(rowsCount);
    await view.page.keyboard.press("t");
    await chart.getByRole("img").waitFor();
  });

  for (const path of ["/", "/explore"]) {
    test(`wherever Tab goes on ${path}, the focus is seen and has a name`, async () => {
      const page = await site.open(path);
      await page.getByRole("row").nth(1).waitFor();
      const unseen: string[] = [];
      const visited = new Set<string>();
      for (let step = 0; step < 60; step += 1) {
        await page.keyboard.press("Tab");
        const stop = await page.evaluate(() => {
          const element = document.activeElement;
          if (!element || element === document.body) return undefined;
          const rings = [element, element.closest(".q, label, .field")].filter((one) => one !== null);
          const isSeen = rings.some((ring) => {
            const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(ring);
            const outlined = outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2;
            return outlined || boxShadow !== "none";
          });
          const name =
            element.getAttribute("aria-label") ??
            element.textContent?.trim() ??
            element.getAttribute("title");
          return { html: element.outerHTML.slice(0, 120), name: name ?? "", isSeen };
        });
        if (!stop) break;
        visited.add(stop.html);
        if (!stop.isSeen || stop.name === "") unseen.push(stop.html);
      }
      expect(visited.size).toBeGreaterThan(10);
      expect(unseen).toEqual([]);
    });
  }

  test("nothing moves by itself where less motion is wished", async () => {
    const page = await site.open("/explore", { reducedMotion: "reduce" });
    await page.getByRole("row").nth(1).waitFor();
    const moving = await page.evaluate(() => document.getAnimations().length);
    expect(moving).toBe(0);
  });
});
