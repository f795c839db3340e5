import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

/** Prints the packages that are loaded with the collector. */
const program = `
import { registerHooks } from "node:module";
const packages = new Set();
registerHooks({
  load(url, context, next) {
    const name = /node_modules\\/(?:@[^/]+\\/)?[^/]+/.exec(url)?.[0];
    if (name) packages.add(name);
    return next(url, context);
  },
});
await import(${JSON.stringify(new URL("./collector.ts", import.meta.url).href)});
console.log(JSON.stringify([...packages]));
`;

test("the collector loads no package: each host pays for its memory", () => {
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
    encoding: "utf8",
  });
  expect(JSON.parse(printed)).toEqual([]);
});
