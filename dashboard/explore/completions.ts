import { createEffect, createMemo, createSignal, on, onCleanup } from "solid-js";
import { fieldOf, fields } from "../../common/fields/dictionary.ts";
import { formatShort } from "../format/numbers.ts";
import { useApp } from "../shell/app-context.ts";
import type { Completable } from "./query-edit.ts";

export interface Suggestion {
  readonly value: string;
  readonly note: string;
}

const suggestionsMax = 10;
const valuesAsked = 200;

/** Short names first: they are what people type. */
const shortNames = [
  "app",
  "level",
  "status",
  "path",
  "method",
  "host",
  "container",
  "ip",
  "duration",
  "task",
];

/** Field names from the dictionary and the data; values with their counts in the range, asked once per field. */
export function createCompletions(
  place: () => Completable | undefined,
  fieldNames: () => readonly string[],
): () => readonly Suggestion[] {
  const app = useApp();
  const [values, setValues] = createSignal<{
    readonly field: string;
    readonly list: readonly Suggestion[];
  }>();
  const field = createMemo(() => {
    const at = place();
    return at?.kind === "value" ? at.field : undefined;
  });
  let asking = new AbortController();
  createEffect(
    on(field, (name) => {
      if (name === undefined || values()?.field === name) return;
      asking.abort();
      asking = new AbortController();
      const { from, to } = app.state().range;
      app.api
        .top({ query: "", from: apiTime(from), to: apiTime(to) }, name, valuesAsked, asking.signal)
        .then((answer) =>
          setValues({
            field: name,
            list: answer.values.map(({ value, count }) => ({ value, note: formatShort(count) })),
          }),
        )
        // Completion is a help; without it the query is typed as ever.
        .catch(() => {});
    }),
  );
  onCleanup(() => asking.abort());
  const apiTime = (text: string) => (text === "today" ? "now-24h" : text);

  return createMemo(() => {
    const at = place();
    if (!at) return [];
    const list =
      at.kind === "field"
        ? fieldSuggestions(at.typed, fieldNames())
        : values()?.field === at.field
          ? values()!.list
          : [];
    const typed = at.typed.toLowerCase();
    const ranked = list.filter(({ value }) => value.toLowerCase().includes(typed));
    ranked.sort(
      (a, b) =>
        Number(b.value.toLowerCase().startsWith(typed)) - Number(a.value.toLowerCase().startsWith(typed)),
    );
    if (ranked.length === 1 && ranked[0]!.value === at.typed) return [];
    return ranked.slice(0, suggestionsMax);
  });
}

function fieldSuggestions(typed: string, extra: readonly string[]): Suggestion[] {
  if (typed.length < 1) return [];
  const known: Suggestion[] = shortNames.map((name) => ({ value: name, note: fieldOf(name)?.name ?? "" }));
  for (const field of fields)
    if (field.name !== "attrs") known.push({ value: field.name, note: field.meaning });
  for (const name of extra) if (!fieldOf(name)) known.push({ value: name, note: "attribute" });
  return known;
}
