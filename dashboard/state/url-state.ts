import type { RangeText } from "./time-range.ts";

/** Everything that a link must bring back. What has its default is left out of the URL. */
export interface UrlState {
  readonly page: "overview" | "explore";
  readonly theme?: "dark" | "light";
  readonly zone: "utc" | "local";
  readonly range: RangeText;
  /** Explore: the query text. Overview: the filter of app names. */
  readonly query: string;
  /** Overview only. */
  readonly sort: "attention" | "name" | "traffic";
  /** Explore only, from here on. */
  readonly order: "asc" | "desc";
  readonly by: GroupBy;
  readonly live: boolean;
  readonly wrap: boolean;
  /** Id of the row that is open. */
  readonly line?: string;
  /** Id of the row whose container's lines are shown without the filter. */
  readonly context?: string;
  /** The part of the range that the list is limited to, milliseconds since the epoch. */
  readonly brush?: { readonly fromMs: number; readonly toMs: number };
}

export const groupings = ["level", "status_class", "service.name"] as const;
export type GroupBy = (typeof groupings)[number];
const sorts = ["attention", "name", "traffic"] as const;

const defaultFrom = { overview: "now-1h", explore: "now-30m" } as const;

export function defaultState(page: UrlState["page"]): UrlState {
  return {
    page,
    zone: "utc",
    range: { from: defaultFrom[page], to: "now" },
    query: "",
    sort: "attention",
    order: "desc",
    by: "level",
    live: false,
    wrap: false,
  };
}

function oneOf<T extends string>(values: readonly T[], text: string | null): T | undefined {
  return values.find((value) => value === text);
}

/** Reads path and search part of a URL; whatever it cannot read falls back to the default. */
export function parseUrl(path: string, search: string): UrlState {
  const page = /^\/explore\/?$/.test(path) ? "explore" : "overview";
  const params = new URLSearchParams(search);
  const base = defaultState(page);
  const text = (name: string) => params.get(name) || undefined;
  const theme = oneOf(["dark", "light"], params.get("theme"));
  const brush = parseBrush(text("brush"));
  const line = text("line");
  const context = text("context");
  return {
    page,
    zone: oneOf(["utc", "local"], params.get("tz")) ?? base.zone,
    range: { from: text("from") ?? base.range.from, to: text("to") ?? base.range.to },
    query: params.get("q") ?? "",
    sort: oneOf(sorts, params.get("sort")) ?? base.sort,
    order: oneOf(["asc", "desc"], params.get("order")) ?? base.order,
    by: oneOf(groupings, params.get("by")) ?? base.by,
    live: params.get("live") === "1",
    wrap: params.get("wrap") === "1",
    ...(theme ? { theme } : {}),
    ...(line ? { line } : {}),
    ...(context ? { context } : {}),
    ...(brush ? { brush } : {}),
  };
}

function parseBrush(text: string | undefined): UrlState["brush"] {
  const match = /^(\d{1,15})-(\d{1,15})$/.exec(text ?? "");
  if (!match || Number(match[1]) >= Number(match[2])) return undefined;
  return { fromMs: Number(match[1]), toMs: Number(match[2]) };
}

/** Path and search part; `parseUrl` of it gives the state back. */
export function formatUrl(state: UrlState): string {
  const base = defaultState(state.page);
  const params = new URLSearchParams();
  const put = (name: string, value: string | undefined, fallback?: string) => {
    if (value !== undefined && value !== "" && value !== fallback) params.set(name, value);
  };
  put("q", state.query);
  put("from", state.range.from, base.range.from);
  put("to", state.range.to, base.range.to);
  if (state.page === "overview") put("sort", state.sort, base.sort);
  else putExplore(state, base, put);
  put("tz", state.zone, base.zone);
  put("theme", state.theme);
  const search = params.toString();
  return `${state.page === "explore" ? "/explore" : "/"}${search === "" ? "" : `?${search}`}`;
}

function putExplore(
  state: UrlState,
  base: UrlState,
  put: (name: string, value: string | undefined, fallback?: string) => void,
): void {
  put("by", state.by, base.by);
  put("order", state.order, base.order);
  put("live", state.live ? "1" : undefined);
  put("wrap", state.wrap ? "1" : undefined);
  put("brush", state.brush ? `${state.brush.fromMs}-${state.brush.toMs}` : undefined);
  put("line", state.line);
  put("context", state.context);
}
