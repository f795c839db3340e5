import { createSignal, For, Match, onCleanup, onMount, Show, Switch } from "solid-js";
import { formatCount, formatShort } from "../format/numbers.ts";
import { useApp } from "../shell/app-context.ts";
import { Icon } from "../shell/icons.tsx";
import { RangePicker } from "../shell/range-picker.tsx";
import { absoluteRange, isRelative } from "../state/time-range.ts";
import { defaultState, formatUrl } from "../state/url-state.ts";
import { createExplore, type Explore } from "./explore-data.ts";
import { ResultFacts } from "./explore-facts.tsx";
import { exploreKeys } from "./explore-keys.ts";
import { FieldList } from "./field-list.tsx";
import { Groups } from "./groups.tsx";
import { Histogram } from "./histogram.tsx";
import { countInside, type Kind } from "./histogram-model.ts";
import { createSlow, LineList, type ListHandle } from "./line-list.tsx";
import { Notices } from "./notices.tsx";
import { QueryBar } from "./query-bar.tsx";
import { withClickedValue, withTerm } from "./query-edit.ts";

export function ExplorePage() {
  const app = useApp();
  const explore = createExplore();
  const [fieldsOpen, setFieldsOpen] = createSignal(false);
  let list: ListHandle | undefined;

  const ask = (query: string) => app.update({ query, line: undefined, context: undefined });
  const addTerm = (term: string, exclude: boolean) => ask(withTerm(app.state().query, term, exclude));
  const filter = (field: string, value: string, exclude: boolean) =>
    ask(withClickedValue(app.state().query, field, value, exclude));
  const filterKind = (kind: NonNullable<Kind["filter"]>, exclude: boolean) => {
    if ("field" in kind) filter(kind.field, kind.value, exclude);
    else if (kind.term.startsWith("-")) addTerm(kind.term.slice(1), !exclude);
    else addTerm(kind.term, exclude);
  };
  /** A link must show the same tomorrow, so its range is absolute. */
  const copyLink = (id: string) => {
    const state = { ...app.state(), live: false, range: absoluteRange(explore.range()), line: id };
    app.copy(location.origin + formatUrl(state), "Link to the line copied: query, range and open line");
  };
  const toggleLive = () => {
    const { live, range } = app.state();
    const relative = isRelative(range) ? range : defaultState("explore").range;
    app.update({ live: !live, range: relative, brush: undefined, line: undefined, context: undefined });
  };
  const keys = exploreKeys({ app, explore, list: () => list, filter, copyLink, toggleLive });
  onMount(() => document.addEventListener("keydown", keys));
  onCleanup(() => document.removeEventListener("keydown", keys));
  const slow = createSlow(() => explore.feed().loading);
  return (
    <main class="page-body" classList={{ "fields-open": fieldsOpen() }} aria-label="Explore">
      <div class="qrow">
        <QueryBar fieldNames={() => explore.fields.fields().map((field) => field.name)} />
        <RangePicker tall {...liveLabel(explore)} />
        <LiveButton explore={explore} toggle={toggleLive} />
        <span class="sp only-n" />
        <button
          type="button"
          class="btn hbtn only-n"
          aria-pressed={fieldsOpen()}
          onClick={() => setFieldsOpen(!fieldsOpen())}
        >
          {fieldsOpen() ? "Lines" : "Fields"}
        </button>
      </div>
      <ResultFacts explore={explore} />
      <Show when={slow()}>
        <div class="progress" role="progressbar" aria-label="Searching" />
      </Show>
      <Histogram
        histogram={explore.counts.answer()?.histogram}
        range={explore.range()}
        completeTo={explore.counts.answer()?.answer.completeTo}
        filter={filterKind}
        showLines={() => list?.focus()}
      />
      <div class="main">
        <FieldList scope={explore.fields.scope()} fields={explore.fields.fields()} filter={filter} />
        <section class="list" aria-label="Result">
          <Toolbar explore={explore} />
          <Notices explore={explore} />
          <Show
            when={explore.feed().answer?.groups}
            fallback={
              <>
                <div class="lh" aria-hidden="true">
                  <span>Time {listOrder(explore, app.state().order) === "asc" ? "↑" : "↓"}</span>
                  <span>Level</span>
                  <span>App · instance · host</span>
                  <span>Message</span>
                </div>
                <LineList
                  explore={explore}
                  filter={filter}
                  copyLink={copyLink}
                  handle={(handle) => {
                    list = handle;
                  }}
                />
              </>
            }
          >
            {(groups) => <Groups groups={groups()} by={explore.feed().answer?.by ?? []} />}
          </Show>
        </section>
      </div>
      <Foot />
    </main>
  );
}

function listOrder(explore: Explore, order: "asc" | "desc"): "asc" | "desc" {
  return explore.mode() === "search" ? order : "asc";
}

function liveLabel(explore: Explore): { readonly label?: string } {
  return {
    get label() {
      if (explore.mode() !== "live") return undefined;
      const rate = explore.live.rate();
      return rate === undefined ? "Live" : `Live, ${formatShort(rate)} lines/s`;
    },
  } as { readonly label?: string };
}

function LiveButton(props: { readonly explore: Explore; readonly toggle: () => void }) {
  const live = () => props.explore.mode() === "live";
  return (
    <button
      type="button"
      class="btn hbtn"
      classList={{ on: live() }}
      aria-pressed={live()}
      title="l"
      onClick={() => props.toggle()}
    >
      <Icon name={live() ? "pause" : "play"} /> {live() ? "Stop" : "Live tail"}
    </button>
  );
}

function Toolbar(props: { readonly explore: Explore }) {
  const app = useApp();
  const count = () => {
    props.explore.version();
    const counts = props.explore.counts.answer();
    const { brush } = app.state();
    if (props.explore.mode() !== "search") return props.explore.buffer.length;
    if (!counts) return undefined;
    return brush ? countInside(counts.histogram, brush) : counts.answer.total;
  };
  return (
    <div class="tabs">
      <h2>
        <Switch fallback="Lines">
          <Match when={props.explore.mode() === "context"}>Context</Match>
          <Match when={props.explore.mode() === "live"}>Live lines</Match>
        </Switch>{" "}
        <span class="n">{count() === undefined ? "" : formatCount(count() ?? 0)}</span>
      </h2>
      <span class="sp" />
      <Show when={props.explore.mode() === "search" && !props.explore.feed().answer?.groups}>
        <button
          type="button"
          class="btn quiet small"
          onClick={() => app.update({ order: app.state().order === "asc" ? "desc" : "asc" })}
        >
          {app.state().order === "asc" ? "Oldest first" : "Newest first"} <Icon name="chev" />
        </button>
      </Show>
      <button
        type="button"
        class="btn quiet small"
        aria-pressed={app.state().wrap}
        onClick={() => app.update({ wrap: !app.state().wrap }, { replace: true })}
      >
        <Icon name="wrap" /> Wrap
      </button>
    </div>
  );
}

const footKeys: readonly (readonly [readonly string[], string])[] = [
  [["/"], "query"],
  [["j", "k"], "move"],
  [["Enter"], "expand"],
  [["c"], "context of this container"],
  [["f"], "filter"],
  [["x"], "exclude"],
  [["n"], "next failure"],
  [["l"], "live"],
  [["y"], "copy link to line"],
  [["?"], "all keys"],
];

function Foot() {
  const app = useApp();
  return (
    <footer class="foot hide-n">
      <For each={footKeys}>
        {([keys, name]) => (
          <span>
            <For each={keys}>
              {(key) => (
                <>
                  <kbd>{key}</kbd>{" "}
                </>
              )}
            </For>
            {name}
          </span>
        )}
      </For>
      <span class="sp" />
      <span>Times in {app.zone().name}</span>
    </footer>
  );
}
