import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import { aggregatorSettings } from "../aggregator/config.ts";
import { collectorSettings } from "../collector/config.ts";
import { envName, type Settings } from "../common/base/config.ts";
import { demoSettings } from "./commands/demo.ts";
import { logsSettings } from "./logs/settings.ts";
import { upSettings } from "./up/seamark.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

const head = `# Settings

Every setting is a flag, an environment variable, or a name in the JSON file of \`--config\`; a flag wins over the
environment, the environment over the file, the file over the default. \`npm start -- --listen 127.0.0.1:17280\` passes
flags on. A name that does not exist is refused with the nearest that does.

This page is made from the tables that the commands read (\`bin/settings-page.ts\`); a test fails when it is out of date,
and \`npx vitest run --project unit bin/settings-page -u\` writes it again.
`;

/** The reference page of all settings, in Markdown. */
export function settingsPage(): string {
  const own = without(demoSettings, upSettings);
  return [
    head,
    section(
      "npm start (seamark up)",
      "The settings of the collector and of the aggregator, but for `--aggregator`: the collector listens on the port after that of `--listen` and sends to the aggregator beside it.",
      {},
    ),
    section("npm run demo (seamark demo)", "The settings of `seamark up`, and:", own),
    section("seamark logs", "", logsSettings),
    section("seamark aggregator", "", aggregatorSettings),
    section("seamark collector", "", collectorSettings),
  ].join("\n");
}

function without(table: Settings, other: Settings): Settings {
  return Object.fromEntries(Object.entries(table).filter(([key]) => !(key in other)));
}

function section(title: string, text: string, table: Settings): string {
  const rows = Object.values(table).map(({ flag, value, fallback, help }) => {
    const typed = value === undefined ? `--${flag}` : `--${flag} ${value}`;
    return `| \`${cell(typed)}\` | \`${envName(flag)}\` | ${cell(defaultText(fallback))} | ${cell(help)} |`;
  });
  const lines =
    rows.length === 0 ? [] : ["| flag | variable | default | meaning |", "|---|---|---|---|", ...rows];
  return `${[`## ${title}`, "", ...(text === "" ? [] : [text, ""]), ...lines, ""].join("\n").trimEnd()}\n`;
}

/** What differs from machine to machine is named instead of shown. */
function defaultText(fallback: string | undefined): string {
  if (fallback === undefined) return "";
  if (fallback === hostname()) return "the machine's name";
  return `\`${fallback.replace(root, "")}\``;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
