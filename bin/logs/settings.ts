import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Config, parseDurationMs, parseFlag, parseText } from "../../common/base/config.ts";

/** Rows are held to be printed oldest first, so their number is bounded. */
const limitMax = 100_000;

export const logsSettings = {
  since: {
    flag: "since",
    value: "AGE|TIME",
    fallback: "15m",
    help: "From when: 15m, 2h, 7d, or an RFC 3339 time",
    parse: parseSince,
  },
  until: {
    flag: "until",
    value: "AGE|TIME",
    help: "Up to when, in the same way; not with --follow",
    parse: parseSince,
  },
  follow: {
    flag: "follow",
    help: "Go on with lines as they arrive, until Ctrl-C",
    fallback: "false",
    parse: parseFlag,
  },
  limit: {
    flag: "limit",
    value: "N",
    fallback: "1000",
    help: "Print the newest N lines of the time range",
    parse: parseLimit,
  },
  json: { flag: "json", help: "One JSON object per line", fallback: "false", parse: parseFlag },
  noColor: { flag: "no-color", help: "Plain text, also in a terminal", fallback: "false", parse: parseFlag },
  url: {
    flag: "url",
    value: "URL",
    fallback: "http://127.0.0.1:7280",
    help: "The aggregator",
    parse: parseUrl,
  },
  token: {
    flag: "token",
    value: "TOKEN",
    help: "Needed beyond loopback (the one in the state folder)",
    parse: parseText,
  },
  state: {
    flag: "state",
    value: "DIR",
    fallback: ".seamark",
    help: "Folder whose token is used",
    parse: parseText,
  },
  help: { flag: "help", help: "Print this and end", fallback: "false", parse: parseFlag },
} as const;

export type LogsConfig = Config<typeof logsSettings>;

/** A duration becomes `now-15m`; a time stays as it is. The aggregator checks both. */
function parseSince(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}T/.test(text)) return text;
  const week = /^(\d+)w$/.exec(text);
  if (!week) parseDurationMs(text);
  return `now-${text}`;
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > limitMax) {
    throw new Error(`expected a whole number from 1 to ${limitMax}`);
  }
  return limit;
}

function parseUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new Error("expected http://HOST:PORT");
  return url.href.replace(/\/+$/, "");
}

export interface Words {
  /** What stands without a flag: the query. */
  readonly query: string;
  readonly flags: readonly string[];
}

/** Parts the query from the flags; `-level:debug` is a word of the query, `--limit 5` is not. */
export function splitWords(argv: readonly string[]): Words {
  const withValue = new Set<string>();
  for (const setting of Object.values(logsSettings)) {
    if ("value" in setting) withValue.add(`--${setting.flag}`);
  }
  const query: string[] = [];
  const flags: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (!word.startsWith("--")) query.push(word);
    else if (withValue.has(word) && i + 1 < argv.length) flags.push(word, argv[++i]!);
    else flags.push(word);
  }
  return { query: query.join(" "), flags };
}

/** The token that was given, or the one in the state folder if that can be read. */
export function tokenOf(config: LogsConfig): string | undefined {
  if (config.token !== undefined) return config.token;
  try {
    return readFileSync(join(config.state, "token"), "utf8").trim();
  } catch {
    return undefined;
  }
}
