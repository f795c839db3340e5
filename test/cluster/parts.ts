import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** What a part printed last, for the message of a failed test; characters. */
const outputCharsMax = 8000;
const stopGraceMs = 15_000;

/** Every name that these tests give to a container begins so. */
export const prefix = "seamark-test-cluster";

/** A part as a real process; it can be killed and started again with the same flags. */
export class Part {
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;
  #output = "";
  #all = "";

  constructor(args: readonly string[]) {
    this.#args = args;
    this.start();
  }

  /** The last of standard output and error. */
  get output(): string {
    return this.#output;
  }

  /** All of standard output; for commands that print what a test reads. */
  get all(): string {
    return this.#all;
  }

  /** Resolves to the exit code of a command that ends by itself. */
  async ended(): Promise<number | null> {
    const child = this.#child!;
    if (child.exitCode === null && child.signalCode === null) await once(child, "close");
    return child.exitCode;
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  start(): void {
    const env = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "" };
    const child = spawn(process.execPath, this.#args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString()).slice(-outputCharsMax);
      });
    child.stdout.on("data", (chunk: Buffer) => {
      this.#all += chunk.toString();
    });
    this.#child = child;
  }

  /** As a power cut would: no handler runs. */
  async kill9(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Resolves to the exit code. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    const timer = setTimeout(() => this.#child?.kill("SIGKILL"), stopGraceMs);
    const code = await this.#end(signal);
    clearTimeout(timer);
    return code;
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child!;
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const closed = once(child, "close");
    child.kill(signal);
    await closed;
    return child.exitCode;
  }
}

/** Two neighbouring ports of loopback that are free now. */
export async function freePorts(): Promise<number> {
  for (;;) {
    const port = await freePort(0);
    if (port < 65_535 && (await freePort(port + 1).catch(() => 0)) === port + 1) return port;
  }
}

async function freePort(wanted: number): Promise<number> {
  const server = createServer();
  server.listen(wanted, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), `${prefix}-`));
}

export interface ClusterOptions {
  /** Containers that the collector reads; others of this machine are not the test's. */
  readonly include?: string;
  /** False: none is started. */
  readonly collector?: readonly string[] | false;
  readonly aggregator?: readonly string[];
}

/** An aggregator and a collector of this machine's Docker on free ports with a state folder of their own. */
export class Cluster {
  readonly state = temporaryFolder();
  readonly url: string;
  readonly aggregator: Part;
  readonly collectors: Part[] = [];
  readonly #port: number;

  private constructor(port: number, options: ClusterOptions) {
    this.#port = port;
    this.url = `http://127.0.0.1:${port}`;
    const listen = ["--listen", `127.0.0.1:${port}`, "--state", this.state];
    this.aggregator = new Part(["aggregator/main.ts", ...listen, ...(options.aggregator ?? [])]);
  }

  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const cluster = new Cluster(await freePorts(), options);
    await until(
      "the aggregator is ready",
      () => cluster.#ready(),
      30_000,
      () => cluster.aggregator.output,
    );
    if (options.collector === false) return cluster;
    const include = options.include ?? `name=${prefix}-*`;
    cluster.addCollector(["--state", cluster.state, "--include", include, ...(options.collector ?? [])]);
    return cluster;
  }

  /** One more collector; its own flags name its state, socket and host. */
  addCollector(flags: readonly string[]): Part {
    const port = this.collectors.length === 0 ? this.#port + 1 : 0;
    const listen = ["--listen", `127.0.0.1:${port}`, "--aggregator", this.url];
    const part = new Part(["collector/main.ts", ...listen, ...flags]);
    this.collectors.push(part);
    return part;
  }

  /** A counter or gauge of the first collector. */
  async collectorMetric(name: string): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.#port + 1}/metrics`);
    const samples = (await response.text()).matchAll(new RegExp(`^${name}(?:{.*})? (\\S+)$`, "gm"));
    return [...samples].reduce((sum, [, value]) => sum + Number(value), 0);
  }

  get tokenFile(): string {
    return join(this.state, "token");
  }

  async #ready(): Promise<boolean> {
    return await fetch(`${this.url}/readyz`).then(
      (response) => response.ok,
      () => false,
    );
  }

  /** Fails when a part that was asked to end did not end well. */
  async stop(): Promise<void> {
    const codes = await Promise.all(this.collectors.map((part) => part.stop()));
    codes.push(await this.aggregator.stop());
    rmSync(this.state, { recursive: true, force: true });
    // Null is a part that a test had killed.
    const bad = codes.filter((code) => code !== 0 && code !== null);
    if (bad.length > 0) throw new Error(`parts ended with exit codes ${codes.join(", ")}`);
  }
}

/** Resolves when the condition holds; fails with what was waited for and what the parts said. */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  maxMs: number,
  explain: () => unknown = () => "",
  everyMs = 50,
): Promise<void> {
  const endMs = performance.now() + maxMs;
  while (!(await condition())) {
    if (performance.now() > endMs)
      throw new Error(`not within ${maxMs / 1000} s: ${what}\n${String(explain())}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
