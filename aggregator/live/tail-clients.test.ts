import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import type { WebSocket } from "ws";
import type { Clock } from "../../common/base/clock.ts";
import { Metrics } from "../../common/base/metrics.ts";
import { LiveBus } from "./live-bus.ts";
import { TailClients } from "./tail-clients.ts";

/** A connection whose other side reads only when the test lets it. */
class Socket extends EventEmitter {
  readonly OPEN = 1;
  readyState = 1;
  bufferedAmount = 0;
  readonly sent: string[] = [];
  readonly did: string[] = [];
  send(text: string): void {
    this.sent.push(text);
  }
  ping(): void {
    this.did.push("ping");
  }
  terminate(): void {
    this.did.push("terminate");
    this.close();
  }
  close(code?: number): void {
    if (code !== undefined) this.did.push(`close ${code}`);
    this.readyState = 3;
    this.emit("close");
  }
}

/** Time that stands still until the test moves it. */
class ManualClock implements Clock {
  #ms = 0;
  #sleepers: { untilMs: number; wake: () => void }[] = [];
  nowMs = () => this.#ms;
  monotonicMs = () => this.#ms;
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sleepers.push({ untilMs: this.#ms + ms, wake: resolve });
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  }
  async advance(ms: number): Promise<void> {
    const untilMs = this.#ms + ms;
    while (this.#ms < untilMs) {
      this.#ms += 10;
      const due = this.#sleepers.filter((one) => one.untilMs <= this.#ms);
      this.#sleepers = this.#sleepers.filter((one) => one.untilMs > this.#ms);
      for (const { wake } of due) wake();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

function make() {
  const clock = new ManualClock();
  const metrics = new Metrics();
  const bus = new LiveBus({ origin: () => undefined });
  const tails = new TailClients({ bus, clock, metrics, completeTo: () => "2026-11-22T18:00:00Z" });
  const socket = new Socket();
  tails.add(socket as unknown as WebSocket, { text: "", matches: () => true }, []);
  const publish = (from: number, to: number) =>
    bus.publish(
      Array.from({ length: to - from }, (_, n) => ({
        "@timestamp": "2026-11-22T18:00:00Z",
        "origin.id": "aaaaaaaaaaaaaaaa",
        "event.sequence": from + n,
        message: "x",
      })),
      0n,
    );
  return { clock, metrics, tails, socket, publish };
}

const heartbeat = '{"completeTo":"2026-11-22T18:00:00Z"}';

test("rows gather for a moment and leave as one message", async () => {
  const { clock, socket, publish, tails } = make();
  publish(0, 2);
  await clock.advance(40);
  publish(2, 3);
  expect(socket.sent).toEqual([heartbeat]);
  await clock.advance(60);
  expect(socket.sent.slice(1).map((text) => JSON.parse(text).length)).toEqual([3]);
  await tails.close();
});

test("while the other side does not read, nothing is given to the socket and the buffer stays bounded", async () => {
  const { clock, metrics, socket, publish, tails } = make();
  socket.bufferedAmount = 2_000_000;
  for (let n = 0; n < 30_000; n += 500) {
    publish(n, n + 500);
    await clock.advance(100);
  }
  expect(socket.sent).toEqual([heartbeat]);
  expect(metrics.value("seamark_live_rows_skipped_total")).toBe(20_000);
  socket.bufferedAmount = 0;
  await clock.advance(100);
  const [skipped, rows] = socket.sent.slice(1).filter((text) => text !== heartbeat);
  expect(skipped).toBe('{"skipped":20000}');
  expect(JSON.parse(rows!)[0]).toMatchObject({ "event.sequence": 20_000 });
  await tails.close();
});

test("a heartbeat every two seconds, a ping every fifteen; who does not answer is let go", async () => {
  const { clock, socket, tails } = make();
  await clock.advance(10_000);
  expect(socket.sent).toHaveLength(6);
  await clock.advance(7000);
  expect(socket.did).toEqual(["ping"]);
  socket.emit("pong");
  await clock.advance(17_000);
  expect(socket.did).toEqual(["ping", "ping"]);
  await clock.advance(17_000);
  expect(socket.did).toEqual(["ping", "ping", "terminate"]);
  expect(tails.size).toBe(0);
  await tails.close();
});

test("a stop tells every client that we go away", async () => {
  const { tails, socket } = make();
  await tails.close();
  expect(socket.did).toEqual(["close 1001"]);
  expect(tails.size).toBe(0);
});
