import { SeamarkError } from "../../common/base/errors.ts";
import type { LogsAnswer, Row } from "../api/types.ts";
import { type LineBuffer, linesMax } from "./line-buffer.ts";

/** What the list shows: a query over a fixed range, so that pages fit together while time goes on. */
export interface FeedScope {
  readonly query: string;
  readonly from: string;
  readonly to: string;
}

/** Asks for one page. */
export type AskPage = (
  scope: FeedScope,
  page: { readonly order: "asc" | "desc"; readonly limit: number; readonly cursor?: string },
  signal: AbortSignal,
) => Promise<LogsAnswer>;

export interface FeedState {
  readonly loading: boolean;
  readonly error?: SeamarkError;
  /** The answer to the first page: its completeness, its time, its error of the query, its groups. */
  readonly answer?: LogsAnswer;
  /** There is more behind the end, or before the front, of what is kept. */
  readonly hasAfter: boolean;
  readonly hasBefore: boolean;
}

/** First page small, so that lines are there at once; then as much as a flick of the wheel passes. */
const firstPageRows = 300;
const pageRows = 1000;

interface Direction {
  readonly scope: FeedScope;
  readonly order: "asc" | "desc";
  cursor: string | undefined;
  busy: boolean;
}

const idle: FeedState = { loading: false, hasAfter: false, hasBefore: false };

/** Fills a buffer page by page, from one end of the range or from a time inside it in both directions. */
export class LineFeed {
  readonly #ask: AskPage;
  readonly #buffer: LineBuffer;
  readonly #changed: (state: FeedState, what: "start" | "after" | "before") => void;
  #round = new AbortController();
  #order: "asc" | "desc" = "desc";
  #after: Direction | undefined;
  #before: Direction | undefined;
  #state: FeedState = idle;

  constructor(
    ask: AskPage,
    buffer: LineBuffer,
    changed: (state: FeedState, what: "start" | "after" | "before") => void,
  ) {
    this.#ask = ask;
    this.#buffer = buffer;
    this.#changed = changed;
  }

  get state(): FeedState {
    return this.#state;
  }

  stop(): void {
    this.#round.abort();
    this.#after = this.#before = undefined;
    this.#state = idle;
  }

  /** Starts anew; with `anchor` (RFC 3339) in the middle, else at the front. The old lines stay until the new come. */
  async start(scope: FeedScope, order: "asc" | "desc", anchor?: string): Promise<void> {
    this.#round.abort();
    const round = new AbortController();
    this.#round = round;
    this.#order = order;
    const { error: _, ...before } = this.#state;
    this.#set({ ...before, loading: true }, "start");
    try {
      const [after, earlier] = await this.#firstPages(scope, order, anchor, round.signal);
      if (round.signal.aborted) return;
      this.#buffer.clear();
      if (earlier) this.#buffer.append([...(earlier.rows ?? [])].reverse(), order);
      this.#buffer.append(after.rows ?? [], order);
      this.#settle(after, "start");
    } catch (thrown) {
      if (!round.signal.aborted) this.#fail(thrown, "start");
    }
  }

  async #firstPages(
    scope: FeedScope,
    order: "asc" | "desc",
    anchor: string | undefined,
    signal: AbortSignal,
  ): Promise<[LogsAnswer, LogsAnswer | undefined]> {
    const { from, to, query } = scope;
    const later = { query, from: anchor ?? from, to };
    const older = { query, from, to: anchor ?? to };
    const forward = order === "asc" ? later : older;
    const page = { order, limit: firstPageRows };
    const opposite = order === "asc" ? ("desc" as const) : ("asc" as const);
    const backward = order === "asc" ? older : later;
    const [after, before] = await Promise.all([
      this.#ask(forward, page, signal),
      anchor === undefined
        ? undefined
        : this.#ask(backward, { order: opposite, limit: firstPageRows }, signal),
    ]);
    this.#after = direction(forward, order, after);
    this.#before = before && direction(backward, opposite, before);
    return [after, before];
  }

  /** The next page behind the end; nothing when there is none or one is on its way. */
  async loadAfter(): Promise<void> {
    const direction = this.#after;
    if (this.#buffer.length >= linesMax) return;
    await this.#load(direction, "after", (rows) => this.#buffer.append(rows, this.#order));
  }

  /** The page before the front. */
  async loadBefore(): Promise<void> {
    if (this.#buffer.length >= linesMax) return;
    await this.#load(this.#before, "before", (rows) => this.#buffer.prepend([...rows].reverse()));
  }

  async #load(
    direction: Direction | undefined,
    what: "after" | "before",
    add: (rows: readonly Row[]) => number,
  ): Promise<void> {
    if (!direction || direction.busy || direction.cursor === undefined) return;
    direction.busy = true;
    const { signal } = this.#round;
    this.#set({ ...this.#state, loading: true }, what);
    try {
      const page = { order: direction.order, limit: pageRows, cursor: direction.cursor };
      const answer = await this.#ask(direction.scope, page, signal);
      if (signal.aborted) return;
      direction.cursor = answer.cursor ?? undefined;
      add(answer.rows ?? []);
      this.#settle(this.#state.answer ?? answer, what);
    } catch (thrown) {
      if (!signal.aborted) this.#fail(thrown, what);
    } finally {
      direction.busy = false;
    }
  }

  #settle(answer: LogsAnswer, what: "start" | "after" | "before"): void {
    if (this.#after?.cursor === undefined) this.#buffer.flushOrphans();
    this.#set(
      {
        loading: false,
        answer,
        hasAfter: this.#after?.cursor !== undefined,
        hasBefore: this.#before?.cursor !== undefined,
      },
      what,
    );
  }

  #fail(thrown: unknown, what: "start" | "after" | "before"): void {
    const error =
      thrown instanceof SeamarkError
        ? thrown
        : new SeamarkError("unavailable", String(thrown), { cause: thrown });
    this.#set({ ...this.#state, loading: false, error }, what);
  }

  #set(state: FeedState, what: "start" | "after" | "before"): void {
    this.#state = state;
    this.#changed(state, what);
  }
}

function direction(scope: FeedScope, order: "asc" | "desc", answer: LogsAnswer): Direction {
  return { scope, order, cursor: answer.cursor ?? undefined, busy: false };
}
