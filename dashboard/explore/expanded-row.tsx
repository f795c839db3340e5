import { createMemo, createSignal, For, Match, Show, Switch } from "solid-js";
import { fieldOf } from "../../common/fields/dictionary.ts";
import type { Row } from "../api/types.ts";
import { formatCount, formatDuration } from "../format/numbers.ts";
import { stripControls } from "../format/sgr.ts";
import { createAnswer } from "../shell/answer.ts";
import { useApp } from "../shell/app-context.ts";
import { Icon } from "../shell/icons.tsx";
import { type Line, LineBuffer } from "./line-buffer.ts";
import { writeParts } from "./row-element.ts";
import { clipped, rowModel, statusClassName, withFold } from "./row-model.ts";

const contextLines = 5;
/** Asked for behind the line, so that a stack trace that the query did not find is there too. */
const rowsBehind = 100;
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
  const app = useApp();
  const [tab, setTab] = createSignal<Tab>("fields");
  const id = createMemo(() => props.line.row.id);
  const around = createAnswer(id, async (now, signal) => {
    const buffer = new LineBuffer();
    buffer.append((await app.api.context(now, contextLines, rowsBehind, signal)).rows, "asc");
    return buffer;
  });
  /** The line with its stack trace, also where the query found only the head of it. */
  const whole = () => {
    const buffer = around.answer();
    const found = buffer?.at(buffer.indexOf(id()) ?? Number.NaN);
    return found && found.row.id === id() && found.frames.length > props.line.frames.length
      ? found
      : props.line;
  };
  const tabs = (): readonly (readonly [Tab, string])[] => [
    ["fields", "Fields"],
    ["json", "JSON"],
    ["text", whole().frames.length > 0 ? `${formatCount(whole().frames.length)} frames` : "Text"],
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
              <LongText text={fullText(whole())} />
            </Match>
          </Switch>
        </div>
        <Context
          id={id()}
          lines={around.answer()}
          failed={around.error()?.message}
          openContext={props.openContext}
        />
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
              <span title={name}>{name}</span>
              <button
                type="button"
                class={name === "http.response.status_code" ? statusClassName(text) : ""}
                title={`Click: ${name === "trace.id" ? "all lines of this trace, in every app" : "only this value"}. Alt-click: not this value.`}
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

function Context(props: {
  readonly id: string;
  readonly lines: LineBuffer | undefined;
  readonly failed: string | undefined;
  readonly openContext: (id: string) => void;
}) {
  const shown = () => {
    const buffer = props.lines;
    if (!buffer) return [];
    const middle = buffer.indexOf(props.id) ?? buffer.first;
    const from = Math.max(buffer.first, middle - contextLines);
    const to = Math.min(buffer.end, middle + contextLines + 1);
    return Array.from({ length: to - from }, (_, at) => buffer.at(from + at)!);
  };
  return (
    <div class="ctx-side">
      <div class="exh">
        <b>Context of this container</b>
        <span class="dim">
          unfiltered, {contextLines} before and {contextLines} after
        </span>
        <span class="sp" />
        <button type="button" class="link" onClick={() => props.openContext(props.id)}>
          Open full context <kbd>c</kbd>
        </button>
      </div>
      <Show when={props.failed === undefined} fallback={<p class="sub">{props.failed}</p>}>
        <div class="ctx log-text">
          <For each={shown()}>{(line) => <ContextRow line={line} selected={line.row.id === props.id} />}</For>
        </div>
      </Show>
    </div>
  );
}

function ContextRow(props: { readonly line: Line; readonly selected: boolean }) {
  const app = useApp();
  const model = () => rowModel(props.line.row, app.zone());
  return (
    <div class={`lr ${model().level}`} classList={{ sel: props.selected }}>
      <span class="t">{model().time}</span>
      <span class="lv">{model().level}</span>
      <span
        class="m"
        ref={(holder) => writeParts(holder, clipped(withFold(model().parts, props.line.frames.length)))}
      />
    </div>
  );
}
