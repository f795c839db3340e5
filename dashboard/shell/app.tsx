import { createEffect, createSignal, lazy, onCleanup, Show, Suspense } from "solid-js";
import type { Clock } from "../../common/base/clock.ts";
import type { ApiClient } from "../api/client.ts";
import type { Socket } from "../api/tail.ts";
import { localZone, utcZone } from "../format/zone.ts";
import { OverviewPage } from "../overview/overview-page.tsx";
import { type AppContext, AppProvider, type Toast } from "./app-context.ts";
import { Banner } from "./banner.tsx";
import { KeysHelp } from "./keys-help.tsx";
import { pageKeys } from "./page-keys.ts";
import { Palette } from "./palette.tsx";
import { createPoll } from "./poll.ts";
import { createTheme } from "./theme.ts";
import { createToasts, Toasts } from "./toasts.tsx";
import { TopBar } from "./top-bar.tsx";
import { createUrlStore } from "./url-store.ts";

const ExplorePage = lazy(async () => ({
  default: (await import("../explore/explore-page.tsx")).ExplorePage,
}));

const statusIntervalMs = 5000;
const tickMs = 1000;

interface AppProps {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly connect: (path: string) => Socket;
}

export function App(props: AppProps) {
  const { api, clock, connect } = props;
  const { state, update, go } = createUrlStore();
  const theme = createTheme(state);
  const [now, setNow] = createSignal(clock.nowMs());
  const [open, setOpen] = createSignal<"palette" | "keys">();
  const toasts = createToasts(clock);
  const ticker = setInterval(() => setNow(clock.nowMs()), tickMs);
  onCleanup(() => clearInterval(ticker));

  const context: AppContext = {
    api,
    clock,
    connect,
    state,
    update,
    go,
    theme,
    now,
    zone: () => (state().zone === "utc" ? utcZone : localZone),
    status: createPoll((signal) => api.status(signal), { clock, intervalMs: statusIntervalMs }),
    toast: (toast: Toast) => toasts.show(toast),
    copy: (text, said) => void copy(text, said, toasts.show),
    open: setOpen,
  };
  const keys = pageKeys(context);
  document.addEventListener("keydown", keys);
  onCleanup(() => document.removeEventListener("keydown", keys));
  createEffect(() => {
    document.title = `${state().page === "explore" ? state().query || "Explore" : "Overview"} · Seamark`;
  });

  return (
    <AppProvider value={context}>
      <div class="page">
        <TopBar />
        <Banner />
        <Show when={state().page === "explore"} fallback={<OverviewPage />}>
          <Suspense>
            <ExplorePage />
          </Suspense>
        </Show>
      </div>
      <Toasts toasts={toasts} />
      <Show when={open() === "palette"}>
        <Palette close={() => setOpen(undefined)} />
      </Show>
      <Show when={open() === "keys"}>
        <KeysHelp close={() => setOpen(undefined)} />
      </Show>
    </AppProvider>
  );
}

/** Without https the browser has no clipboard; then the address bar has the same link, and that is said. */
async function copy(text: string, said: string, show: (toast: Toast) => void): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    show({ text: said, icon: "check" });
  } catch {
    show({ text: "The browser does not let this page copy; the address bar has the link.", icon: "warn" });
  }
}
