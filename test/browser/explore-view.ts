import type { Locator, Page } from "playwright-core";
import { until } from "../cluster/parts.ts";

/** A row of the list as it stands on the screen. */
export interface ShownRow {
  /** As assistive technology counts: 1 is the header. */
  readonly rowIndex: number;
  readonly className: string;
  readonly time: string;
  readonly level: string;
  readonly subject: string;
  readonly message: string;
}

const shownMaxMs = 20_000;

/** The Explore page as its user sees it: by roles and names. */
export class ExploreView {
  readonly page: Page;
  readonly query: Locator;
  readonly list: Locator;
  readonly openLine: Locator;

  constructor(page: Page) {
    this.page = page;
    this.query = page.getByRole("combobox", { name: "Query" });
    this.list = page.getByRole("table", { name: "Lines" });
    this.openLine = page.getByRole("region", { name: "The open line" });
  }

  /** Types a query and presses Enter. */
  async search(text: string): Promise<void> {
    await this.query.fill(text);
    await this.query.press("Enter");
  }

  row(text: string | RegExp): Locator {
    return this.list.getByRole("row").filter({ hasText: text });
  }

  /** The rows that are drawn, from top to bottom. */
  async shown(): Promise<ShownRow[]> {
    return await this.list.evaluate((list) => {
      const rows = [...list.querySelectorAll<HTMLElement>("[role=row][aria-rowindex]")];
      const read = (row: HTMLElement): ShownRow => {
        const [time, level, subject, message] = [...row.children].map((cell) => cell.textContent ?? "");
        return {
          rowIndex: Number(row.getAttribute("aria-rowindex")),
          className: row.className,
          time: time ?? "",
          level: level ?? "",
          subject: subject ?? "",
          message: message ?? "",
        };
      };
      return rows.map(read).sort((a, b) => a.rowIndex - b.rowIndex);
    });
  }

  async messages(): Promise<string[]> {
    return (await this.shown()).map(({ message }) => message);
  }

  /** Waits until the heading says that so many lines were found. */
  async waitForTotal(count: number): Promise<void> {
    const heading = this.page.getByRole("heading", { name: /^(Lines|Live lines|Context)/ });
    let said = "";
    await until(
      `${count} lines are found`,
      async () => {
        said = (await heading.textContent()) ?? "";
        return said.replace(/\D/g, "") === String(count);
      },
      shownMaxMs,
      () => said,
    );
  }

  /** Waits until the rows that are drawn satisfy the condition, and answers them. */
  async waitForRows(what: string, condition: (rows: ShownRow[]) => boolean): Promise<ShownRow[]> {
    let rows: ShownRow[] = [];
    await until(
      what,
      async () => {
        rows = await this.shown();
        return condition(rows);
      },
      shownMaxMs,
      () => rows.map((row) => Object.values(row).join(" | ")).join("\n"),
    );
    return rows;
  }

  /**
   * Scrolls from where the list is to its end, a little less than a screen at a time, and answers every row that was
   * seen, by its place in the list. A place that showed two different rows is a failure.
   */
  async readToEnd(): Promise<ShownRow[]> {
    const seen = new Map<number, ShownRow>();
    for (let still = 0; still < 3; ) {
      const before = seen.size;
      for (const row of await this.shown()) {
        const known = seen.get(row.rowIndex);
        if (known && known.message !== row.message)
          throw new Error(`row ${row.rowIndex} was "${known.message}" and is "${row.message}"`);
        seen.set(row.rowIndex, row);
      }
      const moved = await this.#scrollDown();
      still = moved || seen.size > before ? 0 : still + 1;
    }
    return [...seen.values()].sort((a, b) => a.rowIndex - b.rowIndex);
  }

  /** A step down; resolves after the list was drawn there and no page is on its way. */
  async #scrollDown(): Promise<boolean> {
    const moved = await this.list.evaluate(async (list) => {
      const before = list.scrollTop;
      list.scrollTop += list.clientHeight - 60;
      const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
      await frame();
      await frame();
      return list.scrollTop !== before;
    });
    if (!moved) await this.page.waitForLoadState("networkidle");
    return moved;
  }
}
