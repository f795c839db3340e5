// Runs after `npm install` under whatever Node the machine has, so this one file is plain JavaScript. npm 9, which
// Debian 12 ships, installs the optional package that holds Node 24 but does not link its binary; npm scripts would
// then find the machine's older Node, which cannot run TypeScript.
import { existsSync, mkdirSync, symlinkSync } from "node:fs";

const packageName = `node-${process.platform}-${process.arch}`;
const folder = new URL("../node_modules/", import.meta.url);
const link = new URL(".bin/node", folder);

if (existsSync(new URL(`${packageName}/bin/node`, folder)) && !existsSync(link)) {
  mkdirSync(new URL(".bin/", folder), { recursive: true });
  symlinkSync(`../${packageName}/bin/node`, link);
}
