import { createMemo, createSignal, For, onCleanup, onMount, Show } from "solid-js";
import { formatCondition } from "../../common/query/format.ts";
import { defaultState, type UrlState } from "../state/url-state.ts";
import { useApp } from "./app-context.ts";
import { recentQueries } from "./recent-queries.ts";

interface Target {
  readonly kind: string;
  readonly name: string;
  readonly state: UrlState;
}

const targetsMax = 12;

/** Ctrl K: pages, apps that logged in the last hour, recent queries; or search for what was typed. */
export function Palette(props: { readonly close: () => void }) {
  const app = useApp();
  const [text, setText] = createSignal("");
  const [at, setAt] = createSignal(0);
  const [apps, setApps] = createSignal<readonly string[]>([]);
  let dialog!: HTMLDialogElement;
  const asking = new AbortController();
  onMount(() => {
    dialog.showModal();
    app.api
      .top({ query: "", from: "now-1h", to: "now" }, "service.name", 100, asking.signal)
      .then((answer) => setApps(answer.values.map((one) => one.value)))
      // Without the list of apps the palette still has pages and queries.
      .catch(() => {});
  });
  onCleanup(() => {
    asking.abort();
    dialog.close();
  });

  const explore = (query: string): UrlState => ({
    ...defaultState("explore"),
    zone: app.state().zone,
    query,
  });
  const all = createMemo((): Target[] => [
    { kind: "Page", name: "Overview", state: { ...defaultState("overview"), zone: app.state().zone } },
    { kind: "Page", name: "Explore", state: explore("") },
    ...apps().map((name) => ({ kind: "App", name, state: explore(formatCondition("app", name)) })),
    ...recentQueries().map((query) => ({ kind: "Query", name: query, state: explore(query) })),
  ]);
  const targets = createMemo((): Target[] => {
    const needle = text().trim().toLowerCase();
    const found = all().filter((target) => target.name.toLowerCase().includes(needle));
    const search = { kind: "Search", name: text().trim(), state: explore(text().trim()) };
    return needle === "" ? found.slice(0, targetsMax) : [...found.slice(0, targetsMax - 1), search];
  });
  const choose = (target: Target | undefined) => {
    if (!target) return;
    props.close();
    const { theme } = app.state();
    app.go({ ...target.state, ...(theme ? { theme } : {}) });
  };
  const onKey = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      setAt((before) => Math.max(0, Math.min(targets().length - 1, before + step)));
    } else if (event.key === "Enter") {
      event.preventDefault();
      choose(targets()[at()]);
    }
  };
  return (
    <dialog class="dialog palette" ref={dialog} aria-label="Go to" onClose={() => props.close()}>
      <input
        type="text"
        class="field"
        placeholder="Page, app, or query"
        aria-label="Page, app, or query"
        value={text()}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      <div class="targets">
        <For each={targets()}>
          {(target, index) => (
            <button
              type="button"
              class="it"
              classList={{ on: index() === at() }}
              onClick={() => choose(target)}
            >
              <span class="clip" classList={{ mono: target.kind === "Query" || target.kind === "Search" }}>
                {target.name}
              </span>
              <span class="n">{target.kind}</span>
            </button>
          )}
        </For>
        <Show when={targets().length === 0}>
          <p class="dim">Nothing of that name.</p>
        </Show>
      </div>
    </dialog>
  );
}
