import { formatCondition } from "../../common/query/format.ts";
import type { RangeText } from "../state/time-range.ts";
import { defaultState, type UrlState } from "../state/url-state.ts";

/** What a figure or a bar stands for: which apps, which class of status, which part of time. */
export interface DrillTarget {
  /** Empty: every app. */
  readonly apps: readonly string[];
  readonly statusClass?: "1xx" | "2xx" | "3xx" | "4xx" | "5xx";
  /** Lines of level error and worse. */
  readonly errors?: boolean;
  readonly range: RangeText;
}

/** Explore with exactly the lines that the figure counted. */
export function drillState(target: DrillTarget, from: UrlState): UrlState {
  const apps = target.apps.map((app) => formatCondition("app", app));
  const terms: string[] = [];
  if (apps.length === 1) terms.push(apps[0]!);
  if (apps.length > 1) terms.push(`(${apps.join(" or ")})`);
  if (target.statusClass) terms.push(`status:${target.statusClass[0]}00..${target.statusClass[0]}99`);
  if (target.errors) terms.push("level>=error");
  return {
    ...defaultState("explore"),
    zone: from.zone,
    ...(from.theme ? { theme: from.theme } : {}),
    query: terms.join(" "),
    range: target.range,
    by: target.statusClass ? "status_class" : "level",
  };
}
