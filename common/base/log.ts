import { systemClock } from "./clock.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";

const order: Record<LogLevel, number> = { debug: 10, info: 20, warn: 30, error: 40 };

/** The console of a part: one logfmt line per message on standard error. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Makes a logger that writes `time=… level=… part=… msg="…" key=value` lines. */
export function createLogger(
  part: string,
  lowest: LogLevel = "info",
  write: (line: string) => void = (line) => process.stderr.write(line),
): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (order[level] < order[lowest]) return;
      const head = `time=${new Date(systemClock.nowMs()).toISOString()} level=${level} part=${part}`;
      write(`${head} msg=${quote(message)}${tail(fields)}\n`);
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function tail(fields: LogFields): string {
  let out = "";
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) out += ` ${key}=${typeof value === "string" ? quote(value) : value}`;
  }
  return out;
}

function quote(text: string): string {
  return /^[\w.:/@-]+$/.test(text) ? text : JSON.stringify(text);
}
