import { createMemo, createSignal, For, Show } from "solid-js";
import { ChartCanvas } from "../charts/chart-canvas.tsx";
import { type Plot, stackOption } from "../charts/chart-option.ts";
import { ChartTable } from "../charts/chart-table.tsx";
import { Tooltip } from "../charts/tooltip.tsx";
import { formatCount, formatShare } from "../format/numbers.ts";
import { formatInterval, formatSecond, formatTick } from "../format/zone.ts";
import { useApp } from "../shell/app-context.ts";
import { Icon } from "../shell/icons.tsx";
import { absoluteRange, type RangeMs } from "../state/time-range.ts";
import type { GroupBy } from "../state/url-state.ts";
import { brushRange, countInside, type Kind, type LineHistogram } from "./histogram-model.ts";

const groupNames: readonly (readonly [GroupBy, string])[] = [
  ["level", "Level"],
  ["status_class", "HTTP class"],
  ["service.name", "App"],
];

interface Props {
  readonly histogram: LineHistogram | undefined;
  readonly range: RangeMs;
  readonly completeTo: string | null | undefined;
  readonly filter: (term: NonNullable<Kind["filter"]>, exclude: boolean) => void;
  readonly showLines: () => void;
}

export function Histogram(props: Props) {
  const app = useApp();
  const [table, setTable] = createSignal(false);
  return (
    <section class="hist" aria-label="Lines over time">
      <div class="leg">
        <div class="leg-head">
          <fieldset class="seg" aria-label="Bars by">
            <For each={groupNames}>
              {([by, name]) => (
                <button
                  type="button"
                  class={app.state().by === by ? "on" : ""}
                  aria-pressed={app.state().by === by}
                  onClick={() => app.update({ by })}
                >
                  {name}
                </button>
              )}
            </For>
          </fieldset>
          <button
            type="button"
            class="btn quiet sq small"
            data-table-toggle
            aria-pressed={table()}
            aria-label="The chart as a table"
            title="The chart as a table (t)"
            onClick={() => setTable(!table())}
          >
            <Icon name="table" />
          </button>
        </div>
        <Show when={props.histogram}>
          {(histogram) => <Legend histogram={histogram()} filter={props.filter} />}
        </Show>
      </div>
      <div class="cw">
        <Show when={props.histogram}>
          {(histogram) => (
            <Show when={table()} fallback={<Bars {...props} histogram={histogram()} />}>
              <ChartTable
                times={histogram().buckets.times.map((time) =>
                  formatTick(time, histogram().buckets.intervalMs, app.zone()),
                )}
                columns={histogram().kinds.map((kind, at) => ({
                  name: kind.name,
                  values: histogram().buckets.values[at]!,
                }))}
              />
            </Show>
          )}
        </Show>
      </div>
    </section>
  );
}

function Legend(props: { readonly histogram: LineHistogram; readonly filter: Props["filter"] }) {
  return (
    <For each={props.histogram.kinds}>
      {(kind, at) => (
        <button
          type="button"
          class="r"
          title="Click: only these lines. Alt-click: not these."
          onClick={(event) => kind.filter && props.filter(kind.filter, event.altKey)}
        >
          <span class={`sw ${kind.mark}`} />
          <span class="clip">{kind.name}</span>
          <b>{formatCount(props.histogram.counts[at()]!)}</b>
          <i>{formatShare(props.histogram.counts[at()]! / Math.max(1, props.histogram.total))}</i>
        </button>
      )}
    </For>
  );
}

type BarsProps = Omit<Props, "histogram"> & { readonly histogram: LineHistogram };

/** Pixels of dragging that make a brush out of a click. */
const dragPx = 4;

function Bars(props: BarsProps) {
  const app = useApp();
  const [width, setWidth] = createSignal(0);
  const [hover, setHover] = createSignal<number>();
  const narrow = () => width() < 600;
  const plot = createMemo((): Plot => ({ left: 44, right: narrow() ? 12 : 76, top: 26, bottom: 22 }));
  const plotWidth = () => Math.max(1, width() - plot().left - plot().right);
  const shareAt = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    return (event.clientX - box.left - plot().left) / plotWidth();
  };
  const drag = createDrag({
    shareAt,
    shareMin: () => dragPx / plotWidth(),
    hovered: (share) =>
      setHover(
        share >= 0 && share < 1 ? Math.floor(share * props.histogram.buckets.times.length) : undefined,
      ),
    done: (start, end) =>
      app.update({
        brush: brushRange(props.histogram.buckets, start, end),
        // A live range moves on; what is brushed must not.
        range: app.state().live ? absoluteRange(props.range) : app.state().range,
        live: false,
        line: undefined,
        context: undefined,
      }),
  });
  const brushed = (): RangeMs | undefined => {
    const now = drag.now();
    return now ? brushRange(props.histogram.buckets, now.start, now.end) : app.state().brush;
  };
  return (
    <>
      <ChartCanvas
        label="Lines over time, the worst on the baseline"
        onSize={setWidth}
        option={(widthPx, token) =>
          stackOption(
            props.histogram.buckets,
            props.histogram.kinds.map((kind) => kind.color),
            { widthPx, token, zone: app.zone() },
            plot(),
          )
        }
      />
      <Incomplete {...props} plot={plot()} width={plotWidth()} />
      <div
        class="brush-area"
        onPointerDown={drag.down}
        onPointerMove={drag.move}
        onPointerUp={drag.up}
        onPointerCancel={drag.cancel}
        onPointerLeave={() => setHover(undefined)}
      />
      <Show when={brushed()}>
        {(brush) => (
          <BrushBox
            brush={brush()}
            histogram={props.histogram}
            plot={plot()}
            width={plotWidth()}
            dragging={drag.now() !== undefined}
            showLines={props.showLines}
          />
        )}
      </Show>
      <Show when={drag.now() === undefined && hover() !== undefined}>
        <BarTooltip
          histogram={props.histogram}
          bucket={hover()!}
          x={plot().left + (plotWidth() * (hover()! + 0.5)) / props.histogram.buckets.times.length}
          width={width()}
        />
      </Show>
    </>
  );
}

/** Pointer drags along the plot, in shares of its width; a click is a drag of no length. */
function createDrag(on: {
  readonly shareAt: (event: PointerEvent) => number;
  readonly shareMin: () => number;
  readonly hovered: (share: number) => void;
  readonly done: (start: number, end: number) => void;
}) {
  const [now, setNow] = createSignal<{ readonly start: number; readonly end: number }>();
  let downAt: number | undefined;
  return {
    now,
    down: (event: PointerEvent) => {
      if (event.button !== 0) return;
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      downAt = on.shareAt(event);
    },
    move: (event: PointerEvent) => {
      const share = on.shareAt(event);
      on.hovered(share);
      if (downAt !== undefined && Math.abs(share - downAt) > on.shareMin())
        setNow({ start: downAt, end: share });
    },
    up: (event: PointerEvent) => {
      if (downAt === undefined) return;
      const start = downAt;
      const end = now()?.end ?? on.shareAt(event);
      downAt = undefined;
      setNow(undefined);
      on.done(start, end);
    },
    cancel: () => {
      downAt = undefined;
      setNow(undefined);
    },
  };
}

function spanOf(histogram: LineHistogram): RangeMs {
  const { times, intervalMs } = histogram.buckets;
  return { fromMs: times[0] ?? 0, toMs: (times.at(-1) ?? 0) + intervalMs };
}

function BrushBox(props: {
  readonly brush: RangeMs;
  readonly histogram: LineHistogram;
  readonly plot: Plot;
  readonly width: number;
  readonly dragging: boolean;
  readonly showLines: () => void;
}) {
  const app = useApp();
  const x = (ms: number) => {
    const span = spanOf(props.histogram);
    const share = (ms - span.fromMs) / Math.max(1, span.toMs - span.fromMs);
    return Math.round(props.plot.left + Math.min(1, Math.max(0, share)) * props.width);
  };
  const left = () => x(props.brush.fromMs);
  const size = () => Math.max(2, x(props.brush.toMs) - left());
  const label = () =>
    `${formatInterval(props.brush.fromMs, props.brush.toMs, app.now(), app.zone())} · ${formatCount(
      countInside(props.histogram, props.brush),
    )} lines`;
  return (
    <>
      <span class="brush" style={{ left: `${left()}px`, width: `${size()}px` }} />
      <span
        class="brushed"
        classList={{ flip: left() > props.width * 0.6 }}
        style={{ left: `${left() > props.width * 0.6 ? left() + size() : left()}px` }}
      >
        {label()}
        <Show when={!props.dragging}>
          <button
            type="button"
            onClick={() => app.update({ range: absoluteRange(props.brush), brush: undefined })}
          >
            Zoom
          </button>
          <button type="button" onClick={() => props.showLines()}>
            Show lines
          </button>
          <button
            type="button"
            onClick={() => app.copy(location.href, "Link copied: query, range and brush")}
          >
            Copy link
          </button>
          <button type="button" onClick={() => app.update({ brush: undefined })}>
            Esc clears
          </button>
        </Show>
      </span>
    </>
  );
}

function BarTooltip(props: {
  readonly histogram: LineHistogram;
  readonly bucket: number;
  readonly x: number;
  readonly width: number;
}) {
  const app = useApp();
  const from = () => props.histogram.buckets.times[props.bucket]!;
  const total = () => props.histogram.buckets.values.reduce((all, values) => all + values[props.bucket]!, 0);
  const text = (ms: number) => formatTick(ms, props.histogram.buckets.intervalMs, app.zone());
  return (
    <Tooltip
      x={props.x}
      width={props.width}
      title={`${text(from())} – ${text(from() + props.histogram.buckets.intervalMs)}`}
    >
      <For each={props.histogram.kinds}>
        {(kind, at) => {
          const count = () => props.histogram.buckets.values[at()]![props.bucket] ?? 0;
          return (
            <>
              <i class={`sw ${kind.mark}`} />
              <span class="clip">{kind.name}</span>
              <b classList={{ zero: count() === 0 }}>{formatCount(count())}</b>
              <span class="dim">{total() === 0 ? "–" : formatShare(count() / total())}</span>
            </>
          );
        }}
      </For>
    </Tooltip>
  );
}

/** Hatch over what not every host has reported yet. */
function Incomplete(props: BarsProps & { readonly plot: Plot; readonly width: number }) {
  const app = useApp();
  const share = () => {
    const span = spanOf(props.histogram);
    const end = Math.min(span.toMs, app.clock.nowMs());
    const complete = props.completeTo ? Date.parse(props.completeTo) : span.fromMs;
    if (props.completeTo === undefined || complete >= end) return undefined;
    const scale = (ms: number) => Math.min(1, Math.max(0, (ms - span.fromMs) / (span.toMs - span.fromMs)));
    return { left: scale(complete), width: scale(end) - scale(complete) };
  };
  return (
    <Show when={share()}>
      {(part) => (
        <span
          class="incomplete"
          title={
            props.completeTo
              ? `Complete to ${formatSecond(Date.parse(props.completeTo), app.zone())} ${app.zone().name}`
              : "No host has said yet up to when its lines are in."
          }
          style={{
            left: `${Math.round(props.plot.left + part().left * props.width)}px`,
            width: `${Math.max(1, Math.round(part().width * props.width))}px`,
          }}
        />
      )}
    </Show>
  );
}
