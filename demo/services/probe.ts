/** Ends with 0 as soon as every address among its arguments answers, with 1 when they do not. */
import { pause } from "./http-service.ts";

const tries = 60;

async function answers(url: string): Promise<boolean> {
  return await fetch(url, { signal: AbortSignal.timeout(2000) }).then(
    (response) => response.ok,
    () => false,
  );
}

async function run(urls: readonly string[]): Promise<boolean> {
  for (let i = 0; i < tries; i++) {
    const all = await Promise.all(urls.map(answers));
    if (all.every(Boolean)) return true;
    await pause(100);
  }
  return false;
}

process.exit((await run(process.argv.slice(2))) ? 0 : 1);
