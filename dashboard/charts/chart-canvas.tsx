import type { EChartsCoreOption, EChartsType } from "echarts/core";
import { createEffect, createSignal, onCleanup, onMount } from "solid-js";
import { useApp } from "../shell/app-context.ts";
import type { Token } from "./chart-option.ts";

/** A token of the theme that is on. */
export const themeToken: Token = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/**
 * Draws an option with the lazily loaded chart library. It only draws: pointer, tooltip and brush are overlays of
 * ours, so the library's HTML tooltips, which the content security policy forbids, are never needed.
 */
export function ChartCanvas(props: {
  readonly option: (widthPx: number, token: Token) => EChartsCoreOption | undefined;
  readonly label: string;
  readonly onSize?: (widthPx: number) => void;
}) {
  const app = useApp();
  let holder!: HTMLDivElement;
  const [chart, setChart] = createSignal<EChartsType>();
  const [width, setWidth] = createSignal(0);

  const watcher = new ResizeObserver(([entry]) => {
    const next = Math.round(entry?.contentRect.width ?? 0);
    chart()?.resize();
    setWidth(next);
    props.onSize?.(next);
  });

  onMount(async () => {
    watcher.observe(holder);
    const { init } = await import("./echarts.ts");
    if (holder.isConnected) setChart(init(holder, null, { renderer: "canvas" }));
  });

  createEffect(() => {
    app.theme();
    const target = chart();
    if (!target || width() === 0) return;
    const option = props.option(width(), themeToken);
    if (option) target.setOption(option, { notMerge: true });
  });

  onCleanup(() => {
    watcher.disconnect();
    chart()?.dispose();
  });
  return <div class="canvas" ref={holder} role="img" aria-label={props.label} />;
}
