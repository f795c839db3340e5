import { createEffect, createMemo, For } from "solid-js";
import { labelStepMs } from "../charts/buckets.ts";
import { themeToken } from "../charts/chart-canvas.tsx";
import { formatTick } from "../format/zone.ts";
import { useApp } from "../shell/app-context.ts";
import type { RangeMs } from "../state/time-range.ts";
import type { LineHistogram } from "./histogram-model.ts";

const widthPx = 64;
/** The density is drawn into the right part; labels stand left of it. */
const densityPx = 24;

/** 64 px beside the list: where in time the lines are, which part is seen, and a click to go there. */
export function Scrubber(props: {
  readonly histogram: LineHistogram;
  readonly range: RangeMs;
  readonly order: "asc" | "desc";
  /** Times of the first and last row that are seen, in the order of the list. */
  readonly seen: RangeMs | undefined;
  readonly heightPx: number;
  readonly goTo: (ms: number) => void;
}) {
  const app = useApp();
  let canvas!: HTMLCanvasElement;
  const spanMs = () => Math.max(1, props.range.toMs - props.range.fromMs);
  const share = (ms: number) => {
    const along = Math.min(1, Math.max(0, (ms - props.range.fromMs) / spanMs()));
    return props.order === "asc" ? along : 1 - along;
  };
  createEffect(() => {
    app.theme();
    const ratio = window.devicePixelRatio || 1;
    canvas.width = widthPx * ratio;
    canvas.height = props.heightPx * ratio;
    const context = canvas.getContext("2d");
    if (!context || props.heightPx <= 0) return;
    context.scale(ratio, ratio);
    draw(context);
  });

  function draw(context: CanvasRenderingContext2D): void {
    const { buckets, kinds } = props.histogram;
    const totals = buckets.times.map((_, at) => buckets.values.reduce((all, values) => all + values[at]!, 0));
    const most = Math.max(1, ...totals);
    const colors = kinds.map((kind) => themeToken(kind.color));
    for (const [at, time] of buckets.times.entries()) {
      const edges = [share(time), share(time + buckets.intervalMs)].map((one) => one * props.heightPx);
      const top = Math.min(...edges);
      const tall = Math.max(1, Math.abs(edges[1]! - edges[0]!) - 1);
      let right = widthPx - 3;
      for (const [kind, color] of colors.entries()) {
        const count = buckets.values[kind]![at]!;
        if (count === 0 || tall <= 0) continue;
        const wide = Math.max(1, (count / most) * densityPx);
        context.fillStyle = color;
        context.fillRect(right - wide, top, wide, tall);
        right -= wide;
      }
    }
  }

  const labels = createMemo(() => {
    const stepMs = labelStepMs(spanMs(), props.heightPx / 110);
    const first = Math.ceil(props.range.fromMs / stepMs) * stepMs;
    const times: number[] = [];
    for (let at = first; at < props.range.toMs && times.length < 40; at += stepMs) times.push(at);
    return times.map((ms) => ({
      text: formatTick(ms, stepMs, app.zone()),
      y: Math.round(share(ms) * props.heightPx),
    }));
  });
  const box = () => {
    const seen = props.seen ?? { fromMs: props.range.fromMs, toMs: props.range.fromMs };
    const edges = [share(seen.fromMs) * props.heightPx, share(seen.toMs) * props.heightPx].sort(
      (a, b) => a - b,
    );
    const height = Math.max(10, edges[1]! - edges[0]!);
    return {
      top: Math.max(0, Math.min(props.heightPx - height, Math.round(edges[0]!))),
      height: Math.round(height),
    };
  };
  const pick = (event: MouseEvent) => {
    const along = (event.clientY - canvas.getBoundingClientRect().top) / Math.max(1, props.heightPx);
    const part = props.order === "asc" ? along : 1 - along;
    props.goTo(Math.round(props.range.fromMs + part * spanMs()));
  };
  return (
    <button
      type="button"
      class="scrub hide-n"
      aria-label="Go to a time in the list"
      tabindex="-1"
      onClick={pick}
    >
      <canvas ref={canvas} style={{ height: `${props.heightPx}px` }} />
      <For each={labels()}>
        {(label) => <span style={{ transform: `translateY(${label.y}px)` }}>{label.text}</span>}
      </For>
      <i class="vp" style={{ transform: `translateY(${box().top}px)`, height: `${box().height}px` }} />
    </button>
  );
}
