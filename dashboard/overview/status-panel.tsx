import { createMemo, createSignal, For, Show } from "solid-js";
import type { AppsAnswer, ClassCounts } from "../api/types.ts";
import { ChartCanvas } from "../charts/chart-canvas.tsx";
import { lanesOption, type Plot } from "../charts/chart-option.ts";
import { ChartTable } from "../charts/chart-table.tsx";
import { type Lanes, lanesOf } from "../charts/lanes.ts";
import { Tooltip } from "../charts/tooltip.tsx";
import { formatCount, formatShare, formatShort, formatSpan } from "../format/numbers.ts";
import { formatSecond, formatTick } from "../format/zone.ts";
import { useApp } from "../shell/app-context.ts";
import { Icon } from "../shell/icons.tsx";
import { absoluteRange } from "../state/time-range.ts";
import type { DrillTarget } from "./drill-down.ts";

/** Plots of the two lanes, in pixels; the CSS gives the chart a height of 186. */
const upper: Plot = { left: 44, right: 12, top: 18, bottom: 122 };
const lower: Plot = { left: 44, right: 12, top: 88, bottom: 22 };
const splitY = 78;

const classes = ["5xx", "4xx", "3xx", "2xx"] as const;
type StatusClass = (typeof classes)[number];
const indexOf: Readonly<Record<StatusClass, 2 | 3 | 4 | 5>> = { "5xx": 5, "4xx": 4, "3xx": 3, "2xx": 2 };

export function StatusPanel(props: {
  readonly answer: AppsAnswer;
  readonly drill: (target: DrillTarget) => void;
}) {
  const app = useApp();
  const [table, setTable] = createSignal(false);
  const fromMs = () => Date.parse(props.answer.from);
  const toMs = () => Date.parse(props.answer.to);
  const lanes = createMemo(() =>
    lanesOf(props.answer.cluster.points, fromMs(), toMs(), props.answer.interval),
  );
  const title = () =>
    props.answer.counted.basis === "edge" ? "HTTP status at the edge" : "HTTP status, all apps";
  const drill = (bucket: number, statusClass: StatusClass | undefined) => {
    const from = lanes().times[bucket] ?? fromMs();
    props.drill({
      apps: props.answer.counted.basis === "edge" ? props.answer.counted.apps : [],
      ...(statusClass ? { statusClass } : {}),
      range: absoluteRange({ fromMs: from, toMs: from + props.answer.interval }),
    });
  };
  return (
    <section class="panel status" aria-labelledby="status-title">
      <header>
        <div>
          <h2 id="status-title">{title()}</h2>
          <span class="dim">
            requests per {formatSpan(props.answer.interval).replace(/^1 /, "")}, by class
            <Counted answer={props.answer} />
          </span>
        </div>
        <span class="sp" />
        <Kpis answer={props.answer} drill={(statusClass) => wholeRange(statusClass)} />
        <button
          type="button"
          class="btn quiet sq"
          aria-pressed={table()}
          data-table-toggle
          title="The chart as a table (t)"
          aria-label="The chart as a table"
          onClick={() => setTable(!table())}
        >
          <Icon name="table" />
        </button>
      </header>
      <Show
        when={!table()}
        fallback={
          <ChartTable
            times={lanes().times.map((time) => formatTick(time, props.answer.interval, app.zone()))}
            columns={classes.map((name) => ({
              name,
              values: lanes().counts.map((counts) => counts[indexOf[name]]),
            }))}
          />
        }
      >
        <LanesChart lanes={lanes()} completeTo={props.answer.completeTo} drill={drill} />
      </Show>
    </section>
  );

  function wholeRange(statusClass: StatusClass | undefined): void {
    props.drill({
      apps: props.answer.counted.basis === "edge" ? props.answer.counted.apps : [],
      ...(statusClass ? { statusClass } : {}),
      range: app.state().range,
    });
  }
}

/** Which apps the figures count, where that is not all of them. */
function Counted(props: { readonly answer: AppsAnswer }) {
  return (
    <Show when={props.answer.counted.basis === "edge"}>
      <span title="Apps labelled seamark.edge=true; an edge and the app behind it log the same request.">
        {" "}
        · counts {props.answer.counted.apps.join(", ")}
      </span>
    </Show>
  );
}

function Kpis(props: {
  readonly answer: AppsAnswer;
  readonly drill: (statusClass: StatusClass | undefined) => void;
}) {
  const recent = () => props.answer.cluster.recent;
  const share = (name: StatusClass) => {
    const { requests, statusClasses } = recent();
    return requests === 0 ? "–" : formatShare(statusClasses[name] / requests);
  };
  const bad = (name: StatusClass) => name === "5xx" && recent().statusClasses["5xx"] > 0;
  return (
    <div class="kpis" title="The last 5 complete minutes">
      <For each={classes}>
        {(name) => (
          <button type="button" class="kpi" onClick={() => props.drill(name)}>
            <span class="lab">
              <i class={`sw k${name[0]}`} /> {name}
            </span>
            <b classList={{ c5: bad(name), zero: recent().statusClasses[name] === 0 }}>{share(name)}</b>
          </button>
        )}
      </For>
      <button type="button" class="kpi" onClick={() => props.drill(undefined)}>
        <span class="lab">Requests</span>
        <b>
          {formatShort(recent().requestRate)}
          <small>/s</small>
        </b>
      </button>
    </div>
  );
}

function LanesChart(props: {
  readonly lanes: Lanes;
  readonly completeTo: string | null;
  readonly drill: (bucket: number, statusClass: StatusClass | undefined) => void;
}) {
  const app = useApp();
  const [width, setWidth] = createSignal(0);
  const [hover, setHover] = createSignal<{ readonly bucket: number; readonly x: number }>();
  const plotWidth = () => Math.max(1, width() - upper.left - upper.right);
  const bucketAt = (x: number) => Math.floor(((x - upper.left) / plotWidth()) * props.lanes.times.length);
  const inside = (bucket: number) => bucket >= 0 && bucket < props.lanes.times.length;

  const point = (event: PointerEvent | MouseEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const pick = (event: MouseEvent) => {
    const { x, y } = point(event);
    const bucket = bucketAt(x);
    if (inside(bucket)) props.drill(bucket, classAt(props.lanes.counts[bucket]!, y));
  };
  return (
    <div class="chart-holder">
      <ChartCanvas
        label="Requests by status class and share of requests that failed, over time"
        onSize={setWidth}
        option={(widthPx, token) =>
          lanesOption(props.lanes, { widthPx, token, zone: app.zone() }, [upper, lower])
        }
      />
      <span class="lane-label">share of requests that failed</span>
      <Incomplete lanes={props.lanes} completeTo={props.completeTo} width={plotWidth()} />
      <button
        type="button"
        class="overlay"
        aria-label="Open the lines of the bar under the pointer"
        tabindex="-1"
        onClick={pick}
        onPointerMove={(event) => {
          const { x } = point(event);
          setHover(inside(bucketAt(x)) ? { bucket: bucketAt(x), x } : undefined);
        }}
        onPointerLeave={() => setHover(undefined)}
      />
      <Show when={hover()}>
        {(at) => <LanesTooltip lanes={props.lanes} bucket={at().bucket} x={at().x} width={width()} />}
      </Show>
    </div>
  );
}

/** In the lower lane a click means the failures that are drawn there; in the upper one the requests that went well. */
function classAt(counts: ClassCounts, y: number): StatusClass | undefined {
  if (y >= splitY) return counts[5] > 0 ? "5xx" : counts[4] > 0 ? "4xx" : undefined;
  return counts[2] >= counts[3] ? (counts[2] > 0 ? "2xx" : undefined) : "3xx";
}

function LanesTooltip(props: {
  readonly lanes: Lanes;
  readonly bucket: number;
  readonly x: number;
  readonly width: number;
}) {
  const app = useApp();
  const from = () => props.lanes.times[props.bucket]!;
  const text = (ms: number) => formatTick(ms, props.lanes.intervalMs, app.zone());
  return (
    <Tooltip
      x={props.x}
      width={props.width}
      title={`${text(from())} – ${text(from() + props.lanes.intervalMs)}`}
    >
      <For each={classes}>
        {(name) => {
          const count = () => props.lanes.counts[props.bucket]![indexOf[name]];
          const total = () => props.lanes.totals[props.bucket]!;
          return (
            <>
              <i class={`sw k${name[0]}`} />
              <span>{name}</span>
              <b classList={{ zero: count() === 0 }}>{formatCount(count())}</b>
              <span class="dim">{total() === 0 ? "–" : formatShare(count() / total())}</span>
            </>
          );
        }}
      </For>
    </Tooltip>
  );
}

/** Hatch over the part for which not every host has reported. */
function Incomplete(props: {
  readonly lanes: Lanes;
  readonly completeTo: string | null;
  readonly width: number;
}) {
  const app = useApp();
  const endMs = () => (props.lanes.times.at(-1) ?? 0) + props.lanes.intervalMs;
  const startMs = () => props.lanes.times[0] ?? 0;
  const completeMs = () => (props.completeTo === null ? startMs() : Date.parse(props.completeTo));
  const share = () => Math.min(1, Math.max(0, (endMs() - completeMs()) / (endMs() - startMs())));
  return (
    <Show when={share() > 0}>
      <span
        class="incomplete"
        style={{ width: `${Math.round(share() * props.width)}px`, right: `${upper.right}px` }}
        title={
          props.completeTo === null
            ? "No host has said yet up to when its lines are in."
            : `Complete to ${formatSecond(completeMs(), app.zone())} ${app.zone().name}`
        }
      />
    </Show>
  );
}
