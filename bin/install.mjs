// Installs the packages before `npm start`, `npm run demo` and `npm test`, and sets right what `npm install` leaves.
// It runs under whatever Node the machine has, so this one file is plain JavaScript.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";

const packages = new URL("../node_modules/", import.meta.url);
const link = new URL(".bin/node", packages);
/** Packages whose binaries say that they need a newer Node are left out by an older one, without an error. */
const nodeMajor = 24;

/** npm 9, which Debian 12 ships, installs the optional package that holds Node 24 but does not link its binary. */
function linkNode() {
  const holder = `node-${process.platform}-${process.arch}`;
  if (existsSync(link) || !existsSync(new URL(`${holder}/bin/node`, packages))) return;
  mkdirSync(new URL(".bin/", packages), { recursive: true });
  symlinkSync(`../${holder}/bin/node`, link);
}

function npmInstall(node) {
  const npm = process.env.npm_execpath;
  if (npm === undefined) throw new Error("start this through npm: npm start, npm run demo, npm test");
  const args = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status } = spawnSync(node, args, { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
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
const installed = process.env.npm_lifecycle_event === "postinstall";
if (!installed && !existsSync(link)) npmInstall(process.execPath);
const fresh = !existsSync(link);
linkNode();
if (existsSync(link) && (isOld || (!installed && !fresh))) npmInstall(fileURLToPath(link));
removeAddOns();
