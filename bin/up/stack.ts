import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../common/base/clock.ts";
import type { HostPort } from "../../common/base/config.ts";
import { SeamarkError } from "../../common/base/errors.ts";
import { PartProcess } from "./part-process.ts";
import { localUrl } from "./ports.ts";

/** A part may need this long to write out what it holds; then it is killed. */
const stopGraceMs = 12_000;
/** A part that ends this often in a row before the start is done will not come up by itself. */
const startAttemptsMax = 3;
/** How a part ends whose settings are wrong. */
const endedByUsage = "exit code 2";
const pollMs = 100;
/**
 * A collector shares its host with what it watches. Lines live for milliseconds, so a small young generation costs no time
 * (measured at 11,000 lines/s: 126 MiB instead of 166, both with 3.0 s of CPU for 240,000 lines).
 */
const nodeFlags = { aggregator: [], collector: ["--max-semi-space-size=4"] } as const;
/** A little more than the time between two reports of a collector. */
const reportMs = 1200;
/** How long the start waits for the collector's first word about Docker. */
const firstWordMs = 8_000;
/** After this long the console says what the start waits for. */
const slowStartMs = 10_000;

export interface StackOptions {
  readonly aggregator: { readonly listen: HostPort; readonly args: readonly string[] };
  readonly collector: { readonly args: readonly string[] };
  readonly state: string;
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Ends the start. */
  readonly signal: AbortSignal;
  readonly line: (part: string, line: string) => void;
  readonly note: (text: string) => void;
}

/** Aggregator and collector as processes of their own. */
export class Stack {
  readonly url: string;
  readonly #options: StackOptions;
  readonly #aggregator: PartProcess;
  readonly #collector: PartProcess;

  constructor(options: StackOptions) {
    const { clock, line, note, state } = options;
    // What Node makes of the sources is kept: without it every start costs half a second and 30 MiB more.
    const env = { ...options.env, NODE_COMPILE_CACHE: join(state, "code-cache") };
    this.#options = options;
    this.url = localUrl(options.aggregator.listen);
    const part = (name: "aggregator" | "collector"): PartProcess =>
      new PartProcess(
        { name, main: `${name}/main.ts`, args: options[name].args, env, nodeFlags: nodeFlags[name] },
        { clock, line, note },
      );
    this.#aggregator = part("aggregator");
    this.#collector = part("collector");
  }

  /** Resolves when the aggregator answers; throws `unavailable` when a part cannot start. */
  async start(): Promise<void> {
    this.#aggregator.start();
    await this.#ready();
    this.#collector.start();
  }

  /** The collector first: what it has read goes to the aggregator while that one still answers. */
  async stop(): Promise<void> {
    await this.#collector.stop(stopGraceMs);
    await this.#aggregator.stop(stopGraceMs);
  }

  kill(): void {
    this.#collector.kill();
    this.#aggregator.kill();
  }

  /** The token that the aggregator wrote into the state folder. */
  token(): string | undefined {
    try {
      return readFileSync(join(this.#options.state, "token"), "utf8").trim();
    } catch {
      return undefined;
    }
  }

  /** One line of what is being read; asks until the collector has spoken and its first list is through. */
  async stateLine(): Promise<string> {
    const { clock, signal } = this.#options;
    const untilMs = clock.monotonicMs() + firstWordMs;
    let line: string | undefined;
    while (clock.monotonicMs() < untilMs) {
      this.#requireAlive(this.#collector);
      const before = line;
      line = hostsLine(await this.#get("/api/v1/hosts"));
      // The collector reports every second while it opens the containers that it has found.
      if (line !== undefined && line === before) return line;
      await clock.sleep(line === undefined ? pollMs : reportMs, signal);
    }
    return line ?? "the collector has not reported yet";
  }

  async #ready(): Promise<void> {
    const { clock, note, signal } = this.#options;
    const startedMs = clock.monotonicMs();
    let said = false;
    while (!(await this.#answers("/readyz"))) {
      this.#requireAlive(this.#aggregator);
      if (!said && clock.monotonicMs() - startedMs > slowStartMs) {
        said = true;
        note(`the aggregator is not ready yet: ${JSON.stringify(await this.#get("/readyz"))}`);
      }
      await clock.sleep(pollMs, signal);
    }
  }

  #requireAlive(part: PartProcess): void {
    const { ended, restarts } = part;
    // Settings that are wrong stay wrong: once is enough to be told.
    if (ended === undefined || (ended !== endedByUsage && restarts < startAttemptsMax)) return;
    throw new SeamarkError("unavailable", `the ${part.name} does not start (${part.ended})`, {
      hint: "Its lines above say why",
    });
  }

  async #answers(path: string): Promise<boolean> {
    return await this.#fetch(path).then(
      async (response) => {
        await response.body?.cancel();
        return response.ok;
      },
      () => false,
    );
  }

  /** The JSON at a path; undefined when there is no answer. */
  async #get(path: string): Promise<unknown> {
    return await this.#fetch(path)
      .then((response) => response.json())
      .catch(() => undefined);
  }

  #fetch(path: string): Promise<Response> {
    const token = this.token();
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
    return fetch(this.url + path, { headers, signal: AbortSignal.timeout(5000) });
  }
}

interface HostsAnswer {
  readonly hosts?: readonly {
    readonly docker: {
      readonly state: string;
      readonly socket: string;
      readonly version?: string;
      readonly error?: string;
    } | null;
    readonly containersRead: number;
  }[];
}

/** `reading 7 containers …` or `waiting for Docker at …`; undefined while no collector has spoken or tried. */
export function hostsLine(answer: unknown): string | undefined {
  const heard = (answer as HostsAnswer | undefined)?.hosts?.find((host) => host.docker !== null);
  if (!heard?.docker) return undefined;
  const { state, socket, version, error } = heard.docker;
  // Without an error it has not tried yet.
  if (state === "waiting" && error === undefined) return undefined;
  if (state === "waiting") return `waiting for Docker at ${socket} (it goes on by itself when Docker comes)`;
  const engine = version === undefined ? "" : ` (Docker ${version})`;
  return `reading ${heard.containersRead} container${heard.containersRead === 1 ? "" : "s"}${engine}`;
}
