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
  const buffer = new LineBuffer();
  const [nonce, setNonce] = createSignal(0);
  const [version, setVersion] = createSignal(0);
  const [restart, setRestart] = createSignal<Restart>({ index: undefined });
  const [feed, setFeed] = createSignal<FeedState>({ loading: true, hasAfter: false, hasBefore: false });
  const [ranMs, setRanMs] = createSignal(app.clock.nowMs());
  const bump = () => setVersion((before) => before + 1);
  const state = app.state;

  const question = createMemo(() => {
    nonce();
    const { query, range, zone, live } = state();
    return JSON.stringify([query, range.from, range.to, range.from === "today" ? zone : "", live, nonce()]);
  });
  /** Fixed when the question is asked, so that pages, bars and fields are of the same time. */
  const range = createMemo((): RangeMs => {
    question();
    const nowMs = app.clock.nowMs();
    untrack(() => setRanMs(nowMs));
    return untrack(() => resolveRange(state().range, nowMs, app.zone()));
  });
  const brush = createMemo(() => state().brush, undefined, {
    equals: (a, b) => a?.fromMs === b?.fromMs && a?.toMs === b?.toMs,
  });
  const query = createMemo(() => state().query);
  const listRange = (): RangeMs => brush() ?? range();
  const scope = createMemo((): LogScope & { from: string; to: string } => ({
    query: query(),
    from: iso(listRange().fromMs),
    to: iso(listRange().toMs),
  }));
  createEffect(on(query, rememberQuery));

  const lineFeed = new LineFeed(
    (asked, page, signal) => app.api.logs(asked, page, signal),
    buffer,
    (next, what) => {
      setFeed(next);
      bump();
      if (what === "start" && !next.loading) startShown();
    },
  );
  function startShown(): void {
    const { line, context } = untrack(state);
    const shown = context ?? line;
    setRestart({ index: shown === undefined ? goneTo : (buffer.indexOf(shown) ?? goneTo) });
    goneTo = undefined;
  }
  let goneTo: number | undefined;

  /** The list around a time of the scrubber. */
  async function goTo(ms: number): Promise<void> {
    const { order } = state();
    app.update({ line: undefined }, { replace: true });
    await lineFeed.start(scope(), order, iso(ms));
    const at = firstBehind(ms, order);
    if (at !== undefined) setRestart({ index: at });
  }
  function firstBehind(ms: number, order: "asc" | "desc"): number | undefined {
    for (let index = buffer.first; index < buffer.end; index += 1) {
      const rowMs = Date.parse(buffer.at(index)!.row["@timestamp"]);
      if (order === "asc" ? rowMs >= ms : rowMs <= ms) return index;
    }
    return undefined;
  }

  const mode = createMemo(() => (state().context ? "context" : state().live ? "live" : "search"));
  const context = createMemo(() => state().context);
  const order = createMemo(() => state().order);
  createEffect(
    on([mode, scope, order, context], () => {
      if (mode() === "search") {
        const line = untrack(state).line;
        const anchor = anchorOf(line);
        const { fromMs, toMs } = untrack(listRange);
        const inside = anchor !== undefined && Date.parse(anchor) >= fromMs && Date.parse(anchor) < toMs;
        void lineFeed.start(scope(), order(), inside ? anchor : undefined);
      } else lineFeed.stop();
    }),
  );
  onCleanup(() => lineFeed.stop());

  const contextError = createContextRows(mode, context, (rows, id) => {
    buffer.clear();
    buffer.append(rows, "asc");
    setFeed({ loading: false, hasAfter: false, hasBefore: false });
    bump();
    setRestart({ index: buffer.indexOf(id) });
  });
  const live = createLive(buffer, mode, query, bump, setRestart, setFeed);
  const counts = createCounts(query, range, live.tick);
  const fields = createFields(scope, live.tick);

  return {
    buffer,
    version,
    restart,
    feed,
    ranMs,
    range,
    listRange,
    scope,
    mode,
    live,
    counts,
    fields,
    contextError,
    goTo,
    loadAfter: () => void lineFeed.loadAfter(),
    loadBefore: () => void lineFeed.loadBefore(),
    refresh: () => setNonce((before) => before + 1),
  };
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

function createLive(
  buffer: LineBuffer,
  mode: () => string,
  query: () => string,
  bump: () => void,
  setRestart: (restart: Restart) => void,
  setFeed: (state: FeedState) => void,
) {
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
      buffer.clear();
      setFeed({ loading: false, hasAfter: false, hasBefore: false });
      const next = new LiveLines(buffer);
      setLines(next);
      setPaused(false);
      setRestart({ index: undefined });
      bump();
      const tail = new LiveTail({
        query: query(),
        clock: app.clock,
        connect: app.connect,
        since: (from, limit, signal) =>
          app.api.logs({ query: query(), from, to: "now" }, { order: "desc", limit }, signal),
        lines: next,
        changed: bump,
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
      bump();
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
