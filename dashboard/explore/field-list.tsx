import { createMemo, createSignal, For, Match, Show, Switch } from "solid-js";
import type { LogScope } from "../api/client.ts";
import type { FieldsAnswer, StatsAnswer, TopAnswer } from "../api/types.ts";
import { formatCount, formatDuration, formatShare, formatShort } from "../format/numbers.ts";
import { createAnswer } from "../shell/answer.ts";
import { useApp } from "../shell/app-context.ts";
import { Icon } from "../shell/icons.tsx";
import { statusClassName } from "./row-model.ts";

/** Open from the start, in this order; the others follow by how many lines have them. */
const openFirst = ["service.name", "http.response.status_code", "log.level"];
const firstNames = [
  ...openFirst,
  "service.node.name",
  "host.name",
  "service.version",
  "url.path",
  "source.ip",
  "error.type",
];
/** Different for every line, so counting their values answers nothing. */
const hidden = new Set([
  "@timestamp",
  "event.ingested",
  "event.created",
  "event.sequence",
  "event.group",
  "message",
  "event.original",
  "origin.id",
  "id",
]);
const valuesShown = 5;

interface Props {
  readonly scope: LogScope | undefined;
  readonly fields: FieldsAnswer["fields"];
  readonly filter: (field: string, value: string, exclude: boolean) => void;
}

export function FieldList(props: Props) {
  const [needle, setNeedle] = createSignal("");
  const [open, setOpen] = createSignal<ReadonlySet<string>>(new Set(openFirst));
  const listed = createMemo(() => {
    const rank = (name: string) => {
      const at = firstNames.indexOf(name);
      return at < 0 ? firstNames.length : at;
    };
    return props.fields
      .filter((field) => !hidden.has(field.name) && field.count > 0)
      .sort((a, b) => rank(a.name) - rank(b.name) || b.count - a.count || a.name.localeCompare(b.name));
  });
  const names = createMemo(
    () =>
      listed()
        .map((field) => field.name)
        .filter((name) => name.toLowerCase().includes(needle().trim().toLowerCase())),
    undefined,
    // The same names in the same order keep their rows, so that nothing that is read is built anew.
    { equals: (a, b) => a.length === b.length && a.every((name, at) => name === b[at]) },
  );
  const toggle = (name: string) => {
    const next = new Set(open());
    if (!next.delete(name)) next.add(name);
    setOpen(next);
  };
  return (
    <aside class="fields" aria-label="Fields">
      <div class="fields-filter">
        <label class="field">
          <Icon name="search" />
          <input
            type="search"
            placeholder={`Filter ${listed().length} fields`}
            aria-label="Filter fields"
            value={needle()}
            onInput={(event) => setNeedle(event.currentTarget.value)}
          />
        </label>
      </div>
      <For each={names()}>
        {(name) => {
          const field = () => listed().find((one) => one.name === name);
          const share = () => formatShare((field()?.count ?? 0) / Math.max(1, field()?.of ?? 1));
          return (
            <>
              <button
                type="button"
                class="fld"
                classList={{ open: open().has(name) }}
                aria-expanded={open().has(name)}
                aria-label={`${name} ${share()}`}
                onClick={() => toggle(name)}
              >
                <Icon name={open().has(name) ? "chev" : "right"} />
                <FieldName name={name} />
                <span class="n" title="Share of the latest lines that have the field">
                  {share()}
                </span>
              </button>
              <Show when={open().has(name) && props.scope}>
                {(scope) => (
                  <Show
                    when={isMeasure(name, field()?.type ?? "")}
                    fallback={<TopValues name={name} scope={scope()} filter={props.filter} />}
                  >
                    <Measure name={name} scope={scope()} />
                  </Show>
                )}
              </Show>
            </>
          );
        }}
      </For>
    </aside>
  );
}

/** Numbers that measure something have quantiles; numbers that name something (a status) have values. */
function isMeasure(name: string, type: string): boolean {
  return (type === "long" || type === "double") && name !== "http.response.status_code";
}

function TopValues(props: {
  readonly name: string;
  readonly scope: LogScope;
  readonly filter: Props["filter"];
}) {
  const app = useApp();
  const { answer, error } = createAnswer<LogScope, TopAnswer>(
    () => props.scope,
    (scope, signal) => app.api.top(scope, props.name, valuesShown, signal),
  );
  const total = () =>
    (answer()?.values.reduce((all, one) => all + one.count, 0) ?? 0) + (answer()?.other ?? 0);
  return (
    <Switch>
      <Match when={error()}>
        <p class="nothing">Not counted: no answer</p>
      </Match>
      <Match when={answer()?.values.length === 0}>
        <p class="nothing">No values in these lines</p>
      </Match>
      <Match when={answer()}>
        <For each={answer()?.values}>
          {(one) => (
            <div class="val">
              <i style={{ width: `${(78 * one.count) / Math.max(1, total())}%` }} />
              <button
                type="button"
                class="clip"
                classList={{ [statusClassName(one.value)]: props.name === "http.response.status_code" }}
                title={`${one.value}: ${formatShare(one.count / Math.max(1, total()))}. Click: only. Alt-click: not.`}
                onClick={(event) => props.filter(props.name, one.value, event.altKey)}
              >
                {one.value}
              </button>
              <span class="acts">
                <button type="button" onClick={() => props.filter(props.name, one.value, false)}>
                  only
                </button>
                <button type="button" onClick={() => props.filter(props.name, one.value, true)}>
                  not
                </button>
              </span>
              <span class="n">{formatCount(one.count)}</span>
            </div>
          )}
        </For>
        <Show when={(answer()?.other ?? 0) > 0}>
          <p class="nothing">{formatCount(answer()?.other ?? 0)} with other values</p>
        </Show>
      </Match>
    </Switch>
  );
}

function Measure(props: { readonly name: string; readonly scope: LogScope }) {
  const app = useApp();
  const { answer } = createAnswer<LogScope, StatsAnswer>(
    () => props.scope,
    (scope, signal) => app.api.stats(scope, props.name, signal),
  );
  const text = (value: number | null) =>
    value === null ? "–" : props.name === "event.duration" ? formatDuration(value) : formatShort(value);
  const figures = () =>
    [
      ["min", answer()?.min],
      ["p50", answer()?.p50],
      ["p95", answer()?.p95],
      ["p99", answer()?.p99],
      ["max", answer()?.max],
    ] as const;
  return (
    <Show when={answer()}>
      <For each={figures()}>
        {([name, value]) => (
          <div class="val">
            <span class="dim">{name}</span>
            <span class="n">{text(value ?? null)}</span>
          </div>
        )}
      </For>
    </Show>
  );
}

/** Cut in front of its last part when there is no room, never behind it. */
function FieldName(props: { readonly name: string }) {
  const lastAt = () => props.name.lastIndexOf(".");
  return (
    <span class="name" title={props.name}>
      <Show when={lastAt() > 0}>
        <span class="clip front">{props.name.slice(0, lastAt())}</span>
      </Show>
      <span class="clip">{props.name.slice(Math.max(0, lastAt()))}</span>
    </span>
  );
}
