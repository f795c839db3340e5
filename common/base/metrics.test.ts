import { expect, test } from "vitest";
import { Metrics } from "./metrics.ts";

test("prints the text format with escaped labels", () => {
  const metrics = new Metrics();
  metrics.counter("lines_total", "Lines read").add(2, { container: 'a"b\\c\nd' });
  metrics.counter("lines_total", "Lines read").add(3, { container: 'a"b\\c\nd' });
  metrics.gauge("depth", "Depth").read(() => 7);
  expect(metrics.text()).toBe(
    '# HELP lines_total Lines read\n# TYPE lines_total counter\nlines_total{container="a\\"b\\\\c\\nd"} 5\n' +
      "# HELP depth Depth\n# TYPE depth gauge\ndepth 7\n",
  );
});

test("a name has one type", () => {
  const metrics = new Metrics();
  metrics.counter("x_total", "X");
  expect(() => metrics.gauge("x_total", "X")).toThrow(/counter already/);
});

test("a counter with too many label sets keeps the first 10,000 and says so", () => {
  const metrics = new Metrics();
  const counter = metrics.counter("x_total", "X");
  for (let i = 0; i < 10_010; i++) counter.add(1, { i: String(i) });
  expect(metrics.value("x_total", { i: "9999" })).toBe(1);
  expect(metrics.value("x_total", { i: "10000" })).toBe(0);
  expect(metrics.text()).toContain('seamark_metric_samples_dropped_total{name="x_total"} 10');
});
