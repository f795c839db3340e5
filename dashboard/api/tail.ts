import type { Backoff } from "../../common/base/backoff.ts";
import type { Row } from "./types.ts";

/** The part of the browser's WebSocket that is used here, so that tests can be their own server. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: (() => void) | null;
  close(): void;
}

export interface TailEvents {
  rows(rows: readonly Row[]): void;
  /** Rows that the server left out because this client was too slow. */
  skipped(count: number): void;
  completeTo(time: string | null): void;
  queryError(error: { readonly message: string; readonly from: number; readonly to: number }): void;
  state(state: TailState): void;
}

export type TailState =
  | { readonly kind: "connecting" }
  | { readonly kind: "open" }
  /** Lost; the next attempt comes in so many milliseconds. */
  | { readonly kind: "lost"; readonly retryMs: number };

export interface TailOptions {
  readonly connect: (url: string) => Socket;
  readonly backoff: Backoff;
  /** Calls back after so many milliseconds unless the returned function is called before. */
  readonly delay: (ms: number, action: () => void) => () => void;
  readonly events: TailEvents;
}

/** The server sends a heartbeat every 2 s; silence for three of them is a lost connection. */
const silenceMaxMs = 6000;

/** One live tail. It reconnects by itself with backoff until it is closed. */
export class Tail {
  readonly #url: string;
  readonly #options: TailOptions;
  #socket: Socket | undefined;
  #cancelTimer: () => void = () => {};
  #closed = false;

  constructor(query: string, options: TailOptions) {
    const search = new URLSearchParams({ query, lenient: "true" });
    this.#url = `/api/v1/logs/tail?${search}`;
    this.#options = options;
    this.#open();
  }

  close(): void {
    this.#closed = true;
    this.#cancelTimer();
    this.#drop();
  }

  #open(): void {
    this.#options.events.state({ kind: "connecting" });
    const socket = this.#options.connect(this.#url);
    this.#socket = socket;
    socket.onopen = () => this.#options.events.state({ kind: "open" });
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = () => this.#lost();
    this.#watch();
  }

  /** A connection that is only half closed says nothing; the silence does. */
  #watch(): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#options.delay(silenceMaxMs, () => this.#lost());
  }

  #receive(data: unknown): void {
    this.#options.backoff.reset();
    this.#watch();
    const message = parsed(data);
    const { events } = this.#options;
    if (Array.isArray(message)) events.rows(message as Row[]);
    else if (typeof message?.skipped === "number") events.skipped(message.skipped);
    else if (message?.completeTo !== undefined) events.completeTo(message.completeTo);
    else if (message?.queryError) events.queryError(message.queryError);
  }

  #lost(): void {
    if (this.#closed) return;
    this.#drop();
    this.#cancelTimer();
    const retryMs = this.#options.backoff.nextMs();
    this.#options.events.state({ kind: "lost", retryMs });
    this.#cancelTimer = this.#options.delay(retryMs, () => this.#open());
  }

  #drop(): void {
    if (!this.#socket) return;
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = undefined;
  }
}

interface Notice {
  readonly skipped?: number;
  readonly completeTo?: string | null;
  readonly queryError?: { readonly message: string; readonly from: number; readonly to: number };
}

/** A message that is not JSON is a proxy's, not ours; it says nothing about lines. */
function parsed(data: unknown): (readonly Row[] & Notice) | Notice | undefined {
  if (typeof data !== "string") return undefined;
  try {
    return JSON.parse(data) as Notice;
  } catch {
    return undefined;
  }
}
