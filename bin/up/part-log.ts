/** The console of `up`: one short line per log line of a part. */

const head = /^time=(\S+) level=(\w+) part=\S+ msg=("(?:[^"\\]|\\.)*"|\S*)(.*)$/s;
const colours: Readonly<Record<string, string>> = { debug: "2", info: "0", warn: "33", error: "31" };

/**
 * `time=… level=warn part=collector msg="…" key=value` → `18:00:01 collector   warn  … key=value`. A line of any
 * other shape, such as a crash report of Node, is kept as it is behind the part's name.
 */
export function partLogLine(part: string, line: string, colour: boolean): string {
  const name = part.padEnd(10);
  const match = head.exec(line);
  if (!match) return `${" ".repeat(8)} ${name} ${paint("error", line, colour)}`;
  const [, time = "", level = "", message = "", rest = ""] = match;
  const text = `${level.padEnd(5)} ${unquote(message)}${rest}`;
  return `${time.slice(11, 19)} ${name} ${paint(level, text, colour)}`;
}

function paint(level: string, text: string, colour: boolean): string {
  const code = colours[level] ?? "0";
  return colour && code !== "0" ? `\x1b[${code}m${text}\x1b[0m` : text;
}

function unquote(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    return JSON.parse(text) as string;
  } catch {
    return text;
  }
}

/** A part that prints without a newline must not fill the memory of `up`; characters. */
const lineCharsMax = 64 * 1024;

/** Cuts a stream of text into lines. */
export class LineCutter {
  #rest = "";
  readonly #emit: (line: string) => void;

  constructor(emit: (line: string) => void) {
    this.#emit = emit;
  }

  write(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#emit(line);
    if (this.#rest.length > lineCharsMax) this.end();
  }

  /** The last line, which may lack its newline. */
  end(): void {
    if (this.#rest !== "") this.#emit(this.#rest);
    this.#rest = "";
  }
}
