import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Containers } from "../cluster/containers.ts";
import { ExploreView } from "./explore-view.ts";
import { nanos, originOf } from "./poster.ts";
import { prefix, Site } from "./site.ts";

/** Would set a mark in the page if it were ever read as markup. */
const attack = `<img src=x onerror="window.attacked=1"><script>window.attacked=1</script>`;
const containers = new Containers(undefined, prefix);
let site: Site;

/** Octal escapes of the shell's printf: NUL, ESC, a right-to-left override, Hebrew, a C1 control, a broken UTF-8 byte. */
const lines = [
  attack.replaceAll("%", "%%"),
  "nul \\000 in between",
  "\\033[31mred\\033[0m and \\033[1;44mblue\\033[0m words",
  "\\033]0;title\\007\\033[2J\\033[H cleared the screen",
  "override \\342\\200\\256gnp.exe end",
  "hebrew \\327\\251\\327\\234\\327\\225\\327\\235 end",
  "broken \\377\\376 bytes",
  '{"msg":"json <b>bold</b>","<i>key</i>":"<u>value</u>","url":"javascript:alert(1)"}',
];

beforeAll(async () => {
  await containers.prepare();
  site = await Site.start({ collector: ["--host-name", "hostile-host"] });
  const script = `${lines.map((line) => `printf '${line}\\n'`).join("\n")}\nsleep 600`;
  await containers.run({ name: "hostile", script, labels: { "seamark.app": "hostile" } });
  const origin = originOf(7, "<b>app</b>", {
    "seamark.edge": true,
    "service.version": "<i>1</i>",
    "container.labels": { "<em>label</em>": attack },
  });
  const row = { "origin.id": origin["origin.id"], "@timestamp": nanos(Date.now() - 1000) };
  await site.poster.post(
    [origin],
    [
      {
        ...row,
        "event.sequence": 1,
        message: `"GET /${attack} HTTP/1.1" 500`,
        "http.request.method": "GET",
        "url.original": `/${attack}`,
        "url.path": `/${attack}`,
        "http.response.status_code": 500,
        "log.level": attack,
        attrs: { [attack]: attack, nested: { [attack]: [attack] } },
        "error.type": attack,
        "error.stack_trace": `${attack}\n  at ${attack}`,
      },
      { ...row, "event.sequence": 2, "event.kind": "event", "event.action": attack, message: attack },
      { ...row, "event.sequence": 3, "event.kind": "gap", "event.reason": attack, message: attack },
    ],
  );
});

afterAll(async () => {
  await containers.remove();
  await site.stop();
});

afterEach(async () => expect(await site.closePages()).toEqual([]));

async function expectUnharmed(page: Page): Promise<void> {
  const found = await page.evaluate(() => ({
    attacked: (globalThis as { attacked?: number }).attacked,
    foreign: document.querySelectorAll("#app img, #app script, #app :is(b, i, em, u):has(script)").length,
  }));
  expect(found).toEqual({ attacked: undefined, foreign: 0 });
}

test("the watch sees what it should: markup that gets in is a problem on the console", async () => {
  const page = await site.open("/");
  await page.evaluate((markup) => {
    document.body.insertAdjacentHTML("beforeend", markup);
    const script = document.createElement("script");
    script.textContent = "window.attacked = 2";
    document.body.append(script);
  }, attack);
  await page.waitForFunction(() => document.querySelector("img")?.complete);
  // The policy stops it all the same.
  expect(await page.evaluate(() => (globalThis as { attacked?: number }).attacked)).toBe(undefined);
  await page.evaluate(() => fetch("http://127.0.0.1:9/").catch(() => undefined));
  const problems = await site.closePages();
  expect(problems.some((text) => /inline (event handler|script)/i.test(text))).toBe(true);
  expect(problems.some((text) => /127\.0\.0\.1:9/.test(text))).toBe(true);
});

test("lines of a container are text: markup, NUL, colours, other directions, broken bytes", async () => {
  const view = new ExploreView(await site.open("/explore?q=app%3Ahostile%20-event.kind%3A*&order=asc"));
  await view.waitForTotal(lines.length);
  const messages = await view.messages();
  expect(messages[0]).toBe(attack);
  expect(messages[1]).toBe("nul  in between");
  expect(messages[2]).toBe("red and blue words");
  expect(messages[3]).toBe(" cleared the screen");
  expect(messages[4]).toBe("override \u202egnp.exe end");
  expect(messages[5]).toBe("hebrew שלום end");
  expect(messages[6]).toBe("broken \ufffd\ufffd bytes");
  expect(messages[7]).toContain("json <b>bold</b>");
  expect(messages[7]).toContain("<i>key</i>=<u>value</u>");
  const red = view.row("red and blue").getByText("red", { exact: true });
  const plain = view.row("red and blue").getByText("and", { exact: false }).last();
  const colour = (element: Element): string => getComputedStyle(element).color;
  expect(await red.evaluate(colour)).not.toBe(await plain.evaluate(colour));
  await expectUnharmed(view.page);
});

test("a line of another direction does not move or turn what stands beside it", async () => {
  const view = new ExploreView(await site.open("/explore?q=app%3Ahostile%20override"));
  const row = view.row("override");
  await row.waitFor();
  const [time, level, subject, message] = await row.getByRole("cell").all();
  const left = async (cell: typeof time): Promise<number> => (await cell!.boundingBox())!.x;
  const order = [await left(time), await left(level), await left(subject), await left(message)];
  expect(order).toEqual([...order].sort((a, b) => a - b));
  expect((await row.boundingBox())!.height).toBeLessThanOrEqual(21);
});

test("an open line, its JSON, its text and its context are text", async () => {
  const view = new ExploreView(await site.open("/explore?q=host%3Aposted-host&order=asc"));
  await view.row("GET /").click();
  await view.openLine.waitFor();
  await view.openLine.getByText(attack).first().waitFor();
  await expectUnharmed(view.page);
  // However long the name of a field is, its value and those of the others have the larger part.
  const value = await view.openLine.getByRole("button", { name: "posted-host", exact: true }).boundingBox();
  const panel = await view.openLine.boundingBox();
  expect(value!.width).toBeGreaterThan(panel!.width * 0.2);
  for (const tab of [/JSON/, /Text|frames?/]) {
    await view.openLine.getByRole("button", { name: tab }).first().click();
    await view.openLine.locator("pre").getByText("onerror").waitFor();
    await expectUnharmed(view.page);
  }
});

test("names of apps and fields, values and completions are text", async () => {
  const page = await site.open("/");
  await page.getByRole("row", { name: /<b>app<\/b>/ }).waitFor();
  await page.getByText("counts <b>app</b>").waitFor();
  await expectUnharmed(page);
  const view = new ExploreView(await site.open("/explore?q=host%3Aposted-host"));
  const fields = view.page.getByRole("complementary", { name: "Fields" });
  await fields.getByRole("button", { name: /url\.path/ }).click();
  await fields.getByText(`/${attack}`).waitFor();
  await view.query.fill("app:");
  await view.page.getByRole("option").filter({ hasText: "<b>app</b>" }).waitFor();
  await expectUnharmed(view.page);
  await view.query.press("Escape");
  await view.search(attack);
  await view.page
    .getByRole("status")
    .filter({ hasText: "Showing lines" })
    .or(view.row("GET /"))
    .first()
    .waitFor();
  await expectUnharmed(view.page);
});
