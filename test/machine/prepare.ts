/**
 * Before the tests: on Debian as root installs what they need and starts a Docker Engine if none answers; elsewhere
 * names what is missing and how to get it. `npx vitest run --project unit` needs none of it.
 */
import { existsSync } from "node:fs";
import { messageOf, SeamarkError } from "../../common/base/errors.ts";
import { canInstall, installPackages } from "../../demo/machine/debian.ts";
import { defaultSocket, engineVersion, startLastingEngine } from "../../demo/machine/engine.ts";

interface Need {
  readonly packageName: string;
  /** One of these files is enough. */
  readonly files: readonly string[];
  readonly why: string;
}

const needs: readonly Need[] = [
  {
    packageName: "chromium",
    files: ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"],
    why: "the tests of the dashboard",
  },
  { packageName: "busybox-static", files: ["/bin/busybox", "/usr/bin/busybox"], why: "the tests' images" },
];

const engineNeeds: readonly Need[] = [
  { packageName: "docker.io", files: ["/usr/sbin/dockerd", "/usr/bin/dockerd"], why: "a Docker Engine" },
  { packageName: "iptables", files: ["/usr/sbin/iptables", "/sbin/iptables"], why: "its networks" },
];

const note = (text: string): void => void process.stdout.write(`${text}\n`);

async function prepare(): Promise<void> {
  const version = await engineVersion(defaultSocket);
  const missing = [...needs, ...(version === undefined ? engineNeeds : [])].filter(
    ({ files }) => !files.some((file) => existsSync(file)),
  );
  if (missing.length > 0) await provide(missing);
  if (version !== undefined) return;
  note("starting a Docker Engine for the tests; it stays when they are done …");
  await startLastingEngine({ socket: defaultSocket, note, signal: AbortSignal.timeout(120_000) });
  note(`  Docker ${await engineVersion(defaultSocket)} answers at ${defaultSocket}`);
}

async function provide(missing: readonly Need[]): Promise<void> {
  const names = missing.map(({ packageName }) => packageName);
  if (canInstall()) return await installPackages(names, note);
  const reasons = missing.map(({ packageName, why }) => `  ${packageName}: for ${why}`).join("\n");
  throw new SeamarkError("unavailable", `the tests need what this machine lacks:\n${reasons}`, {
    hint: `On Debian: sudo apt-get install ${names.join(" ")}; or run npm test as root, which does it. Elsewhere install the same by your system's means.`,
  });
}

try {
  await prepare();
} catch (error) {
  const hint = error instanceof SeamarkError && error.hint ? `\n${error.hint}` : "";
  process.stderr.write(`test/machine/prepare: ${messageOf(error)}${hint}\n`);
  process.exitCode = 1;
}
