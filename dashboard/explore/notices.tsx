import { Show } from "solid-js";
import { parseQuery } from "../../common/query/parser.ts";
import { formatCount, formatSpan } from "../format/numbers.ts";
import { formatSecond } from "../format/zone.ts";
import { useApp } from "../shell/app-context.ts";
import { Icon } from "../shell/icons.tsx";
import type { Explore } from "./explore-data.ts";

/** What failed, what is still true, and what to do: above the lines, which stay. */
export function Notices(props: { readonly explore: Explore }) {
  const app = useApp();
  const { explore } = props;
  const failed = () => explore.feed().error ?? explore.contextError() ?? explore.counts.error();
  const lost = () => {
    const state = explore.live.tailState();
    return explore.mode() === "live" && state.kind === "lost" ? state : undefined;
  };
  const skipped = () => {
    explore.version();
    return explore.mode() === "live" && !explore.live.paused() ? (explore.live.lines()?.skipped ?? 0) : 0;
  };
  /** The query bar says what it finds itself; this is for what only the server refuses. */
  const queryError = () =>
    parseQuery(app.state().query).error ? undefined : explore.feed().answer?.queryError;
  return (
    <>
      <Show when={!lost() && failed()}>
        {(error) => (
          <div class="notice bad" role="alert">
            <span class="c5">
              <Icon name="warn" />
            </span>
            <b>{error().message}</b>
            <span>
              {error().hint ?? (explore.buffer.length > 0 ? "The lines below are from before." : "")}
            </span>
            <span class="sp" />
            <button type="button" class="btn small" onClick={() => explore.refresh()}>
              Retry now
            </button>
          </div>
        )}
      </Show>
      <Show when={lost()}>
        {(state) => (
          <div class="notice warn" role="alert">
            <span class="c4">
              <Icon name="clock" />
            </span>
            <b>Connection lost.</b>
            <span>
              Next try in {formatSpan(state().retryMs)}. Shown lines are from{" "}
              {formatSecond(explore.live.heardMs(), app.zone())} and before; those in between are fetched
              then.
            </span>
          </div>
        )}
      </Show>
      <Show when={skipped() > 0}>
        <div class="notice warn" role="status">
          <span class="c4">
            <Icon name="warn" />
          </span>
          <span>
            <b>{formatCount(skipped())} lines skipped:</b> more come than this page can take. The search has
            them all; a narrower query tails them all.
          </span>
        </div>
      </Show>
      <Show when={queryError()}>
        {(error) => (
          <div class="notice warn" role="status">
            <span class="c4">
              <Icon name="warn" />
            </span>
            <span>{error().message} Shown are lines that contain this text.</span>
          </div>
        )}
      </Show>
      <Show when={explore.mode() === "context"}>
        <div class="notice">
          <span>
            <b>Lines of one container,</b> unfiltered, around the marked one.
          </span>
          <span class="sp" />
          <button type="button" class="btn small" onClick={() => app.update({ context: undefined })}>
            Back to the search <kbd>Esc</kbd>
          </button>
        </div>
      </Show>
    </>
  );
}
