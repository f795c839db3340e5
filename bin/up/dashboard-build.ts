import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { SeamarkError } from "../../common/base/errors.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const stampName = ".built-from";

/** What the dashboard is made from: its own sources, what it imports, and the locked versions of its libraries. */
const sources = ["dashboard", "common", "package-lock.json"];

/** The folder of the built dashboard; built first when its sources changed since the last time. */
export async function buildDashboard(note: (text: string) => void): Promise<string> {
  const dist = join(root, "dashboard/dist");
  const wanted = sourceHash();
  if (readStamp(dist) === wanted) return dist;
  const startedMs = performance.now();
  note("building the dashboard (once, and again when its sources change) …");
  const fresh = join(root, `node_modules/.cache/seamark-dashboard-${process.pid}`);
  try {
    await runVite(fresh);
    writeFileSync(join(fresh, stampName), wanted);
    replaceFolder(fresh, dist);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  note(`built the dashboard in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  return dist;
}

function readStamp(dist: string): string | undefined {
  const path = join(dist, stampName);
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function sourceHash(): string {
  const hash = createHash("sha256");
  for (const path of sources.flatMap((name) => filesUnder(join(root, name)))) {
    hash
      .update(`${relative(root, path)}\0`)
      .update(readFileSync(path))
      .update("\0");
  }
  return hash.digest("hex");
}

function filesUnder(path: string): string[] {
  if (/(^|\/)(dist|node_modules)$|\.test\.tsx?$/.test(path) || !existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}

/** Readers of the old folder see it whole until the new one takes its place. */
function replaceFolder(fresh: string, place: string): void {
  const old = `${fresh}-old`;
  if (existsSync(place)) renameSync(place, old);
  renameSync(fresh, place);
  rmSync(old, { recursive: true, force: true });
}

function runVite(outDir: string): Promise<void> {
  const vite = join(root, "node_modules/vite/bin/vite.js");
  if (!existsSync(vite)) {
    throw new SeamarkError("unavailable", "the dashboard cannot be built: vite is not installed", {
      hint: "Run npm install in the folder of Seamark",
    });
  }
  mkdirSync(outDir, { recursive: true });
  const args = ["build", "--config", "dashboard/vite.config.ts", "--outDir", outDir, "--emptyOutDir"];
  const child = spawn(process.execPath, [vite, ...args, "--logLevel", "warn"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-20_000);
    });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) return resolve();
      reject(new SeamarkError("unavailable", `the dashboard could not be built:\n${output}`));
    });
  });
}
