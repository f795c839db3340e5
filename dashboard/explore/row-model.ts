import type { Row } from "../api/types.ts";
import { formatCount, formatDuration, formatSpan } from "../format/numbers.ts";
import { hasControls, parseSgr, stripControls } from "../format/sgr.ts";
import { formatMillisecond, type Zone } from "../format/zone.ts";

/** A piece of a row's message with one look. `className` is empty for plain text. */
export interface Part {
  readonly text: string;
  readonly className: string;
}

/** What a row of the list shows, in the order of its columns. */
export interface RowModel {
  readonly kind: "line" | "gap" | "event";
  readonly time: string;
  /** Upper case; `–` when the line states none. */
  readonly level: string;
  readonly app: string;
  /** Instance and host, dim behind the app. */
  readonly where: string;
  readonly parts: readonly Part[];
}

/** A row in the list is one line of at most this many characters; the open row shows the rest. */
const charactersMax = 600;
/** In wrapped rows more is shown; DESIGN.md cuts at 8 KB. */
export const charactersWrappedMax = 8192;
/** Attributes behind the message; more would only be cut. */
const attributesMax = 24;
const valueCharactersMax = 160;

const plain = (text: string): Part => ({ text, className: "" });
const key = (text: string): Part => ({ text, className: "k" });

export function rowModel(row: Row, zone: Zone): RowModel {
  const kind = row["event.kind"] ?? "line";
  return {
    kind,
    time: rowTime(row["@timestamp"], zone),
    level: row["log.level"]?.toUpperCase() ?? "–",
    app: row["service.name"] ?? row["container.name"] ?? "–",
    where: whereOf(row),
    parts:
      kind === "gap"
        ? [plain(gapText(row))]
        : kind === "event"
          ? [plain(eventText(row, zone))]
          : partsOf(row),
  };
}

/** Milliseconds since the epoch of a row; its nanoseconds are only needed for order. */
export function rowMs(row: Row): number {
  return Date.parse(row["@timestamp"]);
}

// Fast path: in UTC the text has the clock already; this runs for every row that scrolls into view.
function rowTime(timestamp: string, zone: Zone): string {
  if (zone.id === "utc") return timestamp.slice(11, 23).padEnd(12, "0").replace("Z", "0");
  return formatMillisecond(Date.parse(timestamp), zone);
}

/** `#3 · n03`: the instance without the app's name in front, ids cut to what tells them apart. */
function whereOf(row: Row): string {
  const app = row["service.name"] ?? "";
  const node = row["service.node.name"] ?? row["container.name"] ?? "";
  let name =
    node.startsWith(app) && node.length > app.length ? node.slice(app.length).replace(/^[-_.]/, "") : node;
  if (/^[0-9a-f]{12,}$/.test(name)) name = name.slice(0, 8);
  const instance = name === "" || name === app ? "" : `#${name} · `;
  return `${instance}${row["host.name"]}`;
}

const gapCauses: Readonly<Record<string, string>> = {
  rotated_away: "log file rotated before it was read",
  removed_before_read: "container removed before it was read",
  corrupt_segment: "spool segment was damaged",
  unreadable_driver: "logging driver cannot be read",
  refused_by_store: "refused by the store, kept as dead letters",
  dropped_by_limit: "dropped at a limit",
};

/** `1,204 lines lost · cart-api #1 · n03 · cause · over 12 s`. */
function gapText(row: Row): string {
  const count = row["event.count"];
  const reason = row["event.reason"] ?? "";
  const lost =
    count === undefined ? "Lines lost" : `${formatCount(count)} ${count === 1 ? "line" : "lines"} lost`;
  const spanMs = Date.parse(row["event.end"] ?? "") - Date.parse(row["event.start"] ?? "");
  return [
    lost,
    `${row["service.name"] ?? row["container.name"] ?? ""} ${whereOf(row)}`.trim(),
    gapCauses[reason] ?? reason,
    spanMs > 0 ? `within ${formatSpan(spanMs)}` : "",
  ]
    .filter((part) => part !== "")
    .join(" · ");
}

function eventText(row: Row, zone: Zone): string {
  const subject = row["service.name"] ?? row["container.name"] ?? "";
  const what = row.message || row["event.action"] || "event";
  const reason = row["event.reason"];
  const parts = [rowTime(row["@timestamp"], zone).slice(0, 8), `${subject} ${whereOf(row)}`.trim(), what];
  if (reason && !what.includes(reason)) parts.push(reason);
  return parts.join(" · ");
}

function partsOf(row: Row): Part[] {
  const original = row["event.original"];
  const structured = hasAttributes(row) || row["http.request.method"] !== undefined;
  if (original !== undefined && !structured && hasControls(original)) return parseSgr(original);
  const parts = isAccessLine(row) ? accessParts(row) : structuredParts(row);
  const frames = framesOf(row);
  if (frames > 0) parts.push(foldPart(frames));
  return parts;
}

/** The parts with the count of lines that are folded under them. */
export function withFold(parts: readonly Part[], frames: number): readonly Part[] {
  return frames === 0 ? parts : [...parts.filter((part) => part.className !== "fold"), foldPart(frames)];
}

function foldPart(frames: number): Part {
  return { text: ` +${formatCount(frames)} ${frames === 1 ? "frame" : "frames"}`, className: "fold" };
}

/** Lines of a stack trace that came inside a structured line. */
function framesOf(row: Row): number {
  const trace = row["error.stack_trace"];
  if (!trace) return 0;
  return trace.trim().split("\n").length - 1;
}

function hasAttributes(row: Row): boolean {
  for (const _ in row.attrs) return true;
  return false;
}

/** True when the message is the printed request itself and not a sentence about one. */
function isAccessLine(row: Row): boolean {
  const method = row["http.request.method"];
  if (method === undefined || row["http.response.status_code"] === undefined) return false;
  if (row["url.original"] === undefined && row["url.path"] === undefined) return false;
  return row.message.includes(`"${method} `);
}

function requestParts(row: Row): Part[] {
  const parts: Part[] = [];
  const method = row["http.request.method"];
  const path = row["url.original"] ?? row["url.path"];
  const status = row["http.response.status_code"];
  const bytes = row["http.response.body.bytes"];
  const duration = row["event.duration"];
  if (method !== undefined) parts.push(plain(`${method} `));
  if (path !== undefined) parts.push(plain(`${path} `));
  if (status !== undefined) parts.push({ text: `${status} `, className: `st ${statusClassName(status)}` });
  if (bytes !== undefined) parts.push(plain(`${formatCount(bytes)} B `));
  if (duration !== undefined) parts.push(plain(`${formatDuration(duration)} `));
  return parts;
}

export function statusClassName(status: number | string): string {
  const digit = String(status)[0] ?? "";
  return "2345".includes(digit) ? `c${digit}` : "dim";
}

function accessParts(row: Row): Part[] {
  const parts = requestParts(row);
  pair(parts, "ip", row["source.ip"]);
  pair(parts, "referrer", row["http.request.referrer"]);
  pair(parts, "ua", row["user_agent.original"]);
  attributes(parts, row);
  return parts;
}

function structuredParts(row: Row): Part[] {
  const message = stripControls(row.message).slice(0, charactersWrappedMax);
  const parts = hasAttributes(row) ? tinted(message) : message === "" ? [] : [plain(message)];
  if (parts.length > 0) parts.push(plain("  "));
  parts.push(...requestParts(row).filter(({ text }) => !message.includes(text.trim())));
  if (!message.includes(row["error.type"] ?? "")) pair(parts, "error.type", row["error.type"]);
  if (!message.includes(row["error.message"] ?? "")) pair(parts, "error", row["error.message"]);
  pair(parts, "trace.id", message.includes(row["trace.id"] ?? "") ? undefined : row["trace.id"]);
  attributes(parts, row, message);
  while (parts.at(-1)?.text.trim() === "") parts.pop();
  return parts;
}

/** Keys of a printed logfmt line are dim, so that values stand out. */
function tinted(message: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const match of message.matchAll(/(?<=^|\s)[A-Za-z_][\w.-]*=/g)) {
    if (match.index > at) parts.push(plain(message.slice(at, match.index)));
    parts.push(key(match[0]));
    at = match.index + match[0].length;
  }
  if (at < message.length) parts.push(plain(message.slice(at)));
  return parts;
}

function attributes(parts: Part[], row: Row, message = ""): void {
  let count = 0;
  for (const name in row.attrs) {
    if (message.includes(`${name}=`)) continue;
    count += 1;
    if (count > attributesMax) return;
    pair(parts, name, row.attrs[name]);
  }
}

function pair(parts: Part[], name: string, value: unknown): void {
  if (value === undefined || value === null) return;
  const text = valueText(value);
  parts.push(key(`${name}=`), plain(`${/[\s"]/.test(text) ? JSON.stringify(text) : text} `));
}

/** A field's value as text, on one line. */
function valueText(value: unknown): string {
  const text = stripControls(typeof value === "string" ? value : JSON.stringify(value));
  return text.length > valueCharactersMax ? `${text.slice(0, valueCharactersMax)}…` : text;
}

/** The parts cut to what one row of the list can show, line breaks replaced. */
export function clipped(parts: readonly Part[], max = charactersMax): Part[] {
  const out: Part[] = [];
  let left = max;
  for (const part of parts) {
    // The fold's count stands even where the text before it is cut.
    if (left <= 0 && part.className !== "fold") continue;
    const text =
      part.text.length > left && part.className !== "fold" ? `${part.text.slice(0, left)}…` : part.text;
    left -= part.text.length;
    out.push({
      text: max === charactersMax ? text.replace(/\s*\n\s*/g, " ⏎ ") : text,
      className: part.className,
    });
  }
  return out;
}

/** Splits parts so that what the expression finds is marked, also across parts of one look each. */
export function marked(parts: readonly Part[], expression: RegExp | undefined): Part[] {
  if (!expression) return parts as Part[];
  return parts.flatMap((part) => markedPart(part, expression));
}

function markedPart(part: Part, expression: RegExp): Part[] {
  if (part.className === "fold") return [part];
  const out: Part[] = [];
  let at = 0;
  for (const match of part.text.matchAll(expression)) {
    if (match[0] === "") continue;
    if (match.index > at) out.push({ text: part.text.slice(at, match.index), className: part.className });
    out.push({ text: match[0], className: `${part.className} mark`.trim() });
    at = match.index + match[0].length;
  }
  if (at === 0) return [part];
  if (at < part.text.length) out.push({ text: part.text.slice(at), className: part.className });
  return out;
}
