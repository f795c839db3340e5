/** `npm run bench [name]`: runs every `*.bench.ts` of this folder, or those whose name begins so. */
import { readdirSync } from "node:fs";

interface Bench {
  readonly run: () => unknown;
}

const wanted = process.argv[2] ?? "";
const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".bench.ts"));
const chosen = files.filter((file) => file.startsWith(wanted)).sort();
if (chosen.length === 0) {
  const names = files.map((file) => file.replace(".bench.ts", "")).join(", ");
  console.error(`no bench is named ${wanted}; there are: ${names}`);
  process.exitCode = 2;
}
for (const file of chosen) {
  console.log(`\n${file.replace(".bench.ts", "")}`);
  const bench = (await import(`./${file}`)) as Bench;
  await bench.run();
}
