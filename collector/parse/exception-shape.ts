/** Class and text of an exception that a line shows. */
export interface Exception {
  readonly type: string;
  readonly message: string;
}

const leads = [
  "Uncaught ",
  "Unhandled exception. ",
  "Unhandled Exception: ",
  "PHP Fatal error:  Uncaught ",
  "Fatal error: Uncaught ",
  "Caused by: ",
];
const endings = ["Exception", "Error", "Throwable", "Interrupt", "Failure", "Exit", "Fault"];

/** The longest class name that is looked for, so that a long line is not read to its end. */
const typeLengthMax = 200;

/**
 * Reads `java.lang.IllegalStateException: text`, `TypeError: text`, `Error [ERR_X]: text`, also behind
 * `Exception in thread "main"` and `Uncaught`. Undefined when the line does not begin with an exception's class:
 * a class without a text must be qualified (`java.lang.NullPointerException`), for a word alone is prose.
 */
export function exceptionOf(line: string): Exception | undefined {
  const start = startOfClass(line);
  const end = endOfClass(line, start);
  if (end === start) return undefined;
  const type = line.slice(start, end);
  if (!endings.some((ending) => type.endsWith(ending))) return undefined;
  const codeEnd = line.startsWith(" [", end) ? line.indexOf("]", end) + 1 : end;
  if (codeEnd >= line.length) return type.includes(".") ? { type, message: "" } : undefined;
  if (line.charCodeAt(codeEnd) !== 58) return undefined;
  const after = codeEnd + 1;
  if (after < line.length && line.charCodeAt(after) !== 32) return undefined;
  return { type, message: line.slice(after + 1) };
}

/** The last line of a Python traceback: `KeyError: 'x'`, and also a class alone such as `KeyboardInterrupt`. */
export function pythonExceptionOf(line: string): Exception | undefined {
  const end = endOfClass(line, 0);
  if (end === 0) return undefined;
  if (end === line.length) return { type: line, message: "" };
  if (line.charCodeAt(end) !== 58) return undefined;
  return { type: line.slice(0, end), message: line.slice(end + 2) };
}

function startOfClass(line: string): number {
  if (line.startsWith('Exception in thread "')) {
    const quote = line.indexOf('" ', 21);
    return quote < 0 ? 0 : quote + 2;
  }
  for (const lead of leads) if (line.startsWith(lead)) return lead.length;
  return 0;
}

/** Letters, digits, `_`, `.` and `$`, beginning with a letter. */
function endOfClass(line: string, start: number): number {
  const limit = Math.min(line.length, start + typeLengthMax);
  let at = start;
  for (; at < limit; at++) {
    const code = line.charCodeAt(at);
    const isLetter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
    const isLater = (code >= 48 && code <= 57) || code === 46 || code === 36;
    if (!isLetter && !(isLater && at > start)) break;
  }
  return at;
}
