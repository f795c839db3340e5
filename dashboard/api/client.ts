import { type ErrorCode, SeamarkError } from "../../common/base/errors.ts";
import type {
  AppsAnswer,
  ContextAnswer,
  FieldsAnswer,
  HistogramAnswer,
  HostsAnswer,
  LogsAnswer,
  StatsAnswer,
  StatusAnswer,
  TopAnswer,
} from "./types.ts";

/** The browser's `fetch`, passed in. */
export type Fetch = (url: string, init: { readonly signal: AbortSignal }) => Promise<Response>;
type Parameters = Readonly<Record<string, string | number | undefined>>;

/** Query, and the two ends of the range as the API reads them. */
export interface LogScope {
  readonly query: string;
  readonly from: string | number;
  readonly to: string | number;
}

/**
 * The HTTP API of section 7. Every call rejects with a SeamarkError: `unavailable` when nothing answered, else the
 * code that the problem document names.
 */
export class ApiClient {
  readonly #fetch: Fetch;

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  status(signal: AbortSignal): Promise<StatusAnswer> {
    return this.#get("status", {}, signal);
  }

  hosts(signal: AbortSignal): Promise<HostsAnswer> {
    return this.#get("hosts", {}, signal);
  }

  apps(range: { from: number; to: number; interval?: string }, signal: AbortSignal): Promise<AppsAnswer> {
    return this.#get("apps", range, signal);
  }

  logs(
    scope: LogScope,
    page: { order: "asc" | "desc"; limit: number; cursor?: string },
    signal: AbortSignal,
  ): Promise<LogsAnswer> {
    return this.#get("logs", { ...lenient(scope), ...page }, signal);
  }

  histogram(scope: LogScope, by: string, interval: string, signal: AbortSignal): Promise<HistogramAnswer> {
    return this.#get("logs/histogram", { ...lenient(scope), by, interval }, signal);
  }

  top(scope: LogScope, field: string, n: number, signal: AbortSignal): Promise<TopAnswer> {
    return this.#get("logs/top", { ...lenient(scope), field, n }, signal);
  }

  stats(scope: LogScope, field: string, signal: AbortSignal): Promise<StatsAnswer> {
    return this.#get("logs/stats", { ...lenient(scope), field }, signal);
  }

  fields(scope: LogScope, signal: AbortSignal): Promise<FieldsAnswer> {
    return this.#get("logs/fields", lenient(scope), signal);
  }

  context(id: string, before: number, after: number, signal: AbortSignal): Promise<ContextAnswer> {
    return this.#get("logs/context", { id, before, after }, signal);
  }

  async #get<T>(route: string, parameters: Parameters, signal: AbortSignal): Promise<T> {
    const response = await this.#send(urlOf(route, parameters), signal);
    if (!response.ok) throw await problemOf(response);
    return (await response.json()) as T;
  }

  async #send(url: string, signal: AbortSignal): Promise<Response> {
    try {
      return await this.#fetch(url, { signal });
    } catch (cause) {
      if (signal.aborted) throw new SeamarkError("cancelled", "The request was given up.", { cause });
      throw new SeamarkError("unavailable", "The aggregator does not answer.", { cause });
    }
  }
}

function lenient(scope: LogScope): Parameters {
  return { ...scope, lenient: "true" };
}

function urlOf(route: string, parameters: Parameters): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== "") search.set(name, String(value));
  return `/api/v1/${route}?${search}`;
}

/** The problem document of a refused request; proxies in between may answer anything else. */
async function problemOf(response: Response): Promise<SeamarkError> {
  const problem = (await response.json().catch(() => ({}))) as {
    type?: string;
    detail?: string;
    hint?: string;
  };
  const code = (problem.type?.split("/").at(-1) ?? "unavailable") as ErrorCode;
  const message = problem.detail ?? `The aggregator answered ${response.status}.`;
  return new SeamarkError(code, message, problem.hint ? { hint: problem.hint } : {});
}
