import { batch, createEffect, createMemo, createSignal, For, on, Show } from "solid-js";
import { completionAt } from "../../common/query/complete.ts";
import { parseParts } from "../../common/query/parser.ts";
import { useApp } from "../shell/app-context.ts";
import { Icon } from "../shell/icons.tsx";
import { createCompletions, type Suggestion } from "./completions.ts";
import { completed } from "./query-edit.ts";
import { type TintedPiece, tintedPieces } from "./query-tint.ts";

/** The text that is being typed: where the cursor is, what completes it, what the keys do. */
function createDraft(fieldNames: () => readonly string[], input: () => HTMLInputElement) {
  const app = useApp();
  const [draft, setDraft] = createSignal(app.state().query);
  const [cursor, setCursor] = createSignal(0);
  const [focused, setFocused] = createSignal(false);
  const [closed, setClosed] = createSignal(false);
  const [at, setAt] = createSignal(-1);
  createEffect(on(() => app.state().query, setDraft, { defer: true }));
  const place = createMemo(() => (focused() && !closed() ? completionAt(draft(), cursor()) : undefined));
  const suggestions = createCompletions(place, fieldNames);
  createEffect(on(suggestions, () => setAt(-1)));

  const run = () => {
    setClosed(true);
    app.update({ query: draft(), line: undefined, context: undefined });
  };
  const accept = (suggestion: Suggestion) => {
    const where = place();
    if (!where) return;
    const next = completed(draft(), where, suggestion.value);
    setDraft(next.query);
    input().value = next.query;
    input().setSelectionRange(next.cursor, next.cursor);
    input().focus();
    setCursor(next.cursor);
  };
  const onKey = (event: KeyboardEvent) => {
    const list = suggestions();
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && list.length > 0)
      setAt((before) => Math.max(-1, Math.min(list.length - 1, before + step)));
    else if (event.key === "Tab" && list.length > 0 && !event.shiftKey) accept(list[Math.max(0, at())]!);
    else if (event.key === "Enter") {
      const chosen = list[at()];
      if (chosen) accept(chosen);
      else run();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      if (list.length > 0) setClosed(true);
      else input().blur();
    } else return;
    event.preventDefault();
  };
  return {
    draft,
    setDraft,
    setCursor,
    focused,
    setFocused,
    setClosed,
    at,
    place,
    suggestions,
    accept,
    onKey,
  };
}

/** The one input: its text is the only filter. Tokens are tinted in place by a layer under the transparent text. */
export function QueryBar(props: { readonly fieldNames: () => readonly string[] }) {
  const app = useApp();
  let input!: HTMLInputElement;
  let layer!: HTMLDivElement;
  const {
    draft,
    setDraft,
    setCursor,
    focused,
    setFocused,
    setClosed,
    at,
    place,
    suggestions,
    accept,
    onKey,
  } = createDraft(
    () => props.fieldNames(),
    () => input,
  );
  const parsed = createMemo(() => parseParts(draft()));
  const moved = () => {
    setCursor(input.selectionStart ?? 0);
    layer.scrollLeft = input.scrollLeft;
  };
  return (
    <div class="qbox">
      <div class="q" classList={{ focus: focused(), wrong: parsed().error !== undefined }}>
        <Icon name="search" />
        <div class="qtext">
          <div class="qlayer" ref={layer} aria-hidden="true">
            <For each={tintedPieces(draft(), parsed())}>{(piece) => <Piece piece={piece} />}</For>
          </div>
          <input
            id="query"
            ref={input}
            type="text"
            spellcheck={false}
            autocomplete="off"
            autocapitalize="off"
            placeholder="Search all lines: words, field:value, status>=500, level>=warn"
            aria-label="Query"
            aria-invalid={parsed().error !== undefined}
            aria-describedby={parsed().error ? "query-error" : undefined}
            role="combobox"
            aria-expanded={suggestions().length > 0}
            aria-controls="query-suggestions"
            value={draft()}
            onInput={(event) => {
              const { value } = event.currentTarget;
              // Text and cursor change at once: completion is never computed for a place that was not.
              batch(() => {
                setDraft(value);
                setClosed(false);
                moved();
              });
            }}
            onKeyDown={onKey}
            onKeyUp={moved}
            onClick={moved}
            onScroll={moved}
            onFocus={() => {
              setFocused(true);
              moved();
            }}
            onBlur={() => setFocused(false)}
          />
        </div>
        <Show when={draft() !== app.state().query} fallback={<span class="dim hint hide-n">/ to edit</span>}>
          <span class="dim hint hide-n">Enter to search</span>
        </Show>
      </div>
      <Show when={suggestions().length > 0}>
        <Suggestions list={suggestions()} at={at()} accept={accept} typed={place()?.prefix ?? ""} />
      </Show>
      <Show when={parsed().error}>
        {(error) => (
          <p class="query-error c4" id="query-error" role="status">
            At character {error().from + 1}: {error().message} Showing lines that contain this text instead.
          </p>
        )}
      </Show>
    </div>
  );
}

function Piece(props: { readonly piece: TintedPiece }) {
  return <span class={props.piece.className}>{props.piece.text}</span>;
}

function Suggestions(props: {
  readonly list: readonly Suggestion[];
  readonly at: number;
  readonly typed: string;
  readonly accept: (suggestion: Suggestion) => void;
}) {
  const found = (value: string) => Math.max(0, value.toLowerCase().indexOf(props.typed.toLowerCase()));
  return (
    <div class="pop suggest" id="query-suggestions" role="listbox">
      <For each={props.list}>
        {(suggestion, index) => (
          <button
            type="button"
            class="it mono"
            role="option"
            tabindex="-1"
            aria-selected={index() === Math.max(0, props.at)}
            classList={{ on: index() === Math.max(0, props.at) }}
            onPointerDown={(event) => {
              event.preventDefault();
              props.accept(suggestion);
            }}
          >
            <span class="clip">
              {suggestion.value.slice(0, found(suggestion.value))}
              <b>
                {suggestion.value.slice(
                  found(suggestion.value),
                  found(suggestion.value) + props.typed.length,
                )}
              </b>
              {suggestion.value.slice(found(suggestion.value) + props.typed.length)}
            </span>
            <span class="n">
              {suggestion.note}
              {index() === Math.max(0, props.at) ? " · Tab" : ""}
            </span>
          </button>
        )}
      </For>
    </div>
  );
}
