import { sparkPath } from "./sparkline.ts";

const widthPx = 64;
const heightPx = 22;

/** A line beside its value; grey unless something is wrong. */
export function Sparkline(props: {
  readonly values: readonly (number | undefined)[];
  readonly max: number;
  readonly kind: "calm" | "warn" | "bad";
}) {
  const path = () => sparkPath(props.values, props.max, widthPx, heightPx);
  return (
    <svg class={`spark ${props.kind}`} viewBox={`0 0 ${widthPx} ${heightPx}`} aria-hidden="true">
      <path class="area" d={path().area} />
      <path class="line" d={path().line} />
    </svg>
  );
}
