import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import Docker from "dockerode";
import { systemClock } from "../../common/base/clock.ts";
import { messageOf, SeamarkError, systemCodeOf } from "../../common/base/errors.ts";
import { runProgram } from "./command-line.ts";
import { canInstall, installPackages, isRoot } from "./debian.ts";

export const defaultSocket = "/var/run/docker.sock";
/** Short, because the paths of sockets below it may have 107 characters at most. */
const execRoot = "/run/seamark-engine";
const startMaxMs = 60_000;
const stopMaxMs = 20_000;
const pollMs = 200;
const dockerd = "/usr/sbin/dockerd";

/** The version of the engine at the socket; undefined when none answers. */
export async function engineVersion(socket: string): Promise<string | undefined> {
  try {
    const { Version } = await new Docker({ socketPath: socket, timeout: 5000 }).version();
    return Version;
  } catch (error) {
    if (systemCodeOf(error) !== "EACCES") return undefined;
    throw new SeamarkError("forbidden", `this user may not talk to Docker at ${socket}`, {
      hint: "Run it as root, or join the group docker: sudo usermod -aG docker $USER, then log in again",
    });
  }
}

export interface EngineOptions {
  readonly socket: string;
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/** An engine that this process started and ends. */
export interface OwnEngine {
  stop(): Promise<void>;
}

/**
 * Makes sure that a Docker Engine answers: installs it from the distribution, starts it by the init system, or as a
 * child with its data in `folder`. Resolves to the child when this process has to end it.
 */
export async function ensureEngine(folder: string, options: EngineOptions): Promise<OwnEngine | undefined> {
  const { socket, note, signal } = options;
  if ((await engineVersion(socket)) !== undefined) return undefined;
  if (socket !== defaultSocket) {
    throw new SeamarkError("unavailable", `no Docker Engine answers at ${socket}`, {
      hint: `Without --docker-socket, ${defaultSocket} is used and started when needed`,
    });
  }
  if (!existsSync(dockerd)) {
    requireInstall();
    note("There is no Docker Engine on this machine.");
    await installPackages(["docker.io", "iptables"], note);
    signal.throwIfAborted();
  }
  requireRoot();
  if (existsSync("/run/systemd/system")) return await startBySystemd(options);
  return await startAsChild(folder, options);
}

function requireRoot(): void {
  if (!isRoot()) throw notRunning("Start Docker first: sudo systemctl start docker; or run this as root");
}

function requireInstall(): void {
  if (canInstall()) return;
  throw notRunning(
    isRoot()
      ? "Install Docker (https://docs.docker.com/engine/install/) and start it, then try again"
      : "Run it as root on Debian, which installs Docker from the distribution, or install and start Docker yourself",
  );
}

function notRunning(hint: string): SeamarkError {
  return new SeamarkError("unavailable", `no Docker Engine answers at ${defaultSocket}`, { hint });
}

async function startBySystemd(options: EngineOptions): Promise<undefined> {
  options.note("starting Docker (systemctl start docker) …");
  const { code, output } = await runProgram("systemctl", ["start", "docker"]);
  if (code !== 0) throw notRunning(`systemctl start docker failed:\n${output}`);
  await waitForEngine(options, () => undefined);
}

async function startAsChild(folder: string, options: EngineOptions): Promise<OwnEngine> {
  options.note("no init system runs here: starting dockerd as a child of this command …");
  const first = spawnEngine(folder, options.socket, []);
  try {
    await waitForEngine(options, () => endOf(first, folder));
    return { stop: () => stopEngine(first, folder) };
  } catch (error) {
    await stopEngine(first, folder);
    if (!/iptables|bridge|netfilter|nf_tables/i.test(messageOf(error))) throw error;
  }
  options.note(
    "dockerd cannot set up bridge networks here: starting it without, the shop uses the host's network",
  );
  const second = spawnEngine(folder, options.socket, [
    "--iptables=false",
    "--ip6tables=false",
    "--bridge=none",
  ]);
  await waitForEngine(options, () => endOf(second, folder));
  return { stop: () => stopEngine(second, folder) };
}

function spawnEngine(folder: string, socket: string, more: readonly string[]): ChildProcess {
  mkdirSync(folder, { recursive: true });
  const log = openSync(join(folder, "dockerd.log"), "w");
  const places = ["--data-root", join(folder, "data"), "--exec-root", execRoot];
  const args = ["--host", `unix://${socket}`, ...places, "--pidfile", join(folder, "dockerd.pid"), ...more];
  // The kernel ends dockerd when this process is gone, however it went. Its own group: Ctrl-C is not for it.
  const child = spawn("setpriv", ["--pdeathsig", "TERM", dockerd, ...args], {
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  child.on("error", () => undefined);
  return child;
}

/** Why dockerd has ended; undefined while it runs. */
function endOf(child: ChildProcess, folder: string): string | undefined {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) return undefined;
  return readFileSync(join(folder, "dockerd.log"), "utf8").trim().split("\n").slice(-5).join("\n");
}

async function stopEngine(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const closed = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), stopMaxMs);
    await closed;
    clearTimeout(timer);
  }
  for (const path of [execRoot, folder]) {
    for (const mount of mountsUnder(path)) await runProgram("umount", ["--lazy", mount]);
    rmSync(path, { recursive: true, force: true });
  }
}

/** What an engine leaves mounted when it ends, such as the handles of network namespaces; the deepest first. */
function mountsUnder(folder: string): string[] {
  const points = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "");
  return points.filter((point) => point.startsWith(`${folder}/`)).sort((a, b) => b.length - a.length);
}

/** Resolves when the engine answers; throws when it ended (`ended` says why) or does not come. */
async function waitForEngine(
  { socket, signal }: Omit<EngineOptions, "note">,
  ended: () => string | undefined,
): Promise<void> {
  const untilMs = systemClock.monotonicMs() + startMaxMs;
  while ((await engineVersion(socket)) === undefined) {
    const reason = ended();
    if (reason !== undefined) throw new SeamarkError("unavailable", `dockerd ended:\n${reason}`);
    if (systemClock.monotonicMs() > untilMs)
      throw notRunning(`It did not come within ${startMaxMs / 1000} s`);
    await systemClock.sleep(pollMs, signal);
  }
}

/** For test runs: an engine with the machine's own folders that outlives this process. */
export async function startLastingEngine(options: EngineOptions): Promise<void> {
  requireRoot();
  if (existsSync("/run/systemd/system")) return void (await startBySystemd(options));
  const log = openSync("/var/log/seamark-test-dockerd.log", "a");
  const child = spawn(dockerd, ["--host", `unix://${options.socket}`], {
    detached: true,
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  child.unref();
  const ended = (): string | undefined =>
    child.exitCode === null ? undefined : "see /var/log/seamark-test-dockerd.log";
  await waitForEngine(options, ended);
}
