import { partLogLine } from "./part-log.ts";

/** What `up` and `demo` print: their own lines on standard output, the parts' lines on standard error. */
export interface Console {
  readonly note: (text: string) => void;
  readonly line: (part: string, line: string) => void;
}

export function createConsole(): Console {
  const colour = process.stderr.isTTY === true && process.env.NO_COLOR === undefined;
  // The reader of a pipe may leave before the stack does; that must not end the stack without its order.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  return {
    note: (text) => void process.stdout.write(`${text}\n`),
    line: (part, line) => void process.stderr.write(`${partLogLine(part, line, colour)}\n`),
  };
}
