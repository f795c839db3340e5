import { createEffect, onCleanup, onMount } from "solid-js";
import { useApp } from "../shell/app-context.ts";
import { themeToken } from "./chart-canvas.tsx";
import { compactBars, compactHit, type Lanes } from "./lanes.ts";

/** Size of the drawing in the table, CSS pixels; the CSS class has the same. */
const widthPx = 288;
const heightPx = 30;

/** The compact status histogram of a table row: own drawing, a click goes to the lines of that bar. */
export function LaneCell(props: {
  readonly lanes: Lanes;
  readonly label: string;
  readonly onPick: (bucket: number, kind: "c1" | "c2" | "c3" | "c4" | "c5" | undefined) => void;
}) {
  const app = useApp();
  let canvas!: HTMLCanvasElement;

  function draw(): void {
    app.theme();
    const ratio = window.devicePixelRatio || 1;
    canvas.width = widthPx * ratio;
    canvas.height = heightPx * ratio;
    const context = canvas.getContext("2d");
    if (!context) return;
    context.scale(ratio, ratio);
    for (const bar of compactBars(props.lanes, widthPx, heightPx)) {
      context.fillStyle = themeToken(`--${bar.kind}`);
      context.fillRect(bar.x, bar.y, bar.width, bar.height);
    }
  }

  onMount(() => {
    window.addEventListener("resize", draw);
    onCleanup(() => window.removeEventListener("resize", draw));
  });
  createEffect(draw);

  const pick = (event: MouseEvent) => {
    const box = canvas.getBoundingClientRect();
    const scale = widthPx / box.width;
    const hit = compactHit(
      props.lanes,
      widthPx,
      heightPx,
      (event.clientX - box.left) * scale,
      event.clientY - box.top,
    );
    props.onPick(hit.at, hit.kind);
  };
  return (
    <button type="button" class="lanes" aria-label={props.label} onClick={pick}>
      <canvas ref={canvas} />
    </button>
  );
}
