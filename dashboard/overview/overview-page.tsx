import { createMemo, createSignal, For, Show } from "solid-js";
import type { App, AppsAnswer } from "../api/types.ts";
import { formatAge, formatCount } from "../format/numbers.ts";
import { formatSecond } from "../format/zone.ts";
import { useApp } from "../shell/app-context.ts";
import { Icon } from "../shell/icons.tsx";
import { createPoll } from "../shell/poll.ts";
import { RangePicker } from "../shell/range-picker.tsx";
import { freshnessOf } from "../state/freshness.ts";
import { isRelative, rangeLabel, resolveRange } from "../state/time-range.ts";
import { AppTable } from "./app-table.tsx";
import { attentionOf, attentionRule, heldOrder, sortedApps } from "./attention.ts";
import { type DrillTarget, drillState } from "./drill-down.ts";
import { appsRange } from "./overview-range.ts";
import { StatusPanel } from "./status-panel.tsx";

const refreshMs = 5000;

const sorts = [
  ["attention", "Needs attention first"],
  ["name", "A–Z"],
  ["traffic", "Traffic"],
] as const;

export function OverviewPage() {
  const app = useApp();
  const ask = () => {
    const { fromMs, toMs } = resolveRange(app.state().range, app.clock.nowMs(), app.zone());
    return appsRange(fromMs, toMs);
  };
  const apps = createPoll((signal) => app.api.apps(ask(), signal), {
    clock: app.clock,
    intervalMs: refreshMs,
  });
  const key = createMemo(() => `${app.state().range.from} ${app.state().range.to} ${app.zone().id}`);
  let shownKey = key();
  // A new range asks at once; the same one waits for its turn.
  createMemo(() => {
    if (key() === shownKey) return;
    shownKey = key();
    apps.refresh();
  });

  const ageMs = () => Math.max(0, app.now() - (apps.receivedMs() ?? app.now()));
  const freshness = () => freshnessOf(ageMs(), refreshMs);
  const drill = (target: DrillTarget) => app.go(drillState(target, app.state()));
  return (
    <main class="page-body" aria-label="Overview">
      <div class="head">
        <h1>Overview</h1>
        <Show when={apps.data()}>{(answer) => <Summary answer={answer()} />}</Show>
        <span class="sp" />
        <FilterBox />
        <SortChoice />
        <RangePicker label={rangeName()} />
        <span
          class="age"
          classList={{ c4: freshness() === "dim", c5: freshness() === "hatched" }}
          role="status"
          aria-live="off"
        >
          <Show when={freshness() !== "fresh"}>
            <Icon name="clock" />{" "}
          </Show>
          {apps.receivedMs() === undefined ? "" : ageText(ageMs())}
        </span>
      </div>
      <Show
        when={apps.data()}
        fallback={
          <FirstAnswer failed={apps.error()?.message} hint={apps.error()?.hint} retry={apps.refresh} />
        }
      >
        {(answer) => (
          <div class={`body stale-${freshness()}`}>
            <Show when={freshness() === "hatched"}>
              <p class="since" role="alert">
                Data is from {formatSecond(apps.receivedMs() ?? 0, app.zone())} {app.zone().name}.{" "}
                {apps.error()?.message ?? ""}
              </p>
            </Show>
            <StatusPanel answer={answer()} drill={drill} />
            <SortedTable answer={answer()} drill={drill} />
          </div>
        )}
      </Show>
    </main>
  );

  function rangeName(): string {
    const label = rangeLabel(app.state().range, app.now(), app.zone());
    if (label.name === "") return label.interval;
    return label.name[0]!.toUpperCase() + label.name.slice(1);
  }

  function ageText(ms: number): string {
    return freshness() === "fresh" && isRelative(app.state().range)
      ? `updated ${formatAge(ms)} ago`
      : `${formatAge(ms)} old`;
  }
}

function rangeMinutes(answer: AppsAnswer): number {
  return (Date.parse(answer.to) - Date.parse(answer.from)) / 60_000;
}

function Summary(props: { readonly answer: AppsAnswer }) {
  const marked = () => props.answer.apps.filter((one) => attentionOf(one, props.answer) !== "none").length;
  const count = () => props.answer.apps.length;
  return (
    <span class="dim" title={attentionRule}>
      {formatCount(count())} {count() === 1 ? "app" : "apps"}
      {count() === 0
        ? ""
        : marked() === 0
          ? ", none needs attention"
          : `, ${marked()} need${marked() === 1 ? "s" : ""} attention`}
    </span>
  );
}

function FilterBox() {
  const app = useApp();
  return (
    <label class="field filter">
      <Icon name="search" />
      <input
        id="query"
        type="search"
        placeholder="Filter apps"
        aria-label="Filter apps"
        value={app.state().query}
        onInput={(event) => app.update({ query: event.currentTarget.value }, { replace: true })}
      />
    </label>
  );
}

function SortChoice() {
  const app = useApp();
  return (
    <fieldset class="seg hide-n" aria-label="Order of apps">
      <For each={sorts}>
        {([sort, name]) => (
          <button
            type="button"
            class={app.state().sort === sort ? "on" : ""}
            aria-pressed={app.state().sort === sort}
            title={sort === "attention" ? attentionRule : undefined}
            onClick={() => app.update({ sort })}
          >
            {name}
          </button>
        )}
      </For>
    </fieldset>
  );
}

/** While the pointer or the focus is in the table its rows stay where they are; the next look sorts them anew. */
function SortedTable(props: { readonly answer: AppsAnswer; readonly drill: (target: DrillTarget) => void }) {
  const app = useApp();
  const [reading, setReading] = createSignal(false);
  let shown: { readonly sort: string; readonly names: readonly string[] } = { sort: "", names: [] };
  const rows = createMemo((): App[] => {
    const { sort } = app.state();
    const held = reading() && shown.sort === sort;
    const next = held
      ? heldOrder(props.answer.apps, shown.names)
      : sortedApps(props.answer.apps, sort, props.answer);
    shown = { sort, names: next.map((one) => one.app) };
    return next;
  });
  const filtered = () => {
    const needle = app.state().query.trim().toLowerCase();
    return rows().filter((one) => one.app.toLowerCase().includes(needle));
  };
  return (
    <AppTable
      apps={filtered()}
      all={props.answer.apps.length}
      answer={props.answer}
      rangeMinutes={rangeMinutes(props.answer)}
      drill={props.drill}
      onReading={setReading}
    />
  );
}

function FirstAnswer(props: {
  readonly failed: string | undefined;
  readonly hint: string | undefined;
  readonly retry: () => void;
}) {
  return (
    <div class="body">
      <Show when={props.failed} fallback={<div class="panel waiting late">Asking for the apps…</div>}>
        <div class="problem" role="alert">
          <b>{props.failed}</b>
          <p class="sub">{props.hint ?? "The page asks again every 5 s; nothing is to be done here."}</p>
          <button type="button" class="btn" onClick={() => props.retry()}>
            Retry now
          </button>
        </div>
      </Show>
    </div>
  );
}
