import { createEffect, createMemo, createSignal, on, onCleanup, onMount, Show } from "solid-js";
import { formatCount } from "../format/numbers.ts";
import { useApp } from "../shell/app-context.ts";
import { Icon } from "../shell/icons.tsx";
import type { RangeMs } from "../state/time-range.ts";
import { EmptyList } from "./empty-list.tsx";
import { ExpandedRow } from "./expanded-row.tsx";
import type { Explore } from "./explore-data.ts";
import { highlightOf } from "./highlight.ts";
import { linesMax } from "./line-buffer.ts";
import { LineListView } from "./line-list-view.ts";
import { rowMs } from "./row-model.ts";
import { Scrubber } from "./scrubber.tsx";

/** What the keys of the page do with the list. */
export interface ListHandle {
  /** Absolute index of the selected row. */
  selected(): number | undefined;
  select(index: number): void;
  clearSelection(): void;
  pageRows(): number;
  toEnd(): void;
  focus(): void;
}

interface Props {
  readonly explore: Explore;
  readonly filter: (field: string, value: string, exclude: boolean) => void;
  readonly copyLink: (id: string) => void;
  readonly handle: (handle: ListHandle) => void;
}

/** Rows from which on the next page is asked for, so that it is there before the end is reached. */
const nearRows = 150;

export function LineList(props: Props) {
  const app = useApp();
  const { explore } = props;
  let scroller!: HTMLDivElement;
  let sizer!: HTMLDivElement;
  let view: LineListView | undefined;
  const [selectedId, setSelectedId] = createSignal<string>();
  const [panelTop, setPanelTop] = createSignal<number>();
  const [panelHeight, setPanelHeight] = createSignal(0);
  const [seen, setSeen] = createSignal<RangeMs>();
  const [height, setHeight] = createSignal(0);
  const narrow = createNarrow();
  const highlight = createMemo(() => highlightOf(app.state().query));
  const following = () => explore.mode() === "live" && !explore.live.paused();

  /** Found anew only when another row is opened or the list starts anew: indexes stay while lines come. */
  const openIndex = createMemo(
    on([() => app.state().line, explore.restart], ([line]) =>
      line ? explore.buffer.indexOf(line) : undefined,
    ),
  );
  const openLine = createMemo(() => {
    const index = openIndex();
    return index === undefined ? undefined : explore.buffer.at(index);
  });

  const options = () => {
    const index = openIndex();
    return {
      zone: app.zone(),
      highlight: highlight(),
      wrap: app.state().wrap,
      narrow: narrow(),
      selectedId: selectedId() ?? app.state().line ?? app.state().context,
      open: index === undefined ? undefined : { index, heightPx: panelHeight() },
      follow: following(),
    };
  };
  const select = (index: number) => {
    const line = explore.buffer.at(index);
    if (!line) return;
    explore.live.pause();
    setSelectedId(line.row.id);
    view?.reveal(index);
  };
  const pick = (index: number) => {
    const id = explore.buffer.at(index)?.row.id;
    if (id === undefined) return;
    explore.live.pause();
    setSelectedId(id);
    const closing = app.state().line === id;
    // Opening a line is a step for Back; going on to the next one is not another.
    app.update({ line: closing ? undefined : id }, { replace: closing || app.state().line !== undefined });
  };

  onMount(() => {
    view = new LineListView(scroller, sizer, explore.buffer, options(), {
      pick,
      panel: setPanelTop,
      away: (atEnd) => {
        if (explore.mode() !== "live") return;
        if (!atEnd) explore.live.pause();
        else if (explore.live.paused() && explore.live.lines()?.waiting === 0 && !openLine())
          explore.live.resume();
      },
      seen: (from, to) => {
        const first = explore.buffer.at(from);
        const last = explore.buffer.at(to - 1);
        if (first && last) setSeen({ fromMs: rowMs(first.row), toMs: rowMs(last.row) });
        if (explore.mode() !== "search") return;
        const { hasAfter, hasBefore, loading, error } = explore.feed();
        if (loading || error) return;
        if (hasAfter && to > explore.buffer.end - nearRows) explore.loadAfter();
        else if (hasBefore && from < explore.buffer.first + nearRows) explore.loadBefore();
      },
    });
    createEffect(() => view?.set(options()));
    createEffect(on(explore.version, () => view?.changed()));
    createEffect(on(explore.restart, ({ index }) => view?.restart(index)));
    const watcher = new ResizeObserver(() => setHeight(scroller.clientHeight));
    watcher.observe(scroller);
    onCleanup(() => watcher.disconnect());
  });
  onCleanup(() => view?.destroy());

  props.handle({
    selected: () => {
      const id = selectedId() ?? app.state().line ?? app.state().context;
      return id === undefined ? undefined : explore.buffer.indexOf(id);
    },
    select,
    clearSelection: () => setSelectedId(undefined),
    pageRows: () => view?.pageRows() ?? 1,
    toEnd: () => {
      if (explore.mode() === "live") explore.live.resume();
      view?.scrollToEnd();
    },
    focus: () => scroller.focus({ preventScroll: true }),
  });

  const old = () =>
    explore.feed().error !== undefined || (explore.feed().loading && explore.buffer.length > 0 && slow());
  const slow = createSlow(() => explore.feed().loading);
  const isEmpty = () => {
    explore.version();
    return explore.buffer.length === 0;
  };
  return (
    <div class="rows" classList={{ old: old() }}>
      <div class="log" ref={scroller} role="table" aria-label="Lines" tabindex="0">
        <div class="sizer" ref={sizer} role="rowgroup" />
        <Show when={openLine()}>
          {(line) => (
            <PanelHost top={panelTop()} onHeight={setPanelHeight}>
              <ExpandedRow
                line={line()}
                filter={props.filter}
                copyLink={props.copyLink}
                openContext={(id) => app.update({ context: id, line: undefined, live: false })}
              />
            </PanelHost>
          )}
        </Show>
      </div>
      <Show
        when={isEmpty() && !explore.feed().loading && !explore.feed().error && explore.mode() === "search"}
      >
        <EmptyList range={explore.listRange()} />
      </Show>
      <Show when={isEmpty() && explore.mode() === "live"}>
        <div class="mid">
          <b>Waiting for lines that match</b>
          <span>They appear here as they are printed.</span>
        </div>
      </Show>
      <Show when={explore.mode() === "search" && !narrow() && !isEmpty() && explore.counts.answer()}>
        {(counts) => (
          <Scrubber
            histogram={counts().histogram}
            range={explore.listRange()}
            order={app.state().order}
            seen={seen()}
            heightPx={height()}
            goTo={(ms) => void explore.goTo(ms)}
          />
        )}
      </Show>
      <Float
        {...props}
        resume={() => {
          explore.live.resume();
          view?.scrollToEnd();
        }}
      />
    </div>
  );
}

/** Holds the open row's panel at its place between the rows and tells its height. */
function PanelHost(props: {
  readonly top: number | undefined;
  readonly onHeight: (px: number) => void;
  readonly children: unknown;
}) {
  let host!: HTMLDivElement;
  const watcher = new ResizeObserver(() => props.onHeight(host.offsetHeight));
  onMount(() => watcher.observe(host));
  onCleanup(() => {
    watcher.disconnect();
    props.onHeight(0);
  });
  return (
    <div class="exp-host" ref={host} style={{ transform: `translateY(${props.top ?? -10_000}px)` }}>
      {props.children as never}
    </div>
  );
}

/** What a live tail has to say while it does not follow; and that no more lines can be kept. */
function Float(props: Props & { readonly resume: () => void }) {
  const { explore } = props;
  const waiting = () => {
    explore.version();
    return explore.live.lines()?.waiting ?? 0;
  };
  const skipped = () => {
    explore.version();
    return explore.live.lines()?.skipped ?? 0;
  };
  const full = () => {
    explore.version();
    return explore.mode() === "search" && explore.feed().hasAfter && explore.buffer.length >= linesMax;
  };
  return (
    <>
      <Show when={explore.mode() === "live" && explore.live.paused()}>
        <div class="float">
          <span>
            Paused while you read. <b>{formatCount(waiting())} new lines</b>,{" "}
            {skipped() === 0 ? "none skipped." : `${formatCount(skipped())} skipped; the search has them.`}
          </span>
          <button type="button" class="btn pri" onClick={() => props.resume()}>
            <Icon name="down" /> Follow <kbd>End</kbd>
          </button>
        </div>
        <Announce text={() => `Paused, ${formatCount(waiting())} new lines`} />
      </Show>
      <Show when={full()}>
        <div class="float">
          <span>
            <b>{formatCount(linesMax)} lines</b> are kept here. Narrow the range or the query to read on.
          </span>
        </div>
      </Show>
    </>
  );
}

const announceMs = 10_000;

/** For screen readers: counts at most every ten seconds, never lines. */
function Announce(props: { readonly text: () => string }) {
  const app = useApp();
  const turn = createMemo(() => Math.floor(app.now() / announceMs));
  const said = createMemo(on(turn, () => props.text()));
  return (
    <span class="vh" role="status">
      {said()}
    </span>
  );
}

function createNarrow(): () => boolean {
  const media = window.matchMedia("(max-width: 600px)");
  const [narrow, setNarrow] = createSignal(media.matches);
  const changed = () => setNarrow(media.matches);
  media.addEventListener("change", changed);
  onCleanup(() => media.removeEventListener("change", changed));
  return narrow;
}

const slowMs = 300;

/** True when something has been going on for longer than 300 ms: then it is shown. */
export function createSlow(busy: () => boolean): () => boolean {
  const app = useApp();
  const [slow, setSlow] = createSignal(false);
  createEffect(
    on(busy, (now) => {
      setSlow(false);
      if (!now) return;
      const stop = new AbortController();
      app.clock.sleep(slowMs, stop.signal).then(
        () => setSlow(true),
        () => {},
      );
      onCleanup(() => stop.abort());
    }),
  );
  return slow;
}
