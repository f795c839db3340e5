import type { Level } from "../../common/fields/dictionary.ts";

/** What people and libraries print for each level, lower-cased. */
const words: Readonly<Record<Level, readonly string[]>> = {
  trace: ["trace", "trc", "trce", "trac", "verbose", "finest", "finer", "silly"],
  debug: ["debug", "dbg", "dbug", "debu", "fine", "config"],
  info: ["info", "inf", "information", "informational", "notice", "note", "log", "http", "success", "system"],
  warn: ["warn", "warning", "wrn"],
  error: ["error", "err", "erro", "eror", "fail", "severe", "failure"],
  fatal: [
    "fatal",
    "ftl",
    "fata",
    "critical",
    "crit",
    "alert",
    "emerg",
    "emergency",
    "panic",
    "pani",
    "pnc",
    "dpanic",
    "disaster",
  ],
};

/** Words that say more than the level that they become, so that the printed word is kept beside it. */
const finer = new Set(
  [
    "verbose finest finer silly fine config notice http success system alert emerg emergency panic dpanic disaster",
  ]
    .join(" ")
    .split(" "),
);

/** A level, and whether it says all that the printed value says; if not, the value must be kept too. */
export interface Severity {
  readonly level: Level;
  readonly isExact: boolean;
}

const byWord = new Map<string, Severity>();
for (const [level, names] of Object.entries(words) as [Level, readonly string[]][])
  for (const name of names) {
    const severity = { level, isExact: !finer.has(name) };
    byWord.set(name, severity);
    byWord.set(name.toUpperCase(), severity);
    byWord.set(name[0]!.toUpperCase() + name.slice(1), severity);
  }

/** The level that a word in any case names; undefined when it names none. */
export function severityOfWord(word: string): Severity | undefined {
  const known = byWord.get(word);
  if (known !== undefined || word.length > 16) return known;
  return byWord.get(word.trim().toLowerCase());
}

const pino: readonly Level[] = ["trace", "debug", "info", "warn", "error", "fatal"];
const syslog: readonly Level[] = ["fatal", "fatal", "fatal", "error", "warn", "info", "info", "debug"];
const exactNumbers = new Set([10, 20, 30, 40, 50, 60, 3, 4, 6, 7, 100, 200, 300, 400, 500]);

/**
 * The level of a number: 10..69 pino and bunyan (https://getpino.io/#/docs/api?id=logger-levels), 0..7 syslog and
 * GELF (RFC 5424 section 6.2.1), 100..600 Monolog (https://seldaek.github.io/monolog/).
 */
export function severityOfNumber(value: number): Severity | undefined {
  const level = levelOfNumber(value);
  return level && { level, isExact: exactNumbers.has(value) };
}

function levelOfNumber(value: number): Level | undefined {
  if (value >= 10 && value < 70) return pino[Math.floor(value / 10) - 1];
  if (value >= 0 && value < 8) return Number.isInteger(value) ? syslog[value] : undefined;
  if (value >= 100 && value <= 600) return monolog(value);
  return undefined;
}

function monolog(value: number): Level {
  if (value < 200) return "debug";
  if (value < 300) return "info";
  if (value < 400) return "warn";
  return value < 500 ? "error" : "fatal";
}

/** OpenTelemetry's SeverityNumber 1..24 (https://opentelemetry.io/docs/specs/otel/logs/data-model/). */
export function levelOfSeverityNumber(value: number): Level | undefined {
  return value >= 1 && value <= 24 ? pino[Math.floor((value - 1) / 4)] : undefined;
}

/** An access line has no level of its own: 5xx is the server's error, 4xx the client's, the rest is information. */
export function levelOfStatus(status: number): Level {
  if (status >= 500) return "error";
  return status >= 400 ? "warn" : "info";
}
