import { Show } from "solid-js";
import { formatAge, formatCount } from "../format/numbers.ts";
import { formatDayTime } from "../format/zone.ts";
import { useApp } from "../shell/app-context.ts";
import { Icon } from "../shell/icons.tsx";
import { isRelative } from "../state/time-range.ts";
import { completeText } from "./complete-text.ts";
import type { Explore } from "./explore-data.ts";

/** Lines found, in what time, complete to when, how old: doubt stands where the number stands. */
export function ResultFacts(props: { readonly explore: Explore }) {
  const app = useApp();
  const counts = () => props.explore.counts.answer()?.answer;
  const tookMs = () => Math.max(counts()?.tookMs ?? 0, props.explore.feed().answer?.tookMs ?? 0);
  const behind = () => {
    const { completeTo, to } = counts() ?? {};
    if (completeTo === undefined || to === undefined) return undefined;
    return completeText(completeTo, to, app.now(), app.zone());
  };
  const keptSince = () => {
    const since = app.status.data()?.keptSince;
    return since && Date.parse(since) > props.explore.range().fromMs ? since : undefined;
  };
  const ageMs = () => app.now() - props.explore.ranMs();
  const partial = () => counts()?.partial ?? props.explore.feed().answer?.partial ?? null;
  return (
    <div class="views">
      <Show when={counts()}>
        {(answer) => (
          <span>
            <b>{formatCount(answer().total)}</b> {answer().total === 1 ? "line" : "lines"} ·{" "}
            {Math.round(tookMs())} ms
          </span>
        )}
      </Show>
      <Show when={partial()}>
        {(why) => (
          <span class="c4">
            · <Icon name="warn" /> not all:{" "}
            {why() === "deadline" ? "the time was up" : "the limit was reached"}
          </span>
        )}
      </Show>
      <Show when={behind()}>{(text) => <span>· {text()}</span>}</Show>
      <Show when={keptSince()}>
        {(since) => (
          <span class="hide-n">· lines are kept since {formatDayTime(Date.parse(since()), app.zone())}</span>
        )}
      </Show>
      <span class="sp" />
      <Show when={isRelative(app.state().range) && props.explore.mode() === "search"}>
        <span class="hide-n">searched {formatAge(Math.max(0, ageMs()))} ago</span>
        <button type="button" class="btn quiet" onClick={() => props.explore.refresh()}>
          Search again
        </button>
      </Show>
      <button
        type="button"
        class="btn quiet hide-n"
        onClick={() => app.copy(location.href, "Link copied: query, range, brush and open line")}
      >
        <Icon name="link" /> Copy link
      </button>
    </div>
  );
}
