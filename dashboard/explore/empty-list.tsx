import { createMemo, For, Show } from "solid-js";
import { formatAge, formatCount } from "../format/numbers.ts";
import { formatDay, formatMinute } from "../format/zone.ts";
import { createAnswer } from "../shell/answer.ts";
import { useApp } from "../shell/app-context.ts";
import { absoluteRange, type RangeMs, rangeLabel } from "../state/time-range.ts";
import { droppableTerms, withoutTerm } from "./query-edit.ts";
import { rowMs } from "./row-model.ts";

/** How far back the last match is looked for, and how many terms are tried without. */
const lookBackMs = 7 * 86_400_000;
const termsMax = 4;
const aroundMs = 15 * 60_000;

/** No line matches: says when one last did, and which term keeps lines away. */
export function EmptyList(props: { readonly range: RangeMs }) {
  const app = useApp();
  const query = () => app.state().query;
  const asked = createMemo(() => ({ query: query(), fromMs: props.range.fromMs, toMs: props.range.toMs }));
  const last = createAnswer(asked, async (now, signal) => {
    const scope = { query: now.query, from: iso(now.fromMs - lookBackMs), to: iso(now.fromMs) };
    const { rows } = await app.api.logs(scope, { order: "desc", limit: 1 }, signal);
    return { ms: rows?.[0] && rowMs(rows[0]) };
  });
  const lastMs = () => last.answer()?.ms;
  const drops = createAnswer(asked, async (now, signal) => {
    const terms = droppableTerms(now.query).slice(0, termsMax);
    const counted = await Promise.all(
      terms.map(async (term) => {
        const scope = { query: withoutTerm(now.query, term), from: iso(now.fromMs), to: iso(now.toMs) };
        return { term, query: scope.query, total: (await app.api.histogram(scope, "", "", signal)).total };
      }),
    );
    return counted.filter(({ total }) => total > 0).sort((a, b) => b.total - a.total);
  });
  const name = () => {
    const label = rangeLabel(app.state().range, app.now(), app.zone());
    return app.state().brush
      ? "in the brushed part"
      : label.name
        ? `in the ${label.name}`
        : `in ${label.interval}`;
  };
  const when = (ms: number) => {
    const day = formatDay(ms, app.zone());
    return `${day === formatDay(app.now(), app.zone()) ? "" : `${day} `}${formatMinute(ms, app.zone())}`;
  };
  return (
    <div class="mid late">
      <b>No lines match {name()}</b>
      <Show when={lastMs()} fallback={<span>{last.answer() ? "Nor in the seven days before." : ""}</span>}>
        {(ms) => (
          <span>
            This query last matched at {when(ms())}, {formatAge(app.now() - ms())} ago.
          </span>
        )}
      </Show>
      <div class="acts-row">
        <Show when={lastMs()}>
          {(ms) => (
            <button
              type="button"
              class="btn pri"
              onClick={() =>
                app.update({
                  range: absoluteRange({ fromMs: ms() - aroundMs, toMs: ms() + aroundMs }),
                  brush: undefined,
                })
              }
            >
              Go to {when(ms())}
            </button>
          )}
        </Show>
        <For each={drops.answer() ?? []}>
          {(drop) => (
            <button type="button" class="btn" onClick={() => app.update({ query: drop.query })}>
              Drop <span class="mono">{drop.term}</span> ({formatCount(drop.total)} lines)
            </button>
          )}
        </For>
      </div>
    </div>
  );
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
