import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import { ingestHeaders } from "../../common/wire/ingest.ts";
import type { LogRow, Origin } from "../../common/wire/row.ts";

export const mainSocket = "/var/run/docker.sock";
const image = "seamark-test-docker";
const prefix = "seamark-test-docker-";

/** Waits until the condition holds; fails with what it was waiting for. */
export async function until(what: string, holds: () => boolean, timeoutMs = 180_000): Promise<void> {
  const endMs = Date.now() + timeoutMs;
  while (!holds()) {
    if (Date.now() > endMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** A Docker Engine behind a socket, used through its command; what a test made is removed by `clean`. */
export class TestEngine {
  readonly socket: string;

  constructor(socket: string = mainSocket) {
    this.socket = socket;
  }

  docker(...args: string[]): string {
    return execFileSync("docker", ["-H", `unix://${this.socket}`, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  }

  /** An image of static busybox alone, made without pulling. */
  makeImage(): void {
    if (this.docker("images", "-q", image) !== "") return;
    const folder = mkdtempSync(join(tmpdir(), "seamark-image-"));
    const applets = ["sh", "awk", "sleep", "echo", "printf", "cat"];
    const links = applets.map((name) => `ln -s busybox bin/${name}`).join(" && ");
    const steps = `mkdir bin && cp /bin/busybox bin/ && ${links} && tar c . | docker -H unix://${this.socket} import - ${image}`;
    execFileSync("sh", ["-c", `cd ${folder} && ${steps}`], { stdio: "pipe" });
    rmSync(folder, { recursive: true });
  }

  /** `docker run`; `options` go before the image. Returns what the command prints: the id with `-d`. */
  run(name: string, options: readonly string[], ...command: string[]): string {
    return this.docker("run", "--network", "none", "--name", prefix + name, ...options, image, ...command);
  }

  /** Removes the containers of a test, whatever became of them. */
  remove(...names: string[]): void {
    for (const name of names) {
      try {
        this.docker("rm", "-f", prefix + name);
      } catch {
        // It is gone already.
      }
    }
  }

  do(command: string, name: string, ...options: string[]): string {
    return this.docker(command, ...options, prefix + name);
  }
}

/** An aggregator that keeps what it takes in memory; each segment once, by its sequence. */
export class TestSink {
  readonly rows: LogRow[] = [];
  readonly origins = new Map<string, Origin>();
  watermark = "";
  /** The last status header. */
  status: { docker?: { state: string; error?: string }; containers?: number; lagMs?: number } = {};
  readonly #server: Server;
  readonly #seen = new Set<string>();

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        this.#take(request.headers, request.url ?? "", Buffer.concat(chunks));
        response.writeHead(204).end();
      });
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** The origin of a container of a test; undefined while nothing came. */
  origin(name: string): Origin | undefined {
    return [...this.origins.values()].findLast((origin) => origin["container.name"] === prefix + name);
  }

  /** Rows of a container, in the order of their sequence; lines only, or the events and gaps too. */
  rowsOf(name: string, kind: "lines" | "notes"): LogRow[] {
    const id = this.origin(name)?.["origin.id"];
    return this.rows
      .filter((row) => row["origin.id"] === id && (row["event.kind"] === undefined) === (kind === "lines"))
      .sort((a, b) => a["event.sequence"] - b["event.sequence"]);
  }

  messages(name: string, stream?: "stdout" | "stderr"): string[] {
    return this.rowsOf(name, "lines")
      .filter((row) => stream === undefined || row["log.iostream"] === stream)
      .map((row) => row.message);
  }

  notes(name: string): string[] {
    return this.rowsOf(name, "notes").map((row) => row["event.action"] ?? row["event.reason"] ?? "");
  }

  #take(headers: Record<string, string | string[] | undefined>, url: string, body: Buffer): void {
    this.watermark = String(headers[ingestHeaders.watermark] ?? this.watermark);
    this.status = JSON.parse(decodeURIComponent(String(headers[ingestHeaders.status] ?? "%7B%7D")));
    const key = `${headers[ingestHeaders.epoch]}/${headers[ingestHeaders.sequence]}`;
    if (body.length === 0 || this.#seen.has(key)) return;
    this.#seen.add(key);
    for (const line of zstdDecompressSync(body).toString("utf8").split("\n")) {
      if (line === "") continue;
      if (url.endsWith("/origins")) {
        const origin = JSON.parse(line) as Origin;
        this.origins.set(origin["origin.id"], origin);
      } else this.rows.push(JSON.parse(line) as LogRow);
    }
  }
}

/** A collector process with its state folder and the sink that it sends to. */
export class TestCollector {
  readonly sink = new TestSink();
  readonly #state = mkdtempSync(join(tmpdir(), "seamark-collector-"));
  readonly #engine: TestEngine;
  readonly #args: readonly string[];
  #process: ChildProcess | undefined;
  #url = "";
  #output = "";

  constructor(engine: TestEngine, args: readonly string[] = []) {
    this.#engine = engine;
    this.#args = ["--include", `name=${prefix}*`, ...args];
  }

  /** Starts the process and waits until it reads, or waits, as `state` says. */
  async start(state: "connected" | "waiting" = "connected"): Promise<void> {
    this.#url ||= await this.sink.listen();
    this.sink.status = {};
    const args = ["--state", this.#state, "--listen", "127.0.0.1:0", "--docker-socket", this.#engine.socket];
    const child = spawn(
      process.execPath,
      ["collector/main.ts", ...args, "--aggregator", this.#url, ...this.#args],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    child.stderr.on("data", (chunk) => {
      this.#output += chunk;
    });
    this.#process = child;
    await until(`the collector is ${state}`, () => {
      if (child.exitCode !== null) throw new Error(`the collector ended: ${this.#output}`);
      return this.sink.status.docker?.state === state;
    });
  }

  get output(): string {
    return this.#output;
  }

  async kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
    if (signal === "SIGTERM" && child.exitCode !== 0) throw new Error(`it did not end well: ${this.#output}`);
  }

  /** User and system time of the process, seconds; the clock ticks 100 times a second on Linux. */
  cpuSeconds(): number {
    const stat = readFileSync(`/proc/${this.#process!.pid}/stat`, "utf8").split(") ")[1]!.split(" ");
    return (Number(stat[11]) + Number(stat[12])) / 100;
  }

  async close(): Promise<void> {
    await this.kill("SIGTERM");
    this.sink.close();
    rmSync(this.#state, { recursive: true, force: true });
  }
}

/** The numbers 1 to `to` as texts. */
export function numbersTo(to: number): string[] {
  return Array.from({ length: to }, (_, i) => String(i + 1));
}

/** The number that each line begins with. */
export function numbersOf(messages: readonly string[]): string[] {
  return messages.map((message) => message.split(" ")[0]!);
}
