import { createEffect, createMemo, createSignal, on, onCleanup } from "solid-js";
import { fieldOf } from "../../common/fields/dictionary.ts";
import { type Completion, fieldCandidates } from "../../common/query/complete.ts";
import { formatShort } from "../format/numbers.ts";
import { useApp } from "../shell/app-context.ts";

export interface Suggestion {
  readonly value: string;
  readonly note: string;
}

const suggestionsMax = 10;
const valuesAsked = 200;

/** Field names from the dictionary and the data; values with their counts in the range, asked once per field. */
export function createCompletions(
  place: () => Completion | undefined,
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
    if (at.kind === "field" || at.kind === "groupBy") return fieldSuggestions(at.prefix, fieldNames());
    if (at.kind !== "value" || values()?.field !== at.field) return [];
    const found = matching(values()!.list, at.prefix);
    return found.length === 1 && found[0]!.value === at.prefix ? [] : found;
  });
}

/** Those that begin with what is typed first, then those that have it inside. */
function matching(list: readonly Suggestion[], typed: string): Suggestion[] {
  const needle = typed.toLowerCase();
  const begins = ({ value }: Suggestion) => value.toLowerCase().startsWith(needle);
  const found = list.filter(({ value }) => value.toLowerCase().includes(needle));
  return [...found.filter(begins), ...found.filter((one) => !begins(one))].slice(0, suggestionsMax);
}

/** Names of the dictionary, then those of attributes that the lines have. */
function fieldSuggestions(typed: string, extra: readonly string[]): Suggestion[] {
  if (typed === "") return [];
  const known = fieldCandidates(typed).map(({ insert, name, meaning }) => ({
    value: insert,
    note: insert === name ? meaning : name,
  }));
  const attributes = extra.filter((name) => !fieldOf(name)).map((value) => ({ value, note: "attribute" }));
  return [...known, ...matching(attributes, typed)].slice(0, suggestionsMax);
}
