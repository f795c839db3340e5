/** How old shown data is against how often it is refreshed. */
export type Freshness = "fresh" | "dim" | "hatched";

const dimAfter = 2;
const hatchedAfter = 5;

/** DESIGN.md, Stale: at twice the refresh interval dim, at five times hatch and say since when. */
export function freshnessOf(ageMs: number, refreshMs: number): Freshness {
  if (ageMs >= hatchedAfter * refreshMs) return "hatched";
  return ageMs >= dimAfter * refreshMs ? "dim" : "fresh";
}
