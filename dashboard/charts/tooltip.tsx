import type { JSX } from "solid-js";

/** Width that the CSS gives the tooltip. */
const tooltipPx = 190;

/** What lies under the pointer: a grid of mark, name, count and share. */
export function Tooltip(props: {
  readonly x: number;
  readonly width: number;
  readonly title: string;
  readonly children: JSX.Element;
}) {
  const left = () => (props.x + 16 + tooltipPx > props.width ? props.x - 16 - tooltipPx : props.x + 16);
  return (
    <div class="pop tooltip" style={{ transform: `translate(${Math.max(0, Math.round(left()))}px, 26px)` }}>
      <b>{props.title}</b>
      <div class="grid4">{props.children}</div>
    </div>
  );
}
