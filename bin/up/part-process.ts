import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Backoff } from "../../common/base/backoff.ts";
import type { Clock } from "../../common/base/clock.ts";
import { LineCutter } from "./part-log.ts";

const leaveWithParent = new URL("./leave-with-parent.ts", import.meta.url).href;

/** A part that ran this long was well: the next restart begins with the short delay again. */
const steadyMs = 30_000;
const restartFirstMs = 500;
const restartMaxMs = 30_000;

export interface PartSpec {
  readonly name: string;
  /** File of the part, relative to the repository. */
  readonly main: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** For Node itself. */
  readonly nodeFlags?: readonly string[];
}

export interface PartHooks {
  readonly clock: Clock;
  /** A line that the part printed. */
  readonly line: (part: string, line: string) => void;
  /** A line of the supervisor about the part. */
  readonly note: (text: string) => void;
}

/** One part as its own process, started again with backoff when it ends. */
export class PartProcess {
  readonly name: string;
  readonly #spec: PartSpec;
  readonly #hooks: PartHooks;
  readonly #backoff = new Backoff({ firstMs: restartFirstMs, maxMs: restartMaxMs, random: Math.random });
  readonly #stopping = new AbortController();
  #child: ChildProcess | undefined;
  #loop: Promise<void> | undefined;
  #lastEnd: string | undefined;

  constructor(spec: PartSpec, hooks: PartHooks) {
    this.name = spec.name;
    this.#spec = spec;
    this.#hooks = hooks;
  }

  /** How the part ended last, while it is not running again; undefined while it runs. */
  get ended(): string | undefined {
    return this.#lastEnd;
  }

  /** Times that it had to be started again in a row. */
  get restarts(): number {
    return this.#backoff.attempts;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    this.#loop ??= this.#supervise();
  }

  /** Asks the part to leave; after the grace it is killed. Resolves when the process is gone. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort(new Error("stopping"));
    this.#child?.kill("SIGTERM");
    const timer = setTimeout(() => {
      this.#hooks.note(`${this.name} did not leave within ${graceMs / 1000} s and is killed`);
      this.kill();
    }, graceMs);
    await this.#loop;
    clearTimeout(timer);
  }

  kill(): void {
    this.#stopping.abort(new Error("stopping"));
    this.#child?.kill("SIGKILL");
  }

  async #supervise(): Promise<void> {
    const { clock, note } = this.#hooks;
    while (!this.#stopping.signal.aborted) {
      const startedMs = clock.monotonicMs();
      this.#lastEnd = undefined;
      const how = await this.#runOnce();
      if (this.#stopping.signal.aborted) return;
      this.#lastEnd = how;
      if (clock.monotonicMs() - startedMs > steadyMs) this.#backoff.reset();
      const delayMs = this.#backoff.nextMs();
      note(`${this.name} ended (${how}); starting it again in ${(delayMs / 1000).toFixed(1)} s`);
      await clock.sleep(delayMs, this.#stopping.signal).catch(() => undefined);
    }
  }

  /** Resolves to how the process ended. */
  #runOnce(): Promise<string> {
    const { main, args, env, nodeFlags = [] } = this.#spec;
    const path = fileURLToPath(new URL(`../../${main}`, import.meta.url));
    // Its own process group: Ctrl-C in the terminal reaches `up` alone, which then stops the parts in order.
    const child = spawn(process.execPath, [...nodeFlags, "--import", leaveWithParent, path, ...args], {
      env,
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child = child;
    child.stdin.on("error", () => undefined);
    for (const stream of [child.stdout, child.stderr]) {
      const cutter = new LineCutter((line) => this.#hooks.line(this.name, line));
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => cutter.write(text));
      stream.on("end", () => cutter.end());
    }
    return new Promise((resolve) => {
      child.on("error", (error) => resolve(error.message));
      child.on("close", (code, signal) => {
        this.#child = undefined;
        resolve(signal ?? `exit code ${code}`);
      });
    });
  }
}
