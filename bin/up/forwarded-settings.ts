import { type ConfigSources, readConfig, type Setting, type Settings } from "../../common/base/config.ts";

/** What was typed for each flag: by flag, environment or `--config` file, checked but not yet read. */
export type TypedSettings = ReadonlyMap<string, string>;

/**
 * The settings of `up` are those of its parts and its own. They are read once, here, so that one flag, one
 * environment variable and one `--config` file serve all parts; each part then gets its own as flags.
 */
export function readTyped(table: Settings, sources: ConfigSources): TypedSettings {
  const raw: Record<string, Setting<string>> = {};
  for (const [key, { fallback: _, ...setting }] of Object.entries(table)) {
    raw[key] = { ...setting, parse: (text) => checked(setting.parse, text) };
  }
  const typed = readConfig(raw, sources);
  const result = new Map<string, string>();
  for (const [key, setting] of Object.entries(table)) {
    const text = typed[key];
    if (text !== undefined) result.set(setting.flag, text);
  }
  return result;
}

function checked(parse: (text: string) => unknown, text: string): string {
  parse(text);
  return text;
}

/** The flags of one part: what was typed and is in its table, and what `up` decides for it. */
export function partArgs(
  table: Settings,
  typed: TypedSettings,
  decided: Readonly<Record<string, string>>,
): string[] {
  const args: string[] = [];
  for (const { flag } of Object.values(table)) {
    const text = decided[flag] ?? typed.get(flag);
    if (text !== undefined && flag !== "config") args.push(`--${flag}=${text}`);
  }
  return args;
}

/** The environment of a part: without Seamark's own variables, which `up` has turned into flags. */
export function partEnv(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !name.startsWith("SEAMARK_")) result[name] = value;
  }
  return result;
}
