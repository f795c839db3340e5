import { createEffect, createMemo, createSignal, on, onCleanup, untrack } from "solid-js";
import type { SeamarkError } from "../../common/base/errors.ts";
import { formatNanos } from "../../common/base/nanotime.ts";
import type { LogScope } from "../api/client.ts";
import type { TailState } from "../api/tail.ts";
import type { FieldsAnswer, HistogramAnswer } from "../api/types.ts";
import { asSeamarkError } from "../shell/answer.ts";
import { useApp } from "../shell/app-context.ts";
import { rememberQuery } from "../shell/recent-queries.ts";
import { type RangeMs, resolveRange } from "../state/time-range.ts";
import { histogramInterval, type LineHistogram, lineHistogram } from "./histogram-model.ts";
import { LineBuffer } from "./line-buffer.ts";
import { type FeedState, LineFeed } from "./line-feed.ts";
import { LiveLines } from "./live-lines.ts";
import { LiveTail } from "./live-tail.ts";

const liveRefreshMs = 5000;
const contextRows = 200;
/** Counting, fields and lines are asked apart, so that the fast answer does not wait for the slow one. */
const iso = (ms: number) => new Date(ms).toISOString();

/** Where the list starts anew: at its front, or with a row in the middle. */
export interface Restart {
  readonly index: number | undefined;
}

export type Explore = ReturnType<typeof createExplore>;

/** Everything that Explore asks for, as signals; runs anew when the URL says another question. */
export function createExplore() {
  const app = useApp();
  const [nonce, setNonce] = createSignal(0);
  const scopes = createScopes(nonce);
  const mode = createMemo(() => (app.state().context ? "context" : app.state().live ? "live" : "search"));
  const list = createList(mode, scopes);
  const live = createLive(list, mode, scopes.query);
  const counts = createCounts(scopes.query, scopes.range, live.tick);
  const fields = createFields(scopes.scope, live.tick);
  createEffect(on(scopes.query, rememberQuery));
  return {
    ...scopes,
    ...list,
    mode,
    live,
    counts,
    fields,
    refresh: () => setNonce((before) => before + 1),
  };
}

/** What is asked for, fixed when the question is asked, so that pages, bars and fields are of the same time. */
function createScopes(nonce: () => number) {
  const app = useApp();
  const question = createMemo(() => {
    const { query, range, zone, live } = app.state();
    return JSON.stringify([query, range.from, range.to, range.from === "today" ? zone : "", live, nonce()]);
  });
  const ran = createMemo(() => {
    question();
    const nowMs = app.clock.nowMs();
    return { nowMs, range: untrack((): RangeMs => resolveRange(app.state().range, nowMs, app.zone())) };
  });
  const range = () => ran().range;
  const brush = createMemo(() => app.state().brush, undefined, {
    equals: (a, b) => a?.fromMs === b?.fromMs && a?.toMs === b?.toMs,
  });
  const query = createMemo(() => app.state().query);
  const listRange = (): RangeMs => brush() ?? range();
  const scope = createMemo((): LogScope & { from: string; to: string } => ({
    query: query(),
    from: iso(listRange().fromMs),
    to: iso(listRange().toMs),
  }));
  return { range, listRange, query, scope, ranMs: () => ran().nowMs };
}

type Scopes = ReturnType<typeof createScopes>;
type List = ReturnType<typeof createList>;

/** The lines: pages of the search, or the context of one line. A live tail puts its own into the same buffer. */
function createList(mode: () => string, { scope, listRange }: Scopes) {
  const app = useApp();
  const buffer = new LineBuffer();
  const [version, setVersion] = createSignal(0);
  const [restart, setRestart] = createSignal<Restart>({ index: undefined });
  const [feed, setFeed] = createSignal<FeedState>({ loading: true, hasAfter: false, hasBefore: false });
  const changed = () => setVersion((before) => before + 1);
  let goneTo: number | undefined;

  const lineFeed = new LineFeed(
    (asked, page, signal) => app.api.logs(asked, page, signal),
    buffer,
    (next, what) => {
      setFeed(next);
      changed();
      if (what === "start" && !next.loading) showStart();
    },
  );
  function showStart(): void {
    const { line } = untrack(app.state);
    const found = line === undefined ? undefined : buffer.indexOf(line);
    const order = untrack(app.state).order;
    setRestart({ index: found ?? (goneTo === undefined ? undefined : firstBehind(buffer, goneTo, order)) });
    goneTo = undefined;
  }
  const context = createMemo(() => app.state().context);
  const order = createMemo(() => app.state().order);
  createEffect(
    on([mode, scope, order, context], () => {
      if (mode() !== "search") {
        lineFeed.stop();
        return;
      }
      const anchor = anchorOf(untrack(app.state).line);
      const { fromMs, toMs } = untrack(listRange);
      const inside = anchor !== undefined && Date.parse(anchor) >= fromMs && Date.parse(anchor) < toMs;
      void lineFeed.start(scope(), order(), inside ? anchor : undefined);
    }),
  );
  onCleanup(() => lineFeed.stop());
  /** Shows other lines than the search's. */
  const show = (index: number | undefined) => {
    setFeed({ loading: false, hasAfter: false, hasBefore: false });
    changed();
    setRestart({ index });
  };
  const contextError = createContextRows(mode, context, (rows, id) => {
    buffer.clear();
    buffer.append(rows, "asc");
    show(buffer.indexOf(id));
  });
  return {
    buffer,
    version,
    changed,
    restart,
    show,
    feed,
    contextError,
    /** The list around a time of the scrubber. */
    goTo: (ms: number) => {
      app.update({ line: undefined }, { replace: true });
      goneTo = ms;
      void lineFeed.start(scope(), app.state().order, iso(ms));
    },
    loadAfter: () => void lineFeed.loadAfter(),
    loadBefore: () => void lineFeed.loadBefore(),
  };
}

function firstBehind(buffer: LineBuffer, ms: number, order: "asc" | "desc"): number | undefined {
  for (let index = buffer.first; index < buffer.end; index += 1) {
    const rowMs = Date.parse(buffer.at(index)!.row["@timestamp"]);
    if (order === "asc" ? rowMs >= ms : rowMs <= ms) return index;
  }
  return undefined;
}

/** The time inside a row's id, RFC 3339 with nine digits. */
function anchorOf(id: string | undefined): string | undefined {
  const match = /^(\d{1,19})-[0-9a-f]{16}-\d{1,16}$/.exec(id ?? "");
  return match ? formatNanos(BigInt(match[1]!)) : undefined;
}

function createContextRows(
  mode: () => string,
  context: () => string | undefined,
  show: (rows: Parameters<LineBuffer["append"]>[0], id: string) => void,
) {
  const app = useApp();
  const [error, setError] = createSignal<SeamarkError>();
  let asking = new AbortController();
  createEffect(
    on([mode, context], ([now, id]) => {
      asking.abort();
      setError(undefined);
      if (now !== "context" || id === undefined) return;
      asking = new AbortController();
      const { signal } = asking;
      app.api.context(id, contextRows, contextRows, signal).then(
        (answer) => {
          if (!signal.aborted) show(answer.rows, id);
        },
        (thrown: unknown) => {
          if (!signal.aborted) setError(() => asSeamarkError(thrown));
        },
      );
    }),
  );
  onCleanup(() => asking.abort());
  return error;
}

/** The live tail while the URL asks for one: its lines, its connection, its rate. */
function createLive(list: List, mode: () => string, query: () => string) {
  const app = useApp();
  const [lines, setLines] = createSignal<LiveLines>();
  const [tailState, setTailState] = createSignal<TailState>({ kind: "connecting" });
  const [completeTo, setCompleteTo] = createSignal<string | null>();
  const [paused, setPaused] = createSignal(false);
  const [tick, setTick] = createSignal(0);
  const [rate, setRate] = createSignal<number>();
  const [heardMs, setHeardMs] = createSignal(app.clock.nowMs());

  createEffect(
    on([mode, query], () => {
      if (mode() !== "live") return;
      list.buffer.clear();
      const next = new LiveLines(list.buffer);
      setLines(next);
      setPaused(false);
      list.show(undefined);
      const tail = new LiveTail({
        query: query(),
        clock: app.clock,
        connect: app.connect,
        since: (from, limit, signal) =>
          app.api.logs({ query: query(), from, to: "now" }, { order: "desc", limit }, signal),
        lines: next,
        changed: () => {
          setHeardMs(app.clock.nowMs());
          list.changed();
        },
        state: setTailState,
        completeTo: (time) => {
          setCompleteTo(time);
          setHeardMs(app.clock.nowMs());
        },
      });
      const stop = new AbortController();
      void refreshing(tail, stop.signal);
      onCleanup(() => {
        stop.abort();
        tail.close();
        setLines(undefined);
        setRate(undefined);
      });
    }),
  );

  async function refreshing(tail: LiveTail, signal: AbortSignal): Promise<void> {
    let before = tail.received;
    while (!signal.aborted) {
      await app.clock.sleep(liveRefreshMs, signal).catch(() => {});
      if (signal.aborted) return;
      setRate(((tail.received - before) * 1000) / liveRefreshMs);
      before = tail.received;
      setTick((count) => count + 1);
    }
  }
  return {
    lines,
    tailState,
    completeTo,
    paused,
    tick,
    rate,
    heardMs,
    pause: () => {
      if (!lines() || paused()) return;
      lines()?.pause();
      setPaused(true);
    },
    resume: () => {
      lines()?.resume();
      setPaused(false);
      list.changed();
    },
  };
}

/** The bars; asked again when the query, the range, the grouping or, in a live tail, the time changes. */
function createCounts(query: () => string, range: () => RangeMs, tick: () => number) {
  const app = useApp();
  const [answer, setAnswer] = createSignal<{
    readonly histogram: LineHistogram;
    readonly answer: HistogramAnswer;
  }>();
  const [error, setError] = createSignal<SeamarkError>();
  let asking = new AbortController();
  const by = createMemo(() => app.state().by);
  createEffect(
    on([query, range, by, tick], () => {
      asking.abort();
      asking = new AbortController();
      const { signal } = asking;
      const asked = untrack(() =>
        app.state().live ? resolveRange(app.state().range, app.clock.nowMs(), app.zone()) : range(),
      );
      const grouping = by();
      app.api
        .histogram(
          { query: query(), from: iso(asked.fromMs), to: iso(asked.toMs) },
          grouping,
          histogramInterval(asked),
          signal,
        )
        .then(
          (next) => {
            if (signal.aborted) return;
            setError(undefined);
            setAnswer({ answer: next, histogram: lineHistogram(next, grouping, asked) });
          },
          (thrown: unknown) => {
            if (!signal.aborted) setError(() => asSeamarkError(thrown));
          },
        );
    }),
  );
  onCleanup(() => asking.abort());
  return { answer, error };
}

function createFields(scope: () => LogScope, tick: () => number) {
  const app = useApp();
  const [fields, setFields] = createSignal<FieldsAnswer["fields"]>([]);
  const [asked, setAsked] = createSignal<LogScope>();
  let asking = new AbortController();
  createEffect(
    on([scope, tick], () => {
      asking.abort();
      asking = new AbortController();
      const { signal } = asking;
      const now = untrack((): LogScope => {
        if (!app.state().live) return scope();
        const { fromMs, toMs } = resolveRange(app.state().range, app.clock.nowMs(), app.zone());
        return { query: scope().query, from: iso(fromMs), to: iso(toMs) };
      });
      app.api.fields(now, signal).then(
        (answer) => {
          if (signal.aborted) return;
          setFields(answer.fields);
          setAsked(now);
        },
        // The list and the bars say what failed; the fields keep their last answer.
        () => {},
      );
    }),
  );
  onCleanup(() => asking.abort());
  return { fields, scope: asked };
}
