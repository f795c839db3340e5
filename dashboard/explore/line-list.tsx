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
import { LineListView, type ViewOptions } from "./line-list-view.ts";
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

/** The selected row; selecting one pauses a live tail. A click also opens and closes it. */
function createSelection(explore: Explore) {
  const app = useApp();
  const [selectedId, setSelectedId] = createSignal<string>();
  const mark = (index: number): string | undefined => {
    const id = explore.buffer.at(index)?.row.id;
    if (id === undefined) return undefined;
    explore.live.pause();
    setSelectedId(id);
    return id;
  };
  const pick = (index: number) => {
    const id = mark(index);
    const closing = app.state().line === id;
    // Opening a line is a step for Back; going on to the next one is not another.
    app.update({ line: closing ? undefined : id }, { replace: closing || app.state().line !== undefined });
  };
  return { selectedId, setSelectedId, mark, pick };
}

/** The view of the list, what is selected, open and seen. */
function createView(
  explore: Explore,
  elements: () => { readonly scroller: HTMLElement; readonly sizer: HTMLElement },
) {
  const app = useApp();
  let view: LineListView | undefined;
  const { selectedId, setSelectedId, mark, pick } = createSelection(explore);
  const [panelTop, setPanelTop] = createSignal<number>();
  const [panelHeight, setPanelHeight] = createSignal(0);
  const [seen, setSeen] = createSignal<RangeMs>();
  const [height, setHeight] = createSignal(0);
  const narrow = createNarrow();
  const highlight = createMemo(() => highlightOf(app.state().query));

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

  const options = (): ViewOptions => {
    const index = openIndex();
    return {
      zone: app.zone(),
      highlight: highlight(),
      wrap: app.state().wrap,
      narrow: narrow(),
      selectedId: selectedId() ?? app.state().line ?? app.state().context,
      open: index === undefined ? undefined : { index, heightPx: panelHeight() },
      follow: explore.mode() === "live" && !explore.live.paused(),
    };
  };
  const select = (index: number) => {
    if (!mark(index)) return;
    view?.reveal(index);
  };
  onMount(() => {
    view = new LineListView(elements().scroller, elements().sizer, explore.buffer, options(), {
      pick,
      panel: setPanelTop,
      away: (atEnd) => followOrPause(explore, atEnd, openLine() !== undefined),
      seen: (from, to) => {
        setSeen(timesOf(explore, from, to));
        loadNear(explore, from, to);
      },
    });
    createEffect(() => view?.set(options()));
    createEffect(on(explore.version, () => view?.changed()));
    createEffect(on(explore.restart, ({ index }) => view?.restart(index)));
    // What was just opened is shown whole, as far as it fits.
    createEffect(
      on([openIndex, panelHeight], ([index, px]) => {
        if (index !== undefined && px > 0) view?.revealOpen(index);
      }),
    );
    const watcher = new ResizeObserver(() => setHeight(elements().scroller.clientHeight));
    watcher.observe(elements().scroller);
    onCleanup(() => watcher.disconnect());
  });
  onCleanup(() => view?.destroy());
  return {
    selectedId,
    setSelectedId,
    panelTop,
    setPanelHeight,
    seen,
    height,
    narrow,
    openLine,
    select,
    pageRows: () => view?.pageRows() ?? 1,
    toEnd: () => {
      if (explore.mode() === "live") explore.live.resume();
      view?.scrollToEnd();
    },
  };
}

export function LineList(props: Props) {
  const app = useApp();
  const { explore } = props;
  let scroller!: HTMLDivElement;
  let sizer!: HTMLDivElement;
  const view = createView(explore, () => ({ scroller, sizer }));
  const { openLine, narrow } = view;
  props.handle({
    selected: () => {
      const id = view.selectedId() ?? app.state().line ?? app.state().context;
      return id === undefined ? undefined : explore.buffer.indexOf(id);
    },
    select: view.select,
    clearSelection: () => view.setSelectedId(undefined),
    pageRows: view.pageRows,
    toEnd: view.toEnd,
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
      <div class="log" ref={scroller} tabindex="0">
        <div class="sizer" ref={sizer} />
        <Show when={openLine()}>
          {(line) => (
            <PanelHost top={view.panelTop()} onHeight={view.setPanelHeight}>
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
            seen={view.seen()}
            heightPx={view.height()}
            goTo={explore.goTo}
          />
        )}
      </Show>
      <Float {...props} resume={view.toEnd} />
    </div>
  );
}

/** Scrolling away from the end pauses a tail; scrolling back to it with nothing waiting follows again. */
function followOrPause(explore: Explore, atEnd: boolean, reading: boolean): void {
  if (explore.mode() !== "live") return;
  if (!atEnd) explore.live.pause();
  else if (explore.live.paused() && explore.live.lines()?.waiting === 0 && !reading) explore.live.resume();
}

/** Times of the first and last row that are seen. */
function timesOf({ buffer }: Explore, from: number, to: number): RangeMs | undefined {
  const first = buffer.at(from);
  const last = buffer.at(to - 1);
  return first && last && { fromMs: rowMs(first.row), toMs: rowMs(last.row) };
}

/** Asks for the next page before the reader comes to the end of what is there. */
function loadNear(explore: Explore, from: number, to: number): void {
  if (explore.mode() !== "search") return;
  const { hasAfter, hasBefore, loading, error } = explore.feed();
  if (loading || error) return;
  if (hasAfter && to > explore.buffer.end - nearRows) explore.loadAfter();
  else if (hasBefore && from < explore.buffer.first + nearRows) explore.loadBefore();
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
