import type { EChartsCoreOption, EChartsType } from "echarts/core";
import { createEffect, createSignal, onCleanup, onMount, Show } from "solid-js";
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
  const [failed, setFailed] = createSignal(false);

  const watcher = new ResizeObserver(([entry]) => {
    const next = Math.round(entry?.contentRect.width ?? 0);
    chart()?.resize();
    setWidth(next);
    props.onSize?.(next);
  });

  async function load(): Promise<void> {
    if (chart()) return;
    setFailed(false);
    try {
      const { init } = await import("./echarts.ts");
      if (holder.isConnected && !chart()) setChart(init(holder, null, { renderer: "canvas" }));
    } catch {
      // The connection dropped between the page and this chunk, or another version was installed meanwhile.
      setFailed(true);
    }
  }
  const loadOnline = () => void load();

  onMount(() => {
    watcher.observe(holder);
    addEventListener("online", loadOnline);
    void load();
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
    removeEventListener("online", loadOnline);
    chart()?.dispose();
  });
  return (
    <>
      <div class="canvas" ref={holder} role="img" aria-label={props.label} />
      <Show when={failed()}>
        <div class="chart-failed" role="alert">
          <span>The chart could not be loaded; its table (key t) has the same figures.</span>
          <button type="button" class="btn" onClick={() => void load()}>
            Retry
          </button>
        </div>
      </Show>
    </>
  );
}
