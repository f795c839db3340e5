import type { WebSocket } from "ws";
import type { Clock } from "../../common/base/clock.ts";
import type { Counter, Metrics } from "../../common/base/metrics.ts";
import type { LiveBus, LiveFilter } from "./live-bus.ts";
import { RowBuffer } from "./row-buffer.ts";

/** Each client costs an evaluation per row and up to the buffer's bytes. */
export const tailClientsMax = 100;
/** Rows gather this long, so that a busy tail is some messages per second and a quiet one still feels immediate. */
const flushMs = 80;
/** `{"completeTo"}` at this pace tells a client that the connection lives. */
const heartbeatMs = 2000;
/** A client that does not answer a ping within this time is gone. */
const pingMs = 15_000;
/** While more than this is unsent in the socket, rows gather in the buffer instead. */
const unsentBytesMax = 1024 * 1024;

export interface TailClientsOptions {
  readonly bus: LiveBus;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** RFC 3339 or null. */
  readonly completeTo: () => string | null;
}

/** The WebSocket clients of the live tail: buffers, flushes, heartbeats, pings. */
export class TailClients {
  readonly #options: TailClientsOptions;
  readonly #clients = new Set<TailClient>();
  readonly #stop = new AbortController();
  readonly #counters: TailCounters;
  readonly #loops: Promise<void>;

  constructor(options: TailClientsOptions) {
    this.#options = options;
    this.#counters = tailCounters(options.metrics, () => this.#clients.size);
    this.#loops = this.#run();
  }

  get size(): number {
    return this.#clients.size;
  }

  get full(): boolean {
    return this.#clients.size >= tailClientsMax;
  }

  /** Serves the socket until it closes. `greeting` is sent first. */
  add(socket: WebSocket, filter: LiveFilter, greeting: readonly object[]): void {
    const client = new TailClient(socket, this.#options.clock, this.#counters, this.#stop.signal);
    this.#clients.add(client);
    const end = this.#options.bus.subscribe(filter, (rowJson) => client.take(rowJson));
    socket.on("close", () => {
      end();
      client.end();
      this.#clients.delete(client);
    });
    // A broken connection also emits close, which cleans up; without a listener the error would end the process.
    socket.on("error", () => socket.terminate());
    for (const message of greeting) socket.send(JSON.stringify(message));
    socket.send(this.#heartbeat());
  }

  /** Closes every connection with 1001 ("going away"). */
  async close(): Promise<void> {
    this.#stop.abort(new Error("stopped"));
    for (const client of this.#clients) client.goAway();
    await this.#loops;
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    let pingedMs = clock.monotonicMs();
    while (!this.#stop.signal.aborted) {
      await clock.sleep(heartbeatMs, this.#stop.signal).catch(() => undefined);
      if (this.#stop.signal.aborted) return;
      const ping = clock.monotonicMs() - pingedMs >= pingMs;
      if (ping) pingedMs = clock.monotonicMs();
      const heartbeat = this.#heartbeat();
      for (const client of this.#clients) client.beat(heartbeat, ping);
    }
  }

  #heartbeat(): string {
    return JSON.stringify({ completeTo: this.#options.completeTo() });
  }
}

interface TailCounters {
  readonly sent: Counter;
  readonly skipped: Counter;
}

function tailCounters(metrics: Metrics, clients: () => number): TailCounters {
  metrics.gauge("seamark_live_clients", "Live tails that are connected").read(clients);
  const counters = {
    sent: metrics.counter("seamark_live_rows_sent_total", "Rows sent to live tails"),
    skipped: metrics.counter("seamark_live_rows_skipped_total", "Rows that live tails were too slow for"),
  };
  counters.sent.add(0);
  counters.skipped.add(0);
  return counters;
}

class TailClient {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  readonly #counters: TailCounters;
  readonly #stopped: AbortSignal;
  readonly #buffer = new RowBuffer();
  #flushing = false;
  #answered = true;

  constructor(socket: WebSocket, clock: Clock, counters: TailCounters, stopped: AbortSignal) {
    this.#socket = socket;
    this.#clock = clock;
    this.#counters = counters;
    this.#stopped = stopped;
    socket.on("pong", () => {
      this.#answered = true;
    });
  }

  take(rowJson: string): void {
    const dropped = this.#buffer.push(rowJson);
    if (dropped > 0) this.#counters.skipped.add(dropped);
    if (!this.#flushing) void this.#flushLater();
  }

  beat(heartbeat: string, ping: boolean): void {
    if (this.#socket.bufferedAmount <= unsentBytesMax) this.#socket.send(heartbeat);
    if (!ping) return;
    if (this.#answered) this.#socket.ping();
    else this.#socket.terminate();
    this.#answered = false;
  }

  goAway(): void {
    this.#socket.close(1001, "the aggregator stops");
  }

  end(): void {
    this.#buffer.take();
  }

  /** One loop per client at most; it ends when nothing waits. */
  async #flushLater(): Promise<void> {
    this.#flushing = true;
    do {
      await this.#clock.sleep(flushMs, this.#stopped).catch(() => undefined);
      this.#flush();
    } while (this.#buffer.rows > 0 && this.#open() && !this.#stopped.aborted);
    this.#flushing = false;
  }

  #flush(): void {
    if (!this.#open() || this.#socket.bufferedAmount > unsentBytesMax) return;
    this.#counters.sent.add(this.#buffer.rows);
    for (const message of this.#buffer.take()) this.#socket.send(message);
  }

  #open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }
}
