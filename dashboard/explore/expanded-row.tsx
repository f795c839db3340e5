import { createResource, createSignal, For, Match, Show, Switch } from "solid-js";
import { messageOf } from "../../common/base/errors.ts";
import { fieldOf } from "../../common/fields/dictionary.ts";
import type { Row } from "../api/types.ts";
import { formatCount, formatDuration } from "../format/numbers.ts";
import { stripControls } from "../format/sgr.ts";
import { useApp } from "../shell/app-context.ts";
import { Icon } from "../shell/icons.tsx";
import type { Line } from "./line-buffer.ts";
import { writeParts } from "./row-element.ts";
import { clipped, rowModel, statusClassName } from "./row-model.ts";

const contextLines = 5;
/** DESIGN.md: cut at 8 KB with "show all". */
const valueCharactersMax = 8192;

interface Props {
  readonly line: Line;
  readonly filter: (field: string, value: string, exclude: boolean) => void;
  readonly openContext: (id: string) => void;
  readonly copyLink: (id: string) => void;
}

type Tab = "fields" | "json" | "text";

export function ExpandedRow(props: Props) {
  const [tab, setTab] = createSignal<Tab>("fields");
  const tabs = (): readonly (readonly [Tab, string])[] => [
    ["fields", "Fields"],
    ["json", "JSON"],
    ["text", props.line.frames.length > 0 ? `${formatCount(props.line.frames.length)} frames` : "Text"],
  ];
  return (
    <section class="exp" aria-label="The open line">
      <div class="ex2">
        <div>
          <div class="exh">
            <For each={tabs()}>
              {([name, label]) => (
                <button type="button" class="tab" aria-pressed={tab() === name} onClick={() => setTab(name)}>
                  {label}
                </button>
              )}
            </For>
            <span class="sp" />
            <button type="button" class="link" onClick={() => props.copyLink(props.line.row.id)}>
              <Icon name="link" /> Link to line
            </button>
          </div>
          <Switch>
            <Match when={tab() === "fields"}>
              <Fields row={props.line.row} filter={props.filter} />
            </Match>
            <Match when={tab() === "json"}>
              <LongText text={JSON.stringify(props.line.row, null, 2)} />
            </Match>
            <Match when={tab() === "text"}>
              <LongText text={fullText(props.line)} />
            </Match>
          </Switch>
        </div>
        <Context row={props.line.row} openContext={props.openContext} />
      </div>
    </section>
  );
}

/** The line as printed, the stack trace below it. */
function fullText(line: Line): string {
  const { row, frames } = line;
  const head = row["event.original"] ?? row.message;
  const trace = row["error.stack_trace"];
  const parts = [
    head,
    ...(trace && !head.includes(trace) ? [trace] : []),
    ...frames.map((frame) => frame.message),
  ];
  return stripControls(parts.join("\n"));
}

function LongText(props: { readonly text: string }) {
  const [all, setAll] = createSignal(false);
  const shown = () => (all() ? props.text : props.text.slice(0, valueCharactersMax));
  return (
    <>
      <pre class="raw mono">{shown()}</pre>
      <Show when={shown().length < props.text.length}>
        <button type="button" class="link" onClick={() => setAll(true)}>
          Show all {formatCount(props.text.length)} characters
        </button>
      </Show>
    </>
  );
}

/** First what tells lines apart, then the rest by name; ids that only machines read come last. */
const firstFields = [
  "message",
  "service.name",
  "service.node.name",
  "service.version",
  "host.name",
  "error.type",
  "error.message",
  "http.request.method",
  "url.original",
  "http.response.status_code",
  "event.duration",
  "trace.id",
];
const lastFields = ["container.id", "origin.id", "event.sequence", "event.ingested", "event.original", "id"];

function entriesOf(row: Row): (readonly [string, unknown])[] {
  const { attrs, "container.labels": labels, ...flat } = row;
  const prefixed = Object.entries(labels ?? {}).map(
    ([name, value]) => [`container.labels.${name}`, value] as const,
  );
  // An attribute may be called as a field or its short name is; then only the long form means the attribute.
  const own = Object.entries(attrs ?? {}).map(
    ([name, value]) => [fieldOf(name) ? `attrs.${name}` : name, value] as const,
  );
  const entries = [...Object.entries(flat), ...own, ...prefixed];
  const rank = (name: string) => {
    const first = firstFields.indexOf(name);
    if (first >= 0) return first;
    return lastFields.includes(name) ? 1000 + lastFields.indexOf(name) : 500;
  };
  return entries
    .filter(([, value]) => value !== undefined && value !== null && value !== "")
    .sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b));
}

function Fields(props: { readonly row: Row; readonly filter: Props["filter"] }) {
  return (
    <div class="kv">
      <For each={entriesOf(props.row)}>
        {([name, value]) => {
          const text = stripControls(typeof value === "string" ? value : JSON.stringify(value));
          return (
            <>
              <span>{name}</span>
              <button
                type="button"
                class={name === "http.response.status_code" ? statusClassName(text) : ""}
                title="Click: only this value. Alt-click: not this value."
                onClick={(event) => props.filter(name, text, event.altKey)}
              >
                {text.length > 600 ? `${text.slice(0, 600)}…` : text}
                <Show when={name === "event.duration"}>
                  <span class="dim"> ns = {formatDuration(Number(value))}</span>
                </Show>
              </button>
            </>
          );
        }}
      </For>
    </div>
  );
}

function Context(props: { readonly row: Row; readonly openContext: (id: string) => void }) {
  const app = useApp();
  const [rows] = createResource(
    () => props.row.id,
    async (id) => (await app.api.context(id, contextLines, contextLines, new AbortController().signal)).rows,
  );
  return (
    <div class="ctx-side">
      <div class="exh">
        <b>Context of this container</b>
        <span class="dim">
          unfiltered, {contextLines} before and {contextLines} after
        </span>
        <span class="sp" />
        <button type="button" class="link" onClick={() => props.openContext(props.row.id)}>
          Open full context <kbd>c</kbd>
        </button>
      </div>
      <Show when={!rows.error} fallback={<p class="sub">{messageOf(rows.error)}</p>}>
        <div class="ctx log-text">
          <For each={rows() ?? []}>
            {(row) => <ContextRow row={row} selected={row.id === props.row.id} />}
          </For>
        </div>
      </Show>
    </div>
  );
}

function ContextRow(props: { readonly row: Row; readonly selected: boolean }) {
  const app = useApp();
  const model = () => rowModel(props.row, app.zone());
  return (
    <div class={`lr ${model().level}`} classList={{ sel: props.selected }}>
      <span class="t">{model().time}</span>
      <span class="lv">{model().level}</span>
      <span class="m" ref={(holder) => writeParts(holder, clipped(model().parts))} />
    </div>
  );
}
