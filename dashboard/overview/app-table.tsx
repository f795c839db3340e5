import { createMemo, Index, Show } from "solid-js";
import type { App, AppsAnswer } from "../api/types.ts";
import { LaneCell } from "../charts/lane-cell.tsx";
import { lanesOf } from "../charts/lanes.ts";
import { Sparkline } from "../charts/sparkline-cell.tsx";
import { formatDuration, formatShare, formatShort, formatSpan, instancesText } from "../format/numbers.ts";
import { useApp } from "../shell/app-context.ts";
import { absoluteRange } from "../state/time-range.ts";
import { formatUrl } from "../state/url-state.ts";
import { attentionOf, errorsPerMinute, errorsRise } from "./attention.ts";
import { type DrillTarget, drillState } from "./drill-down.ts";

interface TableProps {
  readonly apps: readonly App[];
  /** How many there are without the filter. */
  readonly all: number;
  readonly answer: AppsAnswer;
  readonly rangeMinutes: number;
  readonly drill: (target: DrillTarget) => void;
  readonly onReading: (reading: boolean) => void;
}

export function AppTable(props: TableProps) {
  let holder!: HTMLElement;
  const left = () => {
    if (!holder.contains(document.activeElement)) props.onReading(false);
  };
  return (
    <section
      class="panel apps"
      ref={holder}
      aria-label="Apps"
      onPointerEnter={() => props.onReading(true)}
      onPointerLeave={left}
      onFocusIn={() => props.onReading(true)}
      onFocusOut={() => queueMicrotask(left)}
    >
      <table>
        <thead>
          <tr>
            <th class="name">App</th>
            <th class="num">Requests/s</th>
            <th class="mix-col">
              Requests, and failed share 0–10 %, {formatSpan(Math.round(props.rangeMinutes / 5) * 300_000)}
            </th>
            <th class="num">5xx ratio</th>
            <th class="p95">p95</th>
            <th>Instances</th>
            <th class="errs">Log errors/min</th>
            <th>Version</th>
            <th class="num">Logs</th>
          </tr>
        </thead>
        <tbody>
          {/* By place, not by identity: a refresh changes figures in rows that stay. */}
          <Index each={props.apps}>
            {(app) => <AppRow app={app()} answer={props.answer} drill={props.drill} />}
          </Index>
        </tbody>
      </table>
      <Show when={props.apps.length === 0}>
        <p class="empty">
          {props.all === 0
            ? "No app has logged in this range yet. Containers appear here with their first line."
            : `None of the ${props.all} apps has that in its name.`}
        </p>
      </Show>
    </section>
  );
}

interface RowProps {
  readonly app: App;
  readonly answer: AppsAnswer;
  readonly drill: (target: DrillTarget) => void;
}

function AppRow(props: RowProps) {
  const attention = () => attentionOf(props.app, props.answer);
  const http = () => props.app.requests > 0;
  return (
    <tr class={attention() === "none" ? "" : attention()}>
      <td class="name">
        <b>{props.app.app}</b>
        <Show when={props.app.edge}>
          <span title="Labelled seamark.edge=true: the cluster-wide figures count this app">edge</span>
        </Show>
        <Show when={!http()}>
          <span>no HTTP</span>
        </Show>
      </td>
      <td class="num v" classList={{ zero: props.app.recent.requests === 0 }}>
        {http() ? formatShort(props.app.recent.requestRate) : "–"}
      </td>
      <td class="mix-col">
        <Show when={http()} fallback={<span class="dim">no requests logged</span>}>
          <LanesOf {...props} />
        </Show>
      </td>
      <td
        class="num v"
        classList={{
          c5: attention() === "hot",
          b: attention() === "hot",
          zero: !props.app.recent.errorRatio,
        }}
      >
        {props.app.recent.errorRatio === null ? "–" : formatShare(props.app.recent.errorRatio)}
      </td>
      <Latency {...props} />
      <td class="v sub" title="Running, of the containers that have not been removed">
        {instancesText(props.app.instances)}
      </td>
      <LogErrors {...props} />
      <td class="sub mono version" title={props.app.versions.join(", ")}>
        {props.app.versions[0] ?? "–"}
        <Show when={props.app.versions.length > 1}>
          <span class="dim"> +{props.app.versions.length - 1}</span>
        </Show>
      </td>
      <td class="num go-cell">
        <LogsLink {...props} errors={attention() !== "none"} />
      </td>
    </tr>
  );
}

function LanesOf(props: RowProps) {
  const lanes = createMemo(() =>
    lanesOf(
      props.app.points,
      Date.parse(props.answer.from),
      Date.parse(props.answer.to),
      props.answer.interval,
    ),
  );
  return (
    <LaneCell
      lanes={lanes()}
      label={`Requests and failed share of ${props.app.app} over time; open its lines`}
      onPick={(bucket, kind) => {
        const fromMs = lanes().times[bucket]!;
        props.drill({
          apps: [props.app.app],
          ...(kind && kind !== "c1" ? { statusClass: `${kind[1]}xx` as "5xx" } : {}),
          range: absoluteRange({ fromMs, toMs: fromMs + props.answer.interval }),
        });
      }}
    />
  );
}

/** Values of each bucket of the axis; undefined where the app has none. */
function alongAxis<T>(
  props: RowProps,
  read: (point: App["points"][number]) => T | undefined,
): (T | undefined)[] {
  const { interval, from, to } = props.answer;
  const byTime = new Map(props.app.points.map((point) => [Math.floor(point.timeMs / interval), read(point)]));
  const first = Math.floor(Date.parse(from) / interval);
  const length = Math.ceil(Date.parse(to) / interval) - first;
  return Array.from({ length: Math.max(0, length) }, (_, at) => byTime.get(first + at));
}

/** A latency is unusual at three times the range's own p95. */
const latencyFactor = 2;

function Latency(props: RowProps) {
  const values = createMemo(() => alongAxis(props, (point) => point.p95Ns ?? undefined));
  const now = () => props.app.recent.p95Ns ?? undefined;
  const median = () => {
    const known = values()
      .filter((value) => value !== undefined)
      .sort((a, b) => a - b);
    return known[Math.floor(known.length / 2)] ?? 0;
  };
  const high = () => (now() ?? 0) > latencyFactor * median() && median() > 0;
  return (
    <td class="p95 v">
      <span class="figure" classList={{ b: high(), zero: now() === undefined }}>
        {now() === undefined ? "–" : formatDuration(now() ?? 0)}
      </span>
      <Show when={values().some((value) => value !== undefined)}>
        <Sparkline
          values={values()}
          max={Math.max(2 * median(), ...values().map((value) => value ?? 0))}
          kind={high() ? "warn" : "calm"}
        />
      </Show>
    </td>
  );
}

/** Twenty errors a minute fill the sparkline of a calm app, so that calm apps look alike. */
const errorsScaleMin = 20;

function LogErrors(props: RowProps) {
  const perMinute = () => props.answer.interval / 60_000;
  const values = createMemo(() =>
    alongAxis(props, (point) => point.errors / perMinute()).map((value) => value ?? 0),
  );
  const bad = () => errorsRise(props.app, props.answer);
  return (
    <td class="errs v">
      <span class="figure" classList={{ c5: bad(), b: bad(), zero: errorsPerMinute(props.app) === 0 }}>
        {formatShort(errorsPerMinute(props.app))}
      </span>
      <Sparkline
        values={values()}
        max={Math.max(errorsScaleMin, ...values())}
        kind={bad() ? "bad" : "calm"}
      />
    </td>
  );
}

function LogsLink(props: RowProps & { readonly errors: boolean }) {
  const app = useApp();
  const target = (): DrillTarget => ({
    apps: [props.app.app],
    ...(props.errors && (props.app.recent.errorRatio ?? 0) > 0
      ? { statusClass: "5xx" as const }
      : props.errors
        ? { errors: true }
        : {}),
    range: app.state().range,
  });
  return (
    <a
      class="go"
      href={formatUrl(drillState(target(), app.state()))}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        props.drill(target());
      }}
    >
      {props.errors ? "Errors" : "Logs"} →
    </a>
  );
}
