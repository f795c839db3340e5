import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../common/base/clock.ts";

const collectorFile = new URL("./collector-process.ts", import.meta.url);
const aggregatorFile = new URL("./aggregator-process.ts", import.meta.url);
const origins = ["000000000000000a", "000000000000000b", "000000000000000c"];

let folder: string;
const children = new Set<ChildProcess>();
let wire: UnreliableWire;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seamark-delivery-"));
  wire = new UnreliableWire();
  await wire.listen();
});
afterEach(async () => {
  await Promise.all([...children].map(kill));
  await wire.close();
  await rm(folder, { recursive: true, force: true });
});

/** A TCP connection between the two that is cut after so many bytes, in the middle of a body or of an answer. */
class UnreliableWire {
  target = 0;
  /** Bytes in a direction after which a connection is cut; 0 never. */
  cutAfterBytes = 0;
  cuts = 0;
  /** Answers arrive late by so much. */
  delayMs = 0;
  readonly #server: Server = createServer((socket) => this.#join(socket));
  readonly #sockets = new Set<Socket>();
  port = 0;

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(near: Socket): void {
    const far = connect(this.target, "127.0.0.1");
    const limit = this.cutAfterBytes === 0 ? Number.POSITIVE_INFINITY : Math.random() * this.cutAfterBytes;
    let passed = 0;
    const end = (): void => {
      near.destroy();
      far.destroy();
    };
    const pass = (to: Socket, delayMs: number) => (chunk: Buffer) => {
      passed += chunk.length;
      const rest = chunk.subarray(0, Math.max(0, chunk.length - Math.max(0, passed - limit)));
      setTimeout(() => {
        if (!to.destroyed) to.write(rest);
        if (passed <= limit) return;
        this.cuts += 1;
        setTimeout(end, 1);
      }, delayMs);
    };
    near.on("data", pass(far, 0));
    far.on("data", pass(near, this.delayMs));
    for (const socket of [near, far]) {
      this.#sockets.add(socket);
      socket.on("error", end);
      socket.on("close", () => {
        this.#sockets.delete(socket);
        end();
      });
    }
  }
}

function run(file: URL, args: readonly string[]): ChildProcess {
  const child = fork(file, args, { execArgv: [], stdio: ["ignore", "pipe", "inherit", "ipc"] });
  children.add(child);
  child.once("exit", () => children.delete(child));
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

async function startAggregator(): Promise<ChildProcess> {
  const child = run(aggregatorFile, [join(folder, "aggregator")]);
  const [line] = (await once(child.stdout!, "data")) as [Buffer];
  wire.target = Number(line.toString());
  return child;
}

interface Collector {
  readonly child: ChildProcess;
  /** Resolves when every row was acknowledged. */
  readonly done: Promise<void>;
}

async function startCollector(total: number): Promise<Collector> {
  const child = run(collectorFile, [
    join(folder, "collector"),
    `http://127.0.0.1:${wire.port}`,
    String(total),
  ]);
  let text = "";
  child.stdout!.on("data", (chunk: Buffer) => {
    text += chunk;
  });
  await once(child.stdout!, "data");
  const done = once(child, "exit").then(() => {
    if (!text.includes("done")) throw new Error("the collector ended before it was done");
  });
  // Killed ones end before they are done.
  done.catch(() => undefined);
  return { child, done };
}

/** Every row in the store, by origin, in the order of its batches. */
async function stored(kind: "logs" | "origins"): Promise<Map<string, number[]>> {
  const batches = join(folder, "aggregator", "batches");
  const names = (await readdir(batches)).filter((name) => name.startsWith(kind) && !name.includes(".tmp"));
  const inOrder = names
    .map((name) => [Number(name.split("-").at(-1)), name] as const)
    .sort((a, b) => a[0] - b[0]);
  const rows = new Map<string, number[]>();
  for (const [, name] of inOrder) {
    for (const line of (await readFile(join(batches, name), "utf8")).split("\n").filter(Boolean)) {
      const row = JSON.parse(line) as { "origin.id": string; "event.sequence": number };
      const list = rows.get(row["origin.id"]) ?? [];
      list.push(row["event.sequence"]);
      rows.set(row["origin.id"], list);
    }
  }
  return rows;
}

function numbers(total: number): number[] {
  return Array.from({ length: total }, (_, i) => i + 1);
}

async function expectEveryRowOnce(total: number): Promise<void> {
  await vi.waitFor(
    async () => {
      const rows = await stored("logs");
      expect(origins.map((id) => rows.get(id)?.length)).toEqual([total, total, total]);
    },
    { timeout: 120_000, interval: 200 },
  );
  const rows = await stored("logs");
  for (const id of origins) expect(rows.get(id)).toEqual(numbers(total));
  expect([...rows.keys()].sort()).toEqual(origins);
  expect([...(await stored("origins")).keys()]).toEqual(expect.arrayContaining(origins));
}

test("both sides killed again and again, connections cut: every row arrives exactly once, in order", async () => {
  const total = 24_000;
  const killsMin = 14;
  wire.cutAfterBytes = 60_000;
  let aggregator = await startAggregator();
  for (let kills = 0; kills < killsMin; kills++) {
    const { child } = await startCollector(total);
    await systemClock.sleep(20 + Math.random() * 400);
    await kill(child);
    if (kills % 3 !== 2) continue;
    await kill(aggregator);
    aggregator = await startAggregator();
  }
  const cutWhileKilling = wire.cuts;
  await (await startCollector(total)).done;
  expect(cutWhileKilling).toBeGreaterThan(0);
  await expectEveryRowOnce(total);
}, 360_000);

test("a slow aggregator with a small spool holds the collector back, and nothing is lost", async () => {
  const total = 6000;
  wire.delayMs = 40;
  await startAggregator();
  await (await startCollector(total)).done;
  await expectEveryRowOnce(total);
  const answer = (await (await fetch(`http://127.0.0.1:${wire.target}/`)).json()) as {
    hosts: { host: string; completeTo: string }[];
  };
  // All that was read up to the last line's time is there.
  expect(answer.hosts).toMatchObject([{ host: "host-1", completeTo: "1970-01-01T00:00:06.000000000Z" }]);
}, 240_000);
