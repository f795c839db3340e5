import { For, onCleanup, onMount } from "solid-js";

const keys: readonly (readonly [string, string])[] = [
  ["/", "Go to the query or filter"],
  ["Ctrl K", "Go to a page, an app or a recent query"],
  ["g o · g e", "Overview · Explore"],
  ["t", "Chart as a table"],
  ["j · k", "Next, previous line"],
  ["Enter", "Open or close the line"],
  ["c", "Context: lines of this container, unfiltered"],
  ["f · x", "Only, or not, the app of the line"],
  ["n", "Next line of level error or worse, or with a 5xx"],
  ["y", "Copy a link to the line"],
  ["l", "Live tail on or off"],
  ["End", "Follow the newest lines"],
  ["[ · ]", "Earlier, later range"],
  ["Esc", "Clear the brush, then the selection"],
];

/** Every key in one place; Escape or a click outside closes it. */
export function KeysHelp(props: { readonly close: () => void }) {
  let dialog!: HTMLDialogElement;
  onMount(() => dialog.showModal());
  onCleanup(() => dialog.close());
  return (
    <dialog class="dialog" ref={dialog} aria-labelledby="keys-title" onClose={() => props.close()}>
      <header>
        <h2 id="keys-title">Keys</h2>
        <span class="sp" />
        <button type="button" class="btn quiet" onClick={() => props.close()}>
          Close
        </button>
      </header>
      <dl class="keys">
        <For each={keys}>
          {([key, meaning]) => (
            <>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{meaning}</dd>
            </>
          )}
        </For>
      </dl>
      <p class="dim">Keys act where no text is being typed.</p>
    </dialog>
  );
}
