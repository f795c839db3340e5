import { readFileSync } from "node:fs";
import { messageOf, SeamarkError } from "./errors.ts";

/** One setting of a part. The table gives the flag, the environment name, `--help` and the reference page. */
export interface Setting<T> {
  /** Flag without dashes, kebab-case: `listen` is `--listen` and `SEAMARK_LISTEN`. */
  readonly flag: string;
  /** What stands behind the flag in `--help`, such as `HOST:PORT`; a flag without a value has none. */
  readonly value?: string;
  /** As it would be typed; undefined when the setting is optional. */
  readonly fallback?: string;
  readonly help: string;
  /** Reads the typed text; throws a SeamarkError or Error that says what is allowed. */
  readonly parse: (text: string) => T;
}

export type Settings = Readonly<Record<string, Setting<unknown>>>;

export type Config<S extends Settings> = {
  readonly [K in keyof S]: S[K] extends { fallback: string }
    ? ReturnType<S[K]["parse"]>
    : ReturnType<S[K]["parse"]> | undefined;
};

export interface ConfigSources {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads the file that `--config` names. */
  readonly readText?: (path: string) => string;
}

/**
 * Reads a part's settings: flags win over the environment, the environment over the `--config` file, the file
 * over the defaults. All problems are reported together in one `bad_config` error; the result is frozen.
 */
export function readConfig<const S extends Settings>(table: S, sources: ConfigSources): Config<S> {
  const problems: string[] = [];
  const typed = readFlags(table, sources.argv, problems);
  const file = readFile(table, typed.get("config") ?? sources.env.SEAMARK_CONFIG, sources, problems);
  const result: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries(table)) {
    const from = typed.get(setting.flag) ?? sources.env[envName(setting.flag)] ?? file.get(setting.flag);
    const text = from ?? setting.fallback;
    if (text === undefined) continue;
    try {
      result[key] = setting.parse(text);
    } catch (error) {
      problems.push(`--${setting.flag} ${text}: ${messageOf(error)}`);
    }
  }
  if (problems.length > 0) {
    throw new SeamarkError("bad_config", problems.join("\n"), { hint: "--help lists every setting" });
  }
  return Object.freeze(result) as Config<S>;
}

/** The text of `--help`. */
export function helpOf(usage: string, table: Settings): string {
  const rows = Object.values(table).map((setting) => {
    const left = `--${setting.flag}${setting.value ? ` ${setting.value}` : ""}`;
    const right = setting.fallback ? `${setting.help} (${setting.fallback})` : setting.help;
    return `  ${left.padEnd(30)} ${right}`;
  });
  return `${usage}\n\n${rows.join("\n")}\n\nEvery flag is also an environment variable: --log-level is SEAMARK_LOG_LEVEL.\n`;
}

export function envName(flag: string): string {
  return `SEAMARK_${flag.toUpperCase().replaceAll("-", "_")}`;
}

function readFlags(table: Settings, argv: readonly string[], problems: string[]): Map<string, string> {
  const known = new Map(Object.values(table).map((setting) => [setting.flag, setting]));
  const typed = new Map<string, string>();
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    const match = /^--([^=]+)(?:=(.*))?$/s.exec(word);
    const setting = match && known.get(match[1]!);
    if (!match || !setting) {
      problems.push(`${word}: unknown${suggest(match?.[1] ?? word, [...known.keys()])}`);
      if (match && match[2] === undefined && argv[i + 1]?.startsWith("--") === false) i++;
    } else if (match[2] !== undefined) typed.set(setting.flag, match[2]);
    else if (setting.value === undefined) typed.set(setting.flag, "true");
    else if (i + 1 < argv.length) typed.set(setting.flag, argv[++i]!);
    else problems.push(`--${setting.flag}: needs ${setting.value}`);
  }
  return typed;
}

function readFile(
  table: Settings,
  path: string | undefined,
  sources: ConfigSources,
  problems: string[],
): Map<string, string> {
  const out = new Map<string, string>();
  if (path === undefined) return out;
  const known = Object.values(table).map((setting) => setting.flag);
  try {
    const text = (sources.readText ?? ((file) => readFileSync(file, "utf8")))(path);
    const content: unknown = JSON.parse(text);
    if (typeof content !== "object" || content === null || Array.isArray(content))
      throw new Error("not a JSON object");
    for (const [key, value] of Object.entries(content)) {
      if (known.includes(key)) out.set(key, String(value));
      else problems.push(`${path}: ${key}: unknown${suggest(key, known)}`);
    }
  } catch (error) {
    problems.push(`--config ${path}: ${messageOf(error)}`);
  }
  return out;
}

/** ` (did you mean "--listen"?)`, or nothing when no name is near. */
function suggest(name: string, known: readonly string[]): string {
  let best: string | undefined;
  let bestDistance = 3;
  for (const candidate of known) {
    const distance = editDistance(name.replace(/^--?/, ""), candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best === undefined ? "" : ` (did you mean "--${best}"?)`;
}

/** Levenshtein distance. Source: V. I. Levenshtein, Soviet Physics Doklady 10 (8), 1966. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + cost));
    }
    row = next;
  }
  return row[b.length]!;
}

const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `250ms`, `15m`, `7d` → milliseconds. */
export function parseDurationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  if (!match) throw new Error("expected a duration such as 250ms, 30s, 15m, 12h or 7d");
  return Number(match[1]) * units[match[2]!]!;
}

/** `512MiB`, `1GiB`, `4096` → bytes. */
export function parseBytes(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(B|KiB|MiB|GiB|TiB)?$/.exec(text);
  if (!match) throw new Error("expected a size such as 4096, 512KiB, 64MiB or 1GiB");
  const power = ["B", "KiB", "MiB", "GiB", "TiB"].indexOf(match[2] ?? "B");
  return Math.floor(Number(match[1]) * 1024 ** power);
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:7280`, `[::1]:7280` or `:7280` (every address). */
export function parseHostPort(text: string): HostPort {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) throw new Error("expected HOST:PORT such as 127.0.0.1:7280 or [::1]:7280");
  return { host: match[1] ?? match[2]!, port };
}

/** One of a fixed set of words. */
export function parseOneOf<const T extends string>(...words: readonly T[]): (text: string) => T {
  return (text) => {
    const word = words.find((candidate) => candidate === text);
    if (word === undefined) throw new Error(`expected one of ${words.join(", ")}`);
    return word;
  };
}

/** Any text. */
export function parseText(text: string): string {
  return text;
}

export function parseFlag(text: string): boolean {
  if (text === "true" || text === "1") return true;
  if (text === "false" || text === "0") return false;
  throw new Error("expected true or false");
}

/** The settings that every part has. */
export const partSettings = {
  logLevel: {
    flag: "log-level",
    value: "LEVEL",
    fallback: "info",
    help: "debug, info, warn or error",
    parse: parseOneOf("debug", "info", "warn", "error"),
  },
  config: { flag: "config", value: "FILE", help: "JSON file with the same names", parse: parseText },
  help: { flag: "help", help: "Print this and end", fallback: "false", parse: parseFlag },
} as const;
