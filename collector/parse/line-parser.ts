import { scanAccess } from "./access-scanner.ts";
import { withoutEscapes } from "./ansi.ts";
import { exceptionOf, pythonExceptionOf } from "./exception-shape.ts";
import { scanHaproxy } from "./haproxy-scanner.ts";
import { JsonScanner } from "./json-scanner.ts";
import { scanKlog } from "./klog-scanner.ts";
import { cutText } from "./line-cut.ts";
import { LineDraft } from "./line-draft.ts";
import { scanLogfmt } from "./logfmt-scanner.ts";
import type { ParseCounters } from "./parse-counters.ts";
import type { LineFields, LineParser, OpenGroup, ParsedLine } from "./parsed-line.ts";
import { readPlain } from "./plain-text.ts";
import { StackGroups } from "./stack-groups.ts";
import { type GroupKind, isErrorHead } from "./stack-rules.ts";

export interface LineParserOptions {
  /** What `openGroup()` gave when the position was stored; the next line goes on from there. */
  readonly openGroup?: OpenGroup | undefined;
  /** Keep every line as printed in `event.original`, not only where the fields cannot give it back. */
  readonly keepOriginal?: boolean;
  readonly counters?: ParseCounters;
}

interface Format {
  readonly name: "access" | "logfmt" | "klog" | "haproxy";
  /** Reads the line into the draft; false when it is another format, and the draft must be begun anew. */
  readonly scan: (text: string, draft: LineDraft) => boolean;
}

/** Each accepts only lines that no other one does, so that the order changes nothing but the time it takes. */
const textFormats: readonly Format[] = [
  { name: "access", scan: scanAccess },
  { name: "logfmt", scan: scanLogfmt },
  { name: "klog", scan: scanKlog },
  { name: "haproxy", scan: scanHaproxy },
];

/** A parser for one stream of one container. */
export function createLineParser(options: LineParserOptions = {}): LineParser {
  return new FormatParser(options);
}

class FormatParser implements LineParser {
  readonly #draft = new LineDraft();
  readonly #json = new JsonScanner();
  readonly #groups: StackGroups;
  readonly #keepOriginal: boolean;
  readonly #counters: ParseCounters | undefined;
  /** The format that won last is tried first. */
  #winner: Format | undefined;

  constructor(options: LineParserOptions) {
    this.#groups = new StackGroups(options.openGroup);
    this.#keepOriginal = options.keepOriginal ?? false;
    this.#counters = options.counters;
  }

  parse(line: string, sequence: number, timeMs: number): ParsedLine {
    // A terminal ends its lines with a carriage return, which is no part of the text.
    const whole = line.endsWith("\r") ? line.slice(0, -1) : line;
    const kept = cutText(whole);
    // A lone half of a surrogate pair is no text, and a store would refuse the whole batch for it.
    const printed = kept.isWellFormed() ? kept : kept.toWellFormed();
    const text = withoutEscapes(printed);
    const parsed = this.#read(text, sequence, timeMs);
    const { fields } = parsed;
    if (kept !== whole) this.#markCut(fields);
    const isChanged = this.#draft.lossy || text !== printed || this.#keepOriginal;
    if (isChanged && fields.message !== printed) fields["event.original"] = printed;
    return parsed;
  }

  openGroup(): OpenGroup | undefined {
    return this.#groups.toJson();
  }

  #read(text: string, sequence: number, timeMs: number): ParsedLine {
    this.#draft.begin(timeMs);
    const first = text.charCodeAt(0);
    if ((first === 123 || first <= 32) && text.trimStart().startsWith("{") && this.#scan(text)) {
      this.#counters?.line("json");
      this.#groups.close();
      return { fields: this.#finish(text) };
    }
    const group = this.#groups.continue(text, timeMs);
    if (group !== undefined) return this.#continuation(text, group);
    const format = this.#textFormat(text, timeMs);
    this.#counters?.line(format?.name ?? "text");
    if (format === undefined) return { fields: this.#plain(text, sequence, timeMs) };
    this.#groups.close();
    return { fields: this.#finish(text) };
  }

  #scan(text: string): boolean {
    if (this.#json.scan(text, this.#draft)) return true;
    this.#draft.begin(this.#draft.timeMs);
    return false;
  }

  #textFormat(text: string, timeMs: number): Format | undefined {
    const winner = this.#winner;
    if (winner?.scan(text, this.#draft)) return winner;
    for (const format of textFormats) {
      if (format === winner) continue;
      this.#draft.begin(timeMs);
      if (!format.scan(text, this.#draft)) continue;
      this.#winner = format;
      return format;
    }
    this.#draft.begin(timeMs);
    return undefined;
  }

  /** Only the last line of a Python traceback says what was raised, so that line carries it. */
  #continuation(text: string, group: number): ParsedLine {
    this.#counters?.line("trace");
    const { fields } = this.#draft;
    const raised = this.#groups.kind === "raised" ? pythonExceptionOf(text) : undefined;
    fields.message = text;
    if (raised !== undefined) setException(fields, raised);
    return { fields, group };
  }

  #plain(text: string, sequence: number, timeMs: number): LineFields {
    const draft = this.#draft;
    readPlain(text, draft);
    const level = draft.fields["log.level"];
    const isSevere = level === "warn" || level === "error" || level === "fatal";
    const kind = this.#groups.open(text, isSevere, sequence, timeMs);
    if (kind !== undefined && kind !== "head") markHead(draft.fields, text, kind);
    draft.fields.message = text;
    return draft.fields;
  }

  #finish(text: string): LineFields {
    const fields = this.#draft.finish(text);
    const trace = fields["error.stack_trace"];
    if (trace !== undefined && fields["error.type"] === undefined) setException(fields, raisedIn(trace));
    return fields;
  }

  #markCut(fields: LineFields): void {
    fields["log.truncated"] = true;
    this.#counters?.cut();
  }
}

/** The head of a trace is an error, whatever words it has; its shape tells type and message. */
function markHead(fields: LineFields, text: string, kind: GroupKind): void {
  const exception = exceptionOf(text);
  setException(fields, exception);
  if (text.startsWith("panic: ") || text.startsWith("fatal error: ")) {
    fields["log.level"] = "fatal";
    setException(fields, { type: "panic", message: text.slice(text.indexOf(": ") + 2) });
  } else if (exception !== undefined || isErrorHead(kind)) fields["log.level"] ??= "error";
}

function setException(
  fields: LineFields,
  exception: { readonly type: string; readonly message: string } | undefined,
): void {
  if (exception === undefined) return;
  fields["error.type"] ??= exception.type;
  if (exception.message !== "") fields["error.message"] ??= exception.message;
}

/** What a trace inside a structured line says was raised: its first line, or Python's last one. */
function raisedIn(trace: string) {
  const firstEnd = trace.indexOf("\n");
  const first = (firstEnd < 0 ? trace : trace.slice(0, firstEnd)).trimEnd();
  if (!first.startsWith("Traceback (most recent")) return exceptionOf(first);
  const last = trace.trimEnd();
  return pythonExceptionOf(last.slice(last.lastIndexOf("\n") + 1));
}
