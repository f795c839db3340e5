import { exceptionOf, pythonExceptionOf } from "./exception-shape.ts";

/**
 * What may follow in a group:
 * - `head`: a text line of level warn or worse; a trace that follows at once belongs to it.
 * - `frames`: `at …` frames of Java, Node and .NET, `#0 …` of PHP, `from …` of Ruby, and causes.
 * - `props`: the `{ code: 'X' }` that Node prints behind the frames, until its brace closes.
 * - `tail`: behind the last frame: blank lines and Node's version line.
 * - `python`: a traceback until its last line; `raised`: behind that, where another traceback may be chained.
 * - `go`: a panic and its goroutines.
 * - `source`, `code`: Node prints file and line, the code, and a caret before an uncaught error.
 */
export const groupKinds = [
  "head",
  "frames",
  "props",
  "tail",
  "python",
  "raised",
  "go",
  "source",
  "code",
] as const;
export type GroupKind = (typeof groupKinds)[number];

const traceback = "Traceback (most recent call last):";

/** The kind of the group after this line when the line continues it; undefined when it does not. */
export function continued(kind: GroupKind, line: string): GroupKind | undefined {
  switch (kind) {
    case "head":
      return headContinued(line);
    case "frames":
      return framesContinued(line);
    case "props":
      return line === "}" ? "tail" : isIndented(line) || line === "" ? "props" : undefined;
    case "tail":
      return line === "" || line.startsWith("Node.js v") ? "tail" : framesContinued(line);
    case "python":
      return isIndented(line) ? "python" : pythonExceptionOf(line) ? "raised" : undefined;
    case "raised":
      return raisedContinued(line);
    case "go":
      return isGoTrace(line) ? "go" : undefined;
    case "source":
      return "code";
    case "code":
      return codeContinued(line);
  }
}

/** The kind of the group that a line opens; undefined when it opens none. `isSevere`: its level is warn or worse. */
export function opened(line: string, isSevere: boolean): GroupKind | undefined {
  if (line.endsWith(traceback) && isTracebackHead(line)) return "python";
  if (isPanic(line) || isGoroutine(line)) return "go";
  if (isNodeSource(line)) return "source";
  if (isIndented(line)) return isFrame(line) ? "frames" : undefined;
  if (exceptionOf(line) !== undefined) return endsOpen(line) ? "props" : "frames";
  return isSevere ? "head" : undefined;
}

/** True for a head whose group is surely an error, though no level word says so. */
export function isErrorHead(kind: GroupKind): boolean {
  return kind === "python" || kind === "go" || kind === "source";
}

function headContinued(line: string): GroupKind | undefined {
  const kind = opened(line, false);
  return kind === "source" || (kind === "go" && !isGoroutine(line)) ? undefined : kind;
}

function framesContinued(line: string): GroupKind | undefined {
  if (line === "") return "tail";
  const start = indentOf(line);
  const belongs =
    start > 0
      ? isIndentedPart(line, start)
      : partStarts.some((part) => line.startsWith(part)) || isNumbered(line, 0);
  if (!belongs) return undefined;
  return endsOpen(line) ? "props" : "frames";
}

const partStarts = [
  "Caused by: ",
  "Suppressed: ",
  "Wrapped by: ",
  "Stack trace:",
  "[stacktrace]",
  "Caused by:",
];
const indentedParts = [
  ...["at ", "Caused by: ", "Suppressed: ", "--- End of ", "---> ", "[cause]: ", "[errors]: ", "from "],
  ...["thrown in ", "[CIRCULAR REFERENCE"],
];

function isIndentedPart(line: string, start: number): boolean {
  if (line.startsWith("... ", start)) return isDigitAt(line, start + 4);
  return indentedParts.some((part) => line.startsWith(part, start)) || isNumbered(line, start);
}

/** PHP's `#12 /path…`. */
function isNumbered(line: string, start: number): boolean {
  return line.charCodeAt(start) === 35 && isDigitAt(line, start + 1);
}

/** Strict enough to stand alone: `at a.b(C.java:12)`, `at async f (file:1:2)`, `at file:///x.js:1:2`. */
function isFrame(line: string): boolean {
  const start = indentOf(line);
  if (!line.startsWith("at ", start)) return false;
  const last = line.charCodeAt(line.length - 1);
  const isPlace = last >= 48 && last <= 57 && line.includes(":", start);
  return isPlace || (last === 41 && line.includes("(", start)) || endsOpen(line);
}

/** An object's brace is open: Node prints the error's own properties on the lines that follow. */
function endsOpen(line: string): boolean {
  return line.endsWith(" {");
}

const chained = [
  traceback,
  "During handling of the above exception, another exception occurred:",
  "The above exception was the direct cause of the following exception:",
];

function raisedContinued(line: string): GroupKind | undefined {
  if (line === traceback) return "python";
  return line === "" || isIndented(line) || chained.includes(line) ? "raised" : undefined;
}

/** Bare, or `  + Exception Group Traceback …`. */
function isTracebackHead(line: string): boolean {
  return line === traceback || line.trimStart() === `+ Exception Group ${traceback}`;
}

/** The runtime's own, or that of net/http, which logs what a handler threw and goes on. */
function isPanic(line: string): boolean {
  return (
    line.startsWith("panic: ") || line.startsWith("fatal error: ") || line.includes("http: panic serving ")
  );
}

function isGoroutine(line: string): boolean {
  return line.startsWith("goroutine ") && line.endsWith("]:") && isDigitAt(line, 10);
}

const goStarts = [
  "\t",
  "goroutine ",
  "[signal ",
  "created by ",
  "exit status ",
  "panic: ",
  "runtime stack:",
  "...",
];

function isGoTrace(line: string): boolean {
  return line === "" || goStarts.some((start) => line.startsWith(start)) || isGoCall(line);
}

/** `main.(*T).run(0xc000012345, 0x1)`: no blank before the arguments. */
function isGoCall(line: string): boolean {
  if (!line.endsWith(")")) return false;
  const open = line.indexOf("(");
  const blank = line.indexOf(" ");
  return open > 0 && (blank < 0 || blank > open);
}

const sourceNames = [".js:", ".ts:", ".mjs:", ".cjs:", ".mts:", ".cts:", ".jsx:", ".tsx:"];

/** `/app/server.js:12`, `file:///app/x.mjs:3`, `node:internal/x:959`, and nothing else on the line. */
function isNodeSource(line: string): boolean {
  if (line.length > 512 || !isDigitAt(line, line.length - 1)) return false;
  const starts = line.startsWith("/") || line.startsWith("file:///") || line.startsWith("node:");
  if (!starts || line.includes(" ")) return false;
  return line.startsWith("node:internal/") || sourceNames.some((name) => line.includes(name));
}

/** Behind the code come a caret, blank lines, and the exception itself. */
function codeContinued(line: string): GroupKind | undefined {
  if (line === "" || isCaret(line)) return "code";
  if (exceptionOf(line) === undefined && !isFrame(line)) return undefined;
  return endsOpen(line) ? "props" : "frames";
}

function isCaret(line: string): boolean {
  const bare = line.trim();
  return bare !== "" && bare.replaceAll("^", "").replaceAll("~", "") === "";
}

function isIndented(line: string): boolean {
  const code = line.charCodeAt(0);
  return code === 32 || code === 9;
}

function indentOf(line: string): number {
  let at = 0;
  while (line.charCodeAt(at) === 32 || line.charCodeAt(at) === 9) at++;
  return at;
}

function isDigitAt(line: string, at: number): boolean {
  const code = line.charCodeAt(at);
  return code >= 48 && code <= 57;
}
