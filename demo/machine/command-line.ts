import { spawn } from "node:child_process";

/** The end of a program's output is enough to say why it failed; characters. */
const outputCharsMax = 20_000;

export interface Finished {
  readonly code: number | null;
  /** The last part of standard output and error together. */
  readonly output: string;
}

/** Runs a program to its end; `line` gets each line as it comes. A program that is not there has code null. */
export function runProgram(
  program: string,
  args: readonly string[],
  line: (text: string) => void = () => undefined,
): Promise<Finished> {
  const child = spawn(program, args, {
    // Its own group: Ctrl-C must not break a package installation in the middle.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      output = (output + text).slice(-outputCharsMax);
      for (const part of text.split("\n")) if (part.trim() !== "") line(part.trim());
    });
  }
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ code: null, output: error.message }));
    child.on("close", (code) => resolve({ code, output }));
  });
}

/** Says every few seconds that a long step still runs, and with what. */
export async function withProgress<T>(
  what: string,
  note: (text: string) => void,
  step: (progress: (text: string) => void) => Promise<T>,
): Promise<T> {
  const startedMs = performance.now();
  let latest = "";
  const seconds = (): string => `${((performance.now() - startedMs) / 1000).toFixed(0)} s`;
  note(`${what} …`);
  const timer = setInterval(() => note(`  … ${seconds()}${latest === "" ? "" : `: ${latest}`}`), 5000);
  try {
    return await step((text) => {
      latest = text.slice(0, 90);
    });
  } finally {
    clearInterval(timer);
    note(`  ${what}: ${seconds()}`);
  }
}
