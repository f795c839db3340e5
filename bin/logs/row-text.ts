import type { JoinedRow } from "../../common/wire/row.ts";
import { terminalLines, terminalText } from "./terminal-text.ts";

/** Attributes are printed up to this many characters. */
const attributesCharsMax = 200;

const levelColours: Readonly<Record<string, string>> = {
  trace: "2",
  debug: "2",
  info: "36",
  warn: "33",
  error: "31",
  fatal: "1;31",
};

export type Paint = (code: string, text: string) => string;

export const plain: Paint = (_code, text) => text;
export const coloured: Paint = (code, text) => (text === "" ? "" : `\x1b[${code}m${text}\x1b[0m`);

/** `2026-11-22T18:00:00.123Z ERROR shop shop-api-1 POST /checkout 503 12 ms payment failed key=value`. */
export function rowText(row: JoinedRow, paint: Paint): string {
  const time = paint("2", row["@timestamp"].replace(/\.(\d{0,3})\d*Z$/, ".$1Z"));
  const kind = row["event.kind"];
  const app = paint("1;34", terminalText(row["service.name"] ?? "-"));
  const who = paint("2", terminalText(row["container.name"] ?? row["host.name"] ?? ""));
  if (kind === "gap") return `${time} ${paint("30;43", " LOST ")} ${app} ${who} ${gapText(row)}`;
  if (kind === "event") return `${time} ${paint("35", "EVENT")} ${app} ${who} ${terminalText(row.message)}`;
  const level = row["log.level"] ?? "";
  const word = paint(levelColours[level] ?? "0", terminalText(level.toUpperCase()).padEnd(5));
  return [time, word, app, who, bodyText(row, paint)].join(" ").trimEnd();
}

function gapText(row: JoinedRow): string {
  const count = row["event.count"];
  const lines = count === undefined ? "an unknown number of lines" : `${count} lines`;
  const until = row["event.end"] === undefined ? "" : `, ${row["event.start"]} to ${row["event.end"]}`;
  return `${lines} (${terminalText(row["event.reason"] ?? "unknown reason")}${until})`;
}

function bodyText(row: JoinedRow, paint: Paint): string {
  const parts = [requestText(row, paint), terminalLines(row.message, "    ")];
  const stack = row["error.stack_trace"];
  const error = row["error.message"] ?? "";
  if (!row.message.includes(error) && !stack?.includes(error)) parts.push(paint("31", terminalText(error)));
  parts.push(attributesText(row.attrs, paint));
  const line = parts.filter((part) => part !== "").join(" ");
  return stack === undefined ? line : `${line}\n    ${terminalLines(stack, "    ")}`;
}

/** Method, path, status and duration, unless the message is the access line that says them. */
function requestText(row: JoinedRow, paint: Paint): string {
  const status = row["http.response.status_code"];
  if (status === undefined) return "";
  const shown = paint(statusColour(status), String(status));
  const path = row["url.path"] ?? row["url.original"] ?? "";
  if (path !== "" && row.message.includes(path)) return shown;
  const duration = row["event.duration"];
  const took = duration === undefined ? "" : paint("2", `${(duration / 1e6).toFixed(1)} ms`);
  const method = terminalText(row["http.request.method"] ?? "");
  return [method, terminalText(path), shown, took].filter((part) => part !== "").join(" ");
}

function statusColour(status: number): string {
  if (status >= 500) return "1;31";
  if (status >= 400) return "33";
  if (status >= 300) return "34";
  return "32";
}

function attributesText(attrs: JoinedRow["attrs"], paint: Paint): string {
  let out = "";
  for (const [name, value] of Object.entries(attrs ?? {})) {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const more = ` ${terminalText(name)}=${terminalText(text ?? "")}`;
    if (out.length + more.length > attributesCharsMax) return paint("2", `${out} …`.trimStart());
    out += more;
  }
  return paint("2", out.trimStart());
}
