import type { EChartsCoreOption } from "echarts/core";
import { formatShort } from "../format/numbers.ts";
import { formatTick, type Zone } from "../format/zone.ts";
import { type Buckets, labelStepMs, niceCeiling } from "./buckets.ts";
import { type Lanes, percentAxisMax } from "./lanes.ts";

/** Reads a token such as `--c5` of the theme that is on. */
export type Token = (name: string) => string;

/** Where the plot stands inside the chart, in pixels; the overlays use the same numbers. */
export interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

interface AxisInput {
  readonly times: readonly number[];
  readonly intervalMs: number;
  readonly widthPx: number;
  readonly zone: Zone;
  readonly token: Token;
}

/** One label needs this many pixels beside its neighbour. */
const labelPx = 110;

function timeAxis(input: AxisInput, labels: boolean): Record<string, unknown> {
  const { times, intervalMs, token, zone } = input;
  const stepMs = labelStepMs(times.length * intervalMs, input.widthPx / labelPx);
  const offsetMs = zone.offsetMinutes(times[0] ?? 0) * 60_000;
  const labelled = (at: number) => at > 0 && at < times.length - 1 && (times[at]! + offsetMs) % stepMs === 0;
  return {
    type: "category",
    data: times.map((time) => formatTick(time, stepMs, zone)),
    axisLine: { lineStyle: { color: token("--line-2") } },
    axisTick: { show: false },
    axisLabel: { show: labels, color: token("--t3"), fontSize: 11, interval: labelled, margin: 7 },
  };
}

function valueAxis(token: Token, max: number, step: number, format: (value: number) => string) {
  return {
    type: "value",
    min: 0,
    max,
    interval: step,
    axisLabel: { color: token("--t3"), fontSize: 11, margin: 8, formatter: format },
    splitLine: { lineStyle: { color: token("--line") } },
  };
}

/** A thin seam parts the two worst classes without hue; what happened is never thinner than one pixel. */
function bar(index: number, color: string, seam: string | undefined, data: readonly (number | "-")[]) {
  return {
    type: "bar",
    data,
    stack: String(index),
    xAxisIndex: index,
    yAxisIndex: index,
    barCategoryGap: "16%",
    barMinHeight: 1,
    emphasis: { disabled: true },
    silent: true,
    itemStyle: { color, ...(seam ? { borderColor: seam, borderWidth: 0.75 } : {}) },
  };
}

/** Zero is not drawn, so that `barMinHeight` lifts only what happened. */
const drawn = (values: readonly number[]) => values.map((value) => (value === 0 ? ("-" as const) : value));

const base = (token: Token) => ({
  animation: false,
  textStyle: { fontFamily: token("--font-ui"), fontSize: 11 },
});

/** The two-lane status histogram: DESIGN.md, Status histogram. */
export function lanesOption(
  lanes: Lanes,
  input: Omit<AxisInput, "times" | "intervalMs">,
  plots: readonly [Plot, Plot],
): EChartsCoreOption {
  const { token } = input;
  const axis: AxisInput = { ...input, times: lanes.times, intervalMs: lanes.intervalMs };
  const countMax = niceCeiling(Math.max(...lanes.totals));
  const percentMax = percentAxisMax(lanes);
  const classes = (index: number) => drawn(lanes.counts.map((counts) => counts[index]!));
  const rest = drawn(lanes.counts.map((counts) => counts[0] + counts[1]));
  return {
    ...base(token),
    grid: plots.map((plot) => ({ ...plot })),
    xAxis: [
      { ...timeAxis(axis, false), gridIndex: 0 },
      { ...timeAxis(axis, true), gridIndex: 1 },
    ],
    yAxis: [
      { ...valueAxis(token, countMax, countMax, formatShort), gridIndex: 0 },
      { ...valueAxis(token, percentMax, percentMax / 2, (value) => `${value} %`), gridIndex: 1 },
    ],
    series: [
      bar(1, token("--c5"), undefined, drawn(lanes.percent5xx)),
      bar(1, token("--c4"), token("--bg-1"), drawn(lanes.percent4xx)),
      bar(0, token("--c3"), undefined, classes(3)),
      bar(0, token("--c2"), undefined, classes(2)),
      bar(0, token("--c1"), undefined, rest),
    ],
  };
}

/** The line histogram of Explore: one lane, the worst on the baseline. */
export function stackOption(
  buckets: Buckets,
  colors: readonly string[],
  input: Omit<AxisInput, "times" | "intervalMs">,
  plot: Plot,
): EChartsCoreOption {
  const { token } = input;
  const totals = buckets.times.map((_, at) =>
    buckets.values.reduce((total, values) => total + values[at]!, 0),
  );
  const max = niceCeiling(Math.max(0, ...totals));
  const axis: AxisInput = { ...input, times: buckets.times, intervalMs: buckets.intervalMs };
  return {
    ...base(token),
    grid: [{ ...plot }],
    xAxis: [timeAxis(axis, true)],
    yAxis: [valueAxis(token, max, max === 1 ? 1 : max / 2, formatShort)],
    series: buckets.values.map((values, at) =>
      bar(0, token(colors[at]!), at === 1 ? token("--bg-1") : undefined, drawn(values)),
    ),
  };
}
