// Runs after every `npm install`, under whatever Node the machine has, so this one file is plain JavaScript.
import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";

const packages = new URL("../node_modules/", import.meta.url);

// npm 9, which Debian 12 ships, installs the optional package that holds Node 24 but does not link its binary; npm
// scripts would then find the machine's older Node, which cannot run TypeScript.
const holder = `node-${process.platform}-${process.arch}`;
const link = new URL(".bin/node", packages);
if (existsSync(new URL(`${holder}/bin/node`, packages)) && !existsSync(link)) {
  mkdirSync(new URL(".bin/", packages), { recursive: true });
  symlinkSync(`../${holder}/bin/node`, link);
}

// The Docker client brings an SSH client along, whose two add-ons are compiled for the machine's Node; loaded into
// Node 24 they corrupt its memory. Without them the SSH client, which Seamark never uses, falls back to JavaScript.
for (const addOn of ["ssh2/lib/protocol/crypto/build/", "cpu-features/build/"]) {
  rmSync(new URL(addOn, packages), { recursive: true, force: true });
}
