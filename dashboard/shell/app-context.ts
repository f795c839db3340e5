import { createContext, useContext } from "solid-js";
import type { Clock } from "../../common/base/clock.ts";
import type { ApiClient } from "../api/client.ts";
import type { Socket } from "../api/tail.ts";
import type { StatusAnswer } from "../api/types.ts";
import type { Zone } from "../format/zone.ts";
import type { UrlState } from "../state/url-state.ts";
import type { Poll } from "./poll.ts";

/** `replace` does not add a step for Back: for what follows from typing or scrolling. */
export interface UpdateOptions {
  readonly replace?: boolean;
}

/** A key that is given as undefined is removed from the state. */
export type StatePatch = { readonly [K in keyof UrlState]?: UrlState[K] | undefined };

export interface Toast {
  readonly text: string;
  readonly icon?: "check" | "warn" | "clock";
}

/** What every component can reach; made by main.tsx. Functions read signals. */
export interface AppContext {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly connect: (path: string) => Socket;
  /** The URL as it is, and changes of it. */
  readonly state: () => UrlState;
  readonly update: (patch: StatePatch, options?: UpdateOptions) => void;
  /** Goes to a whole other state, one step for Back. */
  readonly go: (state: UrlState) => void;
  readonly zone: () => Zone;
  readonly theme: () => "dark" | "light";
  /** Milliseconds since the epoch, moved once a second. */
  readonly now: () => number;
  readonly status: Poll<StatusAnswer>;
  readonly toast: (toast: Toast) => void;
  readonly copy: (text: string, said: string) => void;
  /** Opens the palette or the list of keys. */
  readonly open: (what: "palette" | "keys") => void;
}

const Context = createContext<AppContext>();
export const AppProvider = Context.Provider;

export function useApp(): AppContext {
  const app = useContext(Context);
  if (!app) throw new Error("A component was rendered outside the application.");
  return app;
}
