import type { SearchAnswer } from "./client.ts";

/** Lines are on their way for a few seconds; only what is later than that is worth a word. */
const usualMs = 10_000;

/** What to say when lines of the range may still be missing; undefined when none are, or only the newest seconds. */
export function completenessNote(answer: Pick<SearchAnswer, "completeTo" | "to">): string | undefined {
  const { completeTo, to } = answer;
  if (completeTo === null) return "no collector has reported yet: lines may be missing";
  if (Date.parse(to) - Date.parse(completeTo) <= usualMs) return undefined;
  return `complete up to ${completeTo.replace(/\.\d+Z$/, "Z")} only: later lines may still come`;
}
