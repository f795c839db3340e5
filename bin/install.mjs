// Installs the packages before `npm start`, `npm run demo` and `npm test`, and sets right what `npm install` leaves.
// It runs under whatever Node the machine has, so this one file is plain JavaScript.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

const packages = new URL("../node_modules/", import.meta.url);
/** Node 24, which comes as an optional package where the registry has one for this machine. */
const ownNode = new URL(`node-${process.platform}-${process.arch}/bin/node`, packages);
const nodeMajor = 24;

/** Packages that say they need a newer Node are left out by an older one, without an error: so ours installs them. */
function npmInstall(node) {
  const npm = process.env.npm_execpath;
  if (npm === undefined) throw new Error("start this through npm: npm start, npm run demo, npm test");
  const args = ["--no-deprecation", npm, "install", "--ignore-scripts"];
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  const { status } = spawnSync(node, [...args, ...quiet], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

/** npm 9, which Debian 12 ships, neither links the binary of the optional package nor leaves our link alone. */
function linkNode() {
  const link = new URL(".bin/node", packages);
  if (existsSync(link) || !existsSync(ownNode)) return;
  mkdirSync(new URL(".bin/", packages), { recursive: true });
  symlinkSync(relative(fileURLToPath(new URL(".bin", packages)), fileURLToPath(ownNode)), link);
}

/**
 * The Docker client brings an SSH client along, whose two add-ons are compiled for the machine's Node; loaded into
 * Node 24 they corrupt its memory. Without them the SSH client, which Seamark never uses, falls back to JavaScript.
 */
function removeAddOns() {
  for (const addOn of ["ssh2/lib/protocol/crypto/build/", "cpu-features/build/"]) {
    rmSync(new URL(addOn, packages), { recursive: true, force: true });
  }
}

const isOld = Number(process.versions.node.split(".")[0]) < nodeMajor;
// After a plain `npm install` only what an older Node left out is missing.
const installed = process.env.npm_lifecycle_event === "postinstall";
const first = !installed && !existsSync(ownNode);
if (first) npmInstall(process.execPath);
if (existsSync(ownNode) && (isOld || !(installed || first))) npmInstall(fileURLToPath(ownNode));
linkNode();
removeAddOns();
