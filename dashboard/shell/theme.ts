import { createEffect, createSignal, onCleanup } from "solid-js";
import type { UrlState } from "../state/url-state.ts";

const storageKey = "seamark.theme";

/** The theme of the URL, else the one last chosen here, else the system's. */
export function createTheme(state: () => UrlState): () => "dark" | "light" {
  const system = window.matchMedia("(prefers-color-scheme: light)");
  const [light, setLight] = createSignal(system.matches);
  const changed = () => setLight(system.matches);
  system.addEventListener("change", changed);
  onCleanup(() => system.removeEventListener("change", changed));

  const theme = () => state().theme ?? remembered() ?? (light() ? "light" : "dark");
  document.documentElement.dataset.theme = theme();
  createEffect(() => {
    document.documentElement.dataset.theme = theme();
    const chosen = state().theme;
    if (chosen) remember(chosen);
  });
  return theme;
}

/** Storage may be forbidden; then the theme is simply not remembered. */
function remembered(): "dark" | "light" | undefined {
  try {
    const theme = localStorage.getItem(storageKey);
    return theme === "dark" || theme === "light" ? theme : undefined;
  } catch {
    return undefined;
  }
}

function remember(theme: string): void {
  try {
    localStorage.setItem(storageKey, theme);
  } catch {
    // Not remembered; see above.
  }
}
