import { defaultState, type UrlState } from "../state/url-state.ts";
import type { AppContext } from "./app-context.ts";

/** After `g` the next key names a page; it must come soon. */
const chordMs = 1500;

/** True where keys are text: there single keys must not act. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null;
  return target !== null && (/^(input|textarea|select)$/i.test(target.tagName) || target.isContentEditable);
}

export function hasModifier(event: KeyboardEvent): boolean {
  return event.ctrlKey || event.metaKey || event.altKey;
}

/** Keys that every page has: `/`, `g o`, `g e`, `t`, `?`, Ctrl K. Pages add their own. */
export function pageKeys(app: AppContext): (event: KeyboardEvent) => void {
  let chordAt = Number.NEGATIVE_INFINITY;
  const goTo = (page: UrlState["page"]) => {
    const { theme, zone } = app.state();
    app.go({ ...defaultState(page), zone, ...(theme ? { theme } : {}) });
  };
  return (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      app.open("palette");
      return;
    }
    if (isTyping(event) || hasModifier(event)) return;
    const inChord = app.clock.monotonicMs() - chordAt < chordMs;
    chordAt = Number.NEGATIVE_INFINITY;
    if (inChord && (event.key === "o" || event.key === "e")) {
      event.preventDefault();
      event.stopImmediatePropagation();
      goTo(event.key === "o" ? "overview" : "explore");
    } else if (event.key === "g") chordAt = app.clock.monotonicMs();
    else if (event.key === "?") app.open("keys");
    else if (event.key === "t") document.querySelector<HTMLElement>("[data-table-toggle]")?.click();
    else if (event.key === "/") {
      event.preventDefault();
      document.getElementById("query")?.focus();
    }
  };
}
