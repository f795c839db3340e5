import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { LogRow } from "../../common/wire/row.ts";
import { until } from "../cluster/parts.ts";
import { ExploreView, type ShownRow } from "./explore-view.ts";
import { nanos, originOf } from "./poster.ts";
import { Site } from "./site.ts";

const itemsCount = 1500;
const stepMs = 100;
const firstMs = Date.now() - 10 * 60_000;
const catalog = originOf(1, "catalog");
const cart = originOf(2, "cart", { "service.version": "2.5" });

/** Items from which ten lines of a stack trace follow: one across each end of the first page of 300 rows. */
const traces = [295, itemsCount - 295];
const traceLines = 10;

let site: Site;

/** Five items share each time, so that only the sequence orders them. */
function items(): LogRow[] {
  const rows: LogRow[] = [];
  let sequence = 100;
  for (let item = 1; item <= itemsCount; item += 1) {
    const time = nanos(firstMs + Math.floor(item / 5) * 5 * stepMs, 7);
    const head = { "@timestamp": time, "origin.id": catalog["origin.id"], "event.sequence": sequence++ };
    const level = item % 50 === 0 ? "error" : item % 10 === 0 ? "warn" : "info";
    const attrs = { shelf: `s${item % 3}`, weight: item };
    rows.push({ ...head, message: `item ${item} was put away`, "log.level": level, attrs });
    if (!traces.includes(item)) continue;
    for (let line = 1; line <= traceLines; line += 1) {
      const group = { "event.sequence": sequence++, "event.group": head["event.sequence"] };
      rows.push({ ...head, ...group, message: `    at frame${line} (shelf.js:${line})` });
    }
  }
  return rows;
}

const cartCount = 40;

function cartRequests(): LogRow[] {
  return Array.from({ length: cartCount }, (_, number) => ({
    "@timestamp": nanos(firstMs + number * 1000, 1),
    "origin.id": cart["origin.id"],
    "event.sequence": number,
    message: `10.0.0.1 - - [now] "GET /cart/${number} HTTP/1.1" ${number % 4 === 0 ? 404 : 200} 17`,
    "log.level": "info",
    "http.request.method": "GET",
    "url.original": `/cart/${number}`,
    "url.path": `/cart/${number}`,
    "http.response.status_code": number % 4 === 0 ? 404 : 200,
  }));
}

beforeAll(async () => {
  site = await Site.start();
  await site.poster.post([catalog, cart], [...items(), ...cartRequests()]);
});

afterAll(() => site.stop());
afterEach(async () => expect(await site.closePages()).toEqual([]));

async function explore(address = "/explore"): Promise<ExploreView> {
  const view = new ExploreView(await site.open(address));
  await view.list.getByRole("row").first().waitFor();
  return view;
}

const param = (page: Page, name: string): string | null => new URL(page.url()).searchParams.get(name);

/** The number of an item's row. */
const itemOf = (message: string): number => Number(/^item (\d+)/.exec(message)?.[1]);

describe("query", () => {
  test("what is typed filters with Enter, and is in the address", async () => {
    const view = await explore();
    await view.waitForTotal(itemsCount + cartCount);
    await view.search("app:cart status:404");
    await view.waitForTotal(cartCount / 4);
    const rows = await view.waitForRows("ten rows", (all) => all.length === cartCount / 4);
    expect(rows.every(({ subject, message }) => subject.startsWith("cart") && message.includes("404"))).toBe(
      true,
    );
    expect(param(view.page, "q")).toBe("app:cart status:404");
    await view.page.goBack();
    await view.waitForTotal(itemsCount + cartCount);
    expect(await view.query.inputValue()).toBe("");
  });

  test("completion offers fields, then values with their counts", async () => {
    const view = await explore();
    await view.query.click();
    await view.query.pressSequentially("servi");
    const option = view.page.getByRole("option");
    await option.filter({ hasText: "service.version" }).waitFor();
    expect(await option.first().textContent()).toContain("service.name");
    await view.query.press("Tab");
    expect(await view.query.inputValue()).toMatch(/^service(\.name)?:$/);
    await option.filter({ hasText: "catalog" }).waitFor();
    expect(await option.filter({ hasText: "cart" }).textContent()).toContain(String(cartCount));
    await view.query.pressSequentially("car");
    await until("one value is left", async () => (await option.count()) === 1, 10_000);
    await view.query.press("Tab");
    expect((await view.query.inputValue()).trim()).toMatch(/^service(\.name)?:cart$/);
    await view.query.press("Enter");
    await view.waitForTotal(cartCount);
  });

  test("text can be deleted letter by letter, by words and as a whole", async () => {
    const view = await explore();
    await view.query.click();
    await view.query.pressSequentially("app:cart status:4041");
    await view.query.press("Backspace");
    expect(await view.query.inputValue()).toBe("app:cart status:404");
    await view.query.press("Control+Backspace");
    expect(await view.query.inputValue()).toBe("app:cart status:");
    await view.query.press("Shift+Home");
    await view.query.press("Delete");
    expect(await view.query.inputValue()).toBe("");
  });

  test("a broken query is underlined at the place, explained, and its words are searched", async () => {
    const view = await explore();
    await view.search("item 1499 (level:error");
    const reason = view.page.locator("#query-error");
    await reason.waitFor();
    expect(await reason.textContent()).toContain("At character 11: This ( is not closed");
    // Said when the search has answered; the place of the mistake is known before.
    await reason.filter({ hasText: "Showing lines that contain this text instead" }).waitFor();
    expect(await view.query.getAttribute("aria-invalid")).toBe("true");
    const underlined = view.page.locator(".qlayer .err");
    expect(await underlined.textContent()).toBe("(");
    const line = await underlined.evaluate((piece) => getComputedStyle(piece).textDecoration);
    expect(line).toMatch(/underline.* wavy/);
    await view.search("item 1499 (");
    await view.row("item 1499 was put away").waitFor();
    await expect.poll(async () => (await view.shown()).length, { timeout: 10_000 }).toBe(1);
  });

  test("a pipe answers with groups", async () => {
    const view = await explore();
    await view.search("app:cart | count by status");
    await view.page.getByRole("row", { name: /^404 10/ }).waitFor();
    await view.page.getByRole("row", { name: /^200 30/ }).waitFor();
  });
});

describe("an open row", () => {
  test("shows its fields and the context of its container", async () => {
    const view = await explore("/explore?q=item%20700");
    await view.row("item 700 was put away").click();
    await view.openLine.waitFor();
    for (const text of ["service.name", "catalog", "shelf", "weight", "700", "posted-host"])
      expect(await view.openLine.textContent()).toContain(text);
    const context = view.openLine.locator(".ctx .lr");
    await until("context rows", async () => (await context.count()) === 11, 10_000);
    const messages = await context.locator(".m").allInnerTexts();
    expect(messages.map(itemOf)).toEqual([695, 696, 697, 698, 699, 700, 701, 702, 703, 704, 705]);
    expect(await context.nth(5).getAttribute("class")).toContain("sel");
    await view.row("item 700 was put away").click();
    await view.openLine.waitFor({ state: "detached" });
  });

  test("a click on a value adds field:value, Alt-click excludes it", async () => {
    const view = await explore("/explore?q=item%20700");
    await view.row("item 700 was put away").click();
    await view.openLine.getByRole("button", { name: /^s1$/ }).click();
    await until(
      "the filter is in the query",
      async () => param(view.page, "q") === "item 700 shelf:s1",
      5_000,
    );
    await view.waitForTotal(1);
    await view.search("app:catalog");
    await view.waitForTotal(itemsCount);
    await view.row("item 1500 was put away").click();
    await view.openLine.getByRole("button", { name: /^error$/ }).click({ modifiers: ["Alt"] });
    await view.waitForTotal(itemsCount - itemsCount / 50);
    expect(await view.query.inputValue()).toMatch(/^app:catalog -(log\.)?level:error$/);
  });

  test("a value of the field list filters too", async () => {
    const view = await explore("/explore?q=app%3Acart");
    const fields = view.page.getByRole("complementary", { name: "Fields" });
    await fields.getByRole("button", { name: "404", exact: true }).click();
    await view.waitForTotal(cartCount / 4);
    expect(await view.query.inputValue()).toMatch(/^app:cart (status|http\.response\.status_code):404$/);
  });

  test("a stack trace is folded under its line and opens with it", async () => {
    const view = await explore(`/explore?q=item%20${traces[0]}%20or%20frame1%20or%20frame2`);
    const row = view.row(`item ${traces[0]} was put away`);
    await row.click();
    await view.openLine.getByRole("button", { name: /frames/ }).click();
    await view.openLine.getByText("at frame10 (shelf.js:10)").waitFor();
  });
});

test("lines of a trace that match without its first line stand in their place in time", async () => {
  // Newest first: a frame of the later trace, an item between the traces, a frame of the earlier one.
  const query = 'frame3 or "item 700 was"';
  for (const order of ["desc", "asc"]) {
    const view = await explore(`/explore?q=${encodeURIComponent(query)}&order=${order}`);
    const rows = await view.waitForRows("three rows", (all) => all.length === 3);
    expect(rows.map(({ message }) => message.trim().slice(0, 9))).toEqual([
      "at frame3",
      "item 700 ",
      "at frame3",
    ]);
  }
});

describe("address", () => {
  test("restores the whole state in a new tab", async () => {
    const view = await explore();
    await view.search("app:catalog");
    await view.waitForTotal(itemsCount);
    await view.page.getByRole("button", { name: "Newest first" }).click();
    await view.page.getByRole("button", { name: "Wrap" }).click();
    await view.page.getByRole("button", { name: "HTTP class" }).click();
    await view.page.getByRole("button", { name: /Switch to the light theme/ }).click();
    await brushLeftHalf(view.page);
    await until("a brush", () => param(view.page, "brush") !== null, 10_000);
    const rows = await view.waitForRows(
      "oldest first",
      ([first]) => first?.message.startsWith("item 1 ") === true,
    );
    await view.row(rows[7]!.message).click();
    await view.openLine.waitFor();
    const address = view.page.url().slice(site.cluster.url.length);

    const again = await explore(address);
    await again.openLine.waitFor();
    expect(again.page.url()).toBe(view.page.url());
    expect(await again.query.inputValue()).toBe("app:catalog");
    expect(await again.openLine.textContent()).toContain(`item ${itemOf(rows[7]!.message)} was put away`);
    const pressed = async (name: string | RegExp): Promise<string | null> =>
      await again.page.getByRole("button", { name }).getAttribute("aria-pressed");
    expect([await pressed("Wrap"), await pressed("HTTP class")]).toEqual(["true", "true"]);
    await again.page.getByRole("button", { name: "Oldest first" }).waitFor();
    await again.page.getByRole("button", { name: /Switch to the dark theme/ }).waitFor();
    const heading = (page: Page): Promise<string | null> =>
      page.getByRole("heading", { name: /^Lines/ }).textContent();
    expect(await heading(again.page)).toBe(await heading(view.page));
    expect(await again.messages()).toEqual(await view.messages());
  });

  test("a brush limits the list to its part of time; Escape clears it", async () => {
    const view = await explore();
    await view.waitForTotal(itemsCount + cartCount);
    await brushLeftHalf(view.page);
    await until("a brush", () => param(view.page, "brush") !== null, 10_000);
    const [fromMs, toMs] = param(view.page, "brush")!.split("-").map(Number);
    const inside = [...items(), ...cartRequests()].filter(
      (row) =>
        row["event.group"] === undefined &&
        Date.parse(row["@timestamp"]) >= fromMs! &&
        Date.parse(row["@timestamp"]) < toMs!,
    );
    await view.waitForTotal(inside.length);
    await view.page.keyboard.press("Escape");
    await view.waitForTotal(itemsCount + cartCount);
    expect(param(view.page, "brush")).toBe(null);
  });
});

/** Drags over the first half of what is drawn, from before the first line. */
async function brushLeftHalf(page: Page): Promise<void> {
  const area = page.locator(".brush-area");
  const box = (await area.boundingBox())!;
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * 0.5, y);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.7, y, { steps: 5 });
  await page.mouse.up();
}

describe("keyboard", () => {
  test("j and k move, Enter opens, Escape closes, / goes to the query, ? helps", async () => {
    const view = await explore("/explore?q=app%3Acatalog");
    const { keyboard } = view.page;
    const selected = async (): Promise<string | undefined> =>
      (await view.shown()).find(({ className }) => /\bsel\b/.test(className))?.message.split(" was")[0];
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await keyboard.press(key);
    };
    const is = async (item: number | undefined): Promise<void> =>
      await until(
        `item ${item} is selected`,
        async () => (await selected()) === (item === undefined ? undefined : `item ${item}`),
        10_000,
        selected,
      );
    await press("j", "j", "j", "k");
    await is(itemsCount - 1);
    await press("Enter");
    await view.openLine.waitFor();
    await press("Escape");
    await view.openLine.waitFor({ state: "detached" });
    await press("Escape");
    await is(undefined);
    await press("/");
    expect(await view.query.evaluate((input) => document.activeElement === input)).toBe(true);
    await press("j", "l");
    expect(await view.query.inputValue()).toBe("app:catalogjl");
    await press("Escape", "Escape");
    await press("?");
    const help = view.page.getByRole("dialog", { name: "Keys" });
    await help.waitFor();
    await press("Escape");
    await help.waitFor({ state: "detached" });
    await press("l");
    await view.page.getByRole("heading", { name: /^Live lines/ }).waitFor();
    await press("l");
    await view.page.getByRole("heading", { name: /^Lines/ }).waitFor();
  });

  test("n goes to the next failure, c opens its context unfiltered, x excludes the line's app", async () => {
    const view = await explore("/explore?q=app%3Acatalog%20-level%3Awarn");
    const { keyboard } = view.page;
    const isSelected = (item: number) => (rows: readonly ShownRow[]) =>
      rows.some(({ className, message }) => /\bsel\b/.test(className) && itemOf(message) === item);
    await keyboard.press("n");
    await view.waitForRows("the newest error is selected", isSelected(itemsCount));
    await keyboard.press("n");
    await view.waitForRows("the one before is selected", isSelected(itemsCount - 50));
    await keyboard.press("c");
    await view.page.getByRole("heading", { name: /^Context/ }).waitFor();
    await view.waitForRows("warnings around it", (rows) =>
      rows.some(({ message, level }) => itemOf(message) === itemsCount - 60 && level === "WARN"),
    );
    await keyboard.press("Escape");
    await view.page.getByRole("heading", { name: /^Lines/ }).waitFor();
    await view.waitForRows("the search again", (rows) => rows.some(({ level }) => level === "INFO"));
    await keyboard.press("j");
    await keyboard.press("x");
    await until(
      "the app is excluded",
      async () => /-app:catalog/.test(await view.query.inputValue()),
      10_000,
    );
  });
});

describe("the list", () => {
  test("newest first by default; oldest first by a click", async () => {
    const view = await explore("/explore?q=app%3Acatalog");
    await view.waitForRows("the newest item first", ([first]) => itemOf(first?.message ?? "") === itemsCount);
    await view.page.getByRole("button", { name: "Newest first" }).click();
    await view.waitForRows("the oldest item first", ([first]) => itemOf(first?.message ?? "") === 1);
    expect(param(view.page, "order")).toBe("asc");
  });

  const everyItem = Array.from({ length: itemsCount }, (_, at) => at + 1);
  for (const order of ["asc", "desc"]) {
    test(`paging to the end shows every row once, in order (${order})`, async () => {
      const view = await explore(`/explore?q=app%3Acatalog&order=${order}`);
      await view.waitForTotal(itemsCount);
      const rows = await view.readToEnd();
      const wanted = order === "asc" ? everyItem : [...everyItem].reverse();
      expect(rows.map(({ message }) => itemOf(message))).toEqual(wanted);
      expect(rows.map(({ rowIndex }) => rowIndex)).toEqual(everyItem.map((at) => at + 1));
      const folded = rows.filter(({ message }) => message.endsWith(`+${traceLines} frames`));
      expect(folded.map(({ message }) => itemOf(message)).sort((a, b) => a - b)).toEqual(traces);
    });
  }
});
