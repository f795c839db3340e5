import { Show } from "solid-js";
import { formatCount, formatShort, formatSpan } from "../format/numbers.ts";
import { freshnessOf } from "../state/freshness.ts";
import { defaultState, formatUrl, type UrlState } from "../state/url-state.ts";
import { useApp } from "./app-context.ts";
import { Icon } from "./icons.tsx";

const pages = [
  ["overview", "Overview"],
  ["explore", "Explore"],
] as const;

export function TopBar() {
  const app = useApp();
  const flip = () => app.update({ theme: app.theme() === "dark" ? "light" : "dark" }, { replace: true });
  return (
    <header class="top">
      <PageLink page="overview" class="brand">
        <svg viewBox="0 0 14 18" aria-hidden="true">
          <path d="M7 0l6 8H1zM7 10l6 8H1z" />
        </svg>
        Seamark
      </PageLink>
      <nav class="nav" aria-label="Pages">
        {pages.map(([page, name]) => (
          <PageLink page={page}>{name}</PageLink>
        ))}
      </nav>
      <span class="sp" />
      <Pulse />
      <button type="button" class="btn goto hide-n" onClick={() => app.open("palette")}>
        <Icon name="search" /> Go to… <span class="sp" />
        <kbd>Ctrl K</kbd>
      </button>
      <button
        type="button"
        class="btn quiet sq"
        aria-label={`Switch to the ${app.theme() === "dark" ? "light" : "dark"} theme`}
        title="Theme"
        onClick={flip}
      >
        <Icon name="sun" />
      </button>
    </header>
  );
}

/** A real link, so that it opens in a new tab too; a plain click stays in the application. */
export function PageLink(props: {
  readonly page: UrlState["page"];
  readonly class?: string;
  readonly children: unknown;
}) {
  const app = useApp();
  const target = (): UrlState => {
    const { theme, zone } = app.state();
    return { ...defaultState(props.page), zone, ...(theme ? { theme } : {}) };
  };
  const on = () => props.class === undefined && app.state().page === props.page;
  return (
    <a
      href={formatUrl(target())}
      class={props.class}
      classList={{ on: on() }}
      aria-current={on() ? "page" : undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        app.go(target());
      }}
    >
      {props.children as never}
    </a>
  );
}

/** Is ingest sound? Lines per second, how far behind, what was lost; or that nobody answers. */
function Pulse() {
  const app = useApp();
  const status = () => app.status.data();
  const ageMs = () => app.now() - (app.status.receivedMs() ?? app.now());
  const stale = () => freshnessOf(ageMs(), app.status.intervalMs) !== "fresh";
  return (
    <Show when={status()}>
      {(answer) => (
        <span class="pulse" classList={{ old: stale() }}>
          <span class="hide-n">
            <b>{formatShort(answer().ingest.linesPerSecond)}</b> lines/s
          </span>
          <Show when={answer().behindSeconds !== null}>
            <span class="hide-n">
              <b>{behindText(answer().behindSeconds ?? 0)}</b> behind
            </span>
          </Show>
          <Show when={answer().state !== "ready"}>
            <span class="c4" title={answer().reasons.join("\n")}>
              <Icon name="warn" /> {answer().state}
            </span>
          </Show>
          <Show when={answer().lostLinesToday ?? 0}>
            {(lost) => (
              <span class="c4" title="Lines that are known to be missing since midnight UTC">
                <Icon name="warn" /> {formatCount(lost())} lost<span class="hide-n"> today</span>
              </span>
            )}
          </Show>
        </span>
      )}
    </Show>
  );
}

function behindText(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : formatSpan(seconds * 1000);
}
