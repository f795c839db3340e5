import { createSignal, onCleanup } from "solid-js";
import { formatUrl, parseUrl, type UrlState } from "../state/url-state.ts";
import type { StatePatch, UpdateOptions } from "./app-context.ts";

export interface UrlStore {
  readonly state: () => UrlState;
  readonly update: (patch: StatePatch, options?: UpdateOptions) => void;
  readonly go: (state: UrlState) => void;
}

/** The URL is the state: what changes is written there, and Back reads it again. */
export function createUrlStore(): UrlStore {
  const read = () => parseUrl(location.pathname, location.search);
  const [state, setState] = createSignal(read());
  const back = () => setState(read());
  window.addEventListener("popstate", back);
  onCleanup(() => window.removeEventListener("popstate", back));

  function write(next: UrlState, replace: boolean): void {
    const url = formatUrl(next);
    if (url === location.pathname + location.search) return;
    if (replace) history.replaceState(null, "", url);
    else history.pushState(null, "", url);
    setState(next);
  }
  return {
    state,
    update: (patch, options) => write(patched(state(), patch), options?.replace ?? false),
    go: (next) => write(next, false),
  };
}

function patched(state: UrlState, patch: StatePatch): UrlState {
  const entries = Object.entries({ ...state, ...patch }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as UrlState;
}
