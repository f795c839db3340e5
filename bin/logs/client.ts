import { WebSocket } from "ws";
import { messageOf, SeamarkError } from "../../common/base/errors.ts";
import type { JoinedRow } from "../../common/wire/row.ts";

const requestTimeoutMs = 70_000;
/** The tail's heartbeat comes every 2 s; nothing for this long means that the connection is lost. */
const heartbeatLostMs = 6000;

export interface Group {
  readonly key: readonly (string | number | boolean | null)[];
  readonly count: number;
}

/** `GET /api/v1/logs`: rows, or groups when the query ends in a pipe. */
export interface SearchAnswer {
  readonly rows?: readonly JoinedRow[];
  readonly cursor?: string | null;
  readonly groups?: readonly Group[];
  readonly by?: readonly string[];
  readonly partial: string | null;
  readonly completeTo: string | null;
  readonly from: string;
  readonly to: string;
}

/** The aggregator says that the query is wrong, and where. */
export class QueryProblem extends Error {
  readonly hint: string | undefined;
  readonly from: number | undefined;
  readonly to: number | undefined;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title ?? "the query was refused");
    // What the API offers to programs has no meaning in a terminal.
    this.hint = problem.hint?.startsWith("lenient=") ? undefined : problem.hint;
    const where = problem.where?.parameter === "query" ? problem.where : undefined;
    this.from = where?.from;
    this.to = where?.to;
  }
}

interface Problem {
  readonly title?: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly where?: { readonly parameter?: string; readonly from?: number; readonly to?: number };
}

export interface TailHandlers {
  readonly rows: (rows: readonly JoinedRow[]) => void;
  /** The server skipped rows because this client was too slow. */
  readonly skipped: (count: number) => void;
  readonly completeTo: (time: string) => void;
}

/** An open live tail; `closed` resolves with the reason when it ends. */
export interface Tail {
  readonly closed: Promise<string>;
  pause(): void;
  resume(): void;
  close(): void;
}

export class LogsClient {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, token: string | undefined) {
    this.#url = url;
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  /** Throws QueryProblem on a wrong query, SeamarkError `unavailable` when the aggregator does not answer. */
  async search(parameters: Readonly<Record<string, string | number>>): Promise<SearchAnswer> {
    const path = new URL(`${this.#url}/api/v1/logs`);
    for (const [name, value] of Object.entries(parameters)) path.searchParams.set(name, String(value));
    try {
      const response = await fetch(path, {
        headers: this.#headers,
        signal: AbortSignal.timeout(requestTimeoutMs),
      });
      if (!response.ok) throw problemOf(response.status, await response.text());
      return (await response.json()) as SearchAnswer;
    } catch (error) {
      throw this.#unreachable(error);
    }
  }

  /** Resolves when the tail is open; fails as `search` does. */
  tail(query: string, handlers: TailHandlers): Promise<Tail> {
    const url = `${this.#url.replace(/^http/, "ws")}/api/v1/logs/tail?query=${encodeURIComponent(query)}`;
    const socket = new WebSocket(url, { headers: this.#headers });
    const closed = closedOf(socket, handlers);
    return new Promise((resolve, reject) => {
      socket.once("error", (error) => reject(this.#unreachable(error)));
      socket.once("unexpected-response", (_request, response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on("end", () => reject(problemOf(response.statusCode ?? 0, text)));
      });
      socket.once("open", () => {
        resolve({
          closed,
          pause: () => socket.pause(),
          resume: () => socket.resume(),
          close: () => socket.terminate(),
        });
      });
    });
  }

  #unreachable(error: unknown): Error {
    if (error instanceof QueryProblem || error instanceof SeamarkError) return error;
    const cause = (error as { cause?: unknown }).cause;
    const reason = messageOf(cause ?? error) || String((cause as { code?: unknown })?.code ?? "no answer");
    return new SeamarkError("unavailable", `no aggregator answers at ${this.#url}: ${reason}`, {
      hint: "Start it with npm start, or say where it is with --url http://HOST:PORT",
    });
  }
}

function closedOf(socket: WebSocket, handlers: TailHandlers): Promise<string> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const heard = (): void => {
      clearTimeout(timer);
      // While paused by a slow terminal nothing is heard either; that is no loss.
      timer = setTimeout(() => (socket.isPaused ? heard() : socket.terminate()), heartbeatLostMs);
    };
    socket.on("open", heard);
    socket.on("message", (data) => {
      heard();
      dispatch(JSON.parse(String(data)), handlers);
    });
    socket.on("error", () => undefined);
    socket.on("close", (code) => {
      clearTimeout(timer);
      resolve(`connection closed (${code})`);
    });
  });
}

type TailMessage =
  | readonly JoinedRow[]
  | { readonly skipped?: number; readonly completeTo?: string | null; readonly queryError?: unknown };

function dispatch(message: TailMessage, handlers: TailHandlers): void {
  if (isRows(message)) handlers.rows(message);
  else if (message.skipped !== undefined) handlers.skipped(message.skipped);
  else if (typeof message.completeTo === "string") handlers.completeTo(message.completeTo);
}

function isRows(message: TailMessage): message is readonly JoinedRow[] {
  return Array.isArray(message);
}

function problemOf(status: number, text: string): Error {
  let problem: Problem;
  try {
    problem = JSON.parse(text) as Problem;
  } catch {
    problem = { detail: `the aggregator answered ${status}` };
  }
  if (status === 400) return new QueryProblem(problem);
  if (status === 401 || status === 403) {
    // The API's hint to a missing token speaks of headers and links, of which a terminal has none.
    const hint = status === 401 ? undefined : problem.hint;
    return new SeamarkError("unauthorized", problem.detail ?? "the aggregator wants a token", {
      hint: hint ?? "Give it with --token, or --state DIR of the aggregator",
    });
  }
  return new SeamarkError("unavailable", problem.detail ?? `the aggregator answered ${status}`, {
    ...(problem.hint === undefined ? {} : { hint: problem.hint }),
  });
}
