import { expect, test } from "vitest";
import type { HistogramAnswer } from "../api/types.ts";
import { brushRange, countInside, histogramInterval, lineHistogram } from "./histogram-model.ts";

const answer = (series: HistogramAnswer["series"]): HistogramAnswer => ({
  interval: 1000,
  series,
  total: series.flatMap((one) => one.points).reduce((total, [, count]) => total + count, 0),
  partial: null,
  completeTo: null,
  from: "",
  to: "",
  tookMs: 1,
});
const range = { fromMs: 0, toMs: 4000 };

test("levels come worst first, error and fatal are one, and what is not there is left out", () => {
  const histogram = lineHistogram(
    answer([
      { key: "info", points: [[0, 7]] },
      { key: "fatal", points: [[1000, 1]] },
      { key: "error", points: [[1000, 2]] },
      { key: "", points: [[3000, 4]] },
    ]),
    "level",
    range,
  );
  expect(histogram.kinds.map((kind) => kind.name)).toEqual(["Error, fatal", "Info", "No level"]);
  expect(histogram.counts).toEqual([3, 7, 4]);
  expect(histogram.buckets.values[0]).toEqual([0, 3, 0, 0]);
});

test("no line of the answer goes missing: unknown keys count with the last kind", () => {
  const histogram = lineHistogram(answer([{ key: "notice", points: [[0, 5]] }]), "level", range);
  expect(histogram.counts).toEqual([5]);
});

test("the largest apps have their own bars, the others share one", () => {
  const series = ["a", "b", "c", "d", "e", "f"].map((key, at) => ({ key, points: [[0, at + 1] as const] }));
  const histogram = lineHistogram(
    answer([...series, { key: "other", points: [[0, 10]] }]),
    "service.name",
    range,
  );
  expect(histogram.kinds.map((kind) => kind.name)).toEqual(["f", "e", "d", "c", "Others"]);
  expect(histogram.counts).toEqual([6, 5, 4, 3, 13]);
});

test("a brush covers whole buckets, in either direction, and stays inside", () => {
  const { buckets } = lineHistogram(answer([{ key: "info", points: [[0, 1]] }]), "level", range);
  expect(brushRange(buckets, 0.3, 0.55)).toEqual({ fromMs: 1000, toMs: 3000 });
  expect(brushRange(buckets, 0.55, 0.3)).toEqual({ fromMs: 1000, toMs: 3000 });
  expect(brushRange(buckets, -1, 2)).toEqual({ fromMs: 0, toMs: 4000 });
});

test("lines inside a brush are counted from the bars", () => {
  const histogram = lineHistogram(
    answer([
      {
        key: "info",
        points: [
          [0, 1],
          [1000, 2],
          [2000, 4],
        ],
      },
      { key: "warn", points: [[1000, 8]] },
    ]),
    "level",
    range,
  );
  expect(countInside(histogram, { fromMs: 1000, toMs: 3000 })).toBe(14);
});

test("the step is the finest that bars can be told apart at", () => {
  expect(histogramInterval({ fromMs: 0, toMs: 1_800_000 })).toBe("30s");
  expect(histogramInterval({ fromMs: 0, toMs: 60_000 })).toBe("1s");
  expect(histogramInterval({ fromMs: 0, toMs: 7 * 86_400_000 })).toBe("3h");
});
