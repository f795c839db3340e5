import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { engineVersion } from "../../demo/machine/engine.ts";

const startMaxMs = 60_000;
const stopMaxMs = 20_000;

/**
 * A Docker Engine of its own beside the machine's: own socket, data, runtime folder and pid file, and no networks,
 * so that it touches nothing that is shared. It stands for a second host, and can be stopped and started.
 */
export class SecondEngine {
  // Short, because the path of a socket may have 107 characters at most.
  readonly #folder = mkdtempSync(join(tmpdir(), "sm-engine-"));
  readonly socket = join(this.#folder, "docker.sock");
  #child: ChildProcess | undefined;

  async start(): Promise<void> {
    const log = openSync(join(this.#folder, "dockerd.log"), "a");
    const folder = this.#folder;
    const places = ["--data-root", join(folder, "data"), "--exec-root", join(folder, "run")];
    const alone = ["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-masq=false"];
    const args = ["--host", `unix://${this.socket}`, "--pidfile", join(folder, "pid"), ...places, ...alone];
    // A network namespace of its own: with --bridge=none dockerd removes docker0, and that would be the machine's.
    // The kernel ends it when the test run is gone, however that went.
    const wrapped = ["--pdeathsig", "TERM", "unshare", "--net", "dockerd", ...args];
    const child = spawn("setpriv", wrapped, {
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.#child = child;
    const endMs = performance.now() + startMaxMs;
    while ((await engineVersion(this.socket)) === undefined) {
      if (child.exitCode !== null || performance.now() > endMs) throw new Error(`dockerd:\n${this.#log()}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  #log(): string {
    return readFileSync(join(this.#folder, "dockerd.log"), "utf8").slice(-3000);
  }

  /** Ends the engine; its folder goes too, unless it is to be started again. */
  async stop({ keep = false } = {}): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child && child.exitCode === null && child.signalCode === null) {
      const closed = once(child, "close");
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), stopMaxMs);
      await closed;
      clearTimeout(timer);
    }
    if (!keep) rmSync(this.#folder, { recursive: true, force: true });
  }
}
