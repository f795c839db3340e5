import { hostname } from "node:os";
import type { Config } from "../common/base/config.ts";
import {
  parseBytes,
  parseDurationMs,
  parseHostPort,
  parseText,
  partSettings,
} from "../common/base/config.ts";

/** A smaller spool could not hold two of the largest segments. */
const spoolBytesMin = 64 * 1024 * 1024;

/** The settings of the collector: the one table behind flags, environment, `--config` and `--help`. */
export const collectorSettings = {
  listen: {
    flag: "listen",
    value: "HOST:PORT",
    fallback: "127.0.0.1:7281",
    help: "Address of the collector's own /metrics, /healthz and /readyz",
    parse: parseHostPort,
  },
  state: {
    flag: "state",
    value: "DIR",
    fallback: ".seamark",
    help: "Folder for everything that is kept",
    parse: parseText,
  },
  dockerSocket: {
    flag: "docker-socket",
    value: "PATH",
    fallback: "/var/run/docker.sock",
    help: "Socket of the Docker Engine",
    parse: parseText,
  },
  hostName: {
    flag: "host-name",
    value: "NAME",
    fallback: hostname(),
    help: "The name that this host's lines carry",
    parse: parseName,
  },
  aggregatorUrls: {
    flag: "aggregator",
    value: "URL[,URL]",
    fallback: "http://127.0.0.1:7280",
    help: "Where the lines are sent",
    parse: parseUrls,
  },
  tokenFile: {
    flag: "token-file",
    value: "FILE",
    help: "File with the aggregator's token (token in the state folder)",
    parse: parseText,
  },
  include: {
    flag: "include",
    value: "RULES",
    help: "Read only these containers: name=shop-*,image=nginx*,label=team=web",
    parse: parseRules,
  },
  exclude: {
    flag: "exclude",
    value: "RULES",
    help: "Do not read these containers; wins over --include",
    parse: parseRules,
  },
  firstReadMs: {
    flag: "first-read",
    value: "AGE",
    fallback: "7d",
    help: "How far back a container is read that was never read before",
    parse: parseDurationMs,
  },
  spoolBytes: {
    flag: "spool-size",
    value: "SIZE",
    fallback: "1GiB",
    help: "Lines that wait on disk while the aggregator is away",
    parse: parseSpoolBytes,
  },
  ...partSettings,
} as const;

export type CollectorConfig = Config<typeof collectorSettings>;

/** One of `--include` and `--exclude`: a glob on the name, the image, or `key=value` of a label. */
export interface ContainerRule {
  readonly of: "name" | "image" | "label";
  readonly glob: string;
}

/** `name=shop-*,image=nginx*,label=team=web`; a rule without `=` is a name. */
export function parseRules(text: string): readonly ContainerRule[] {
  return text
    .split(",")
    .map((rule) => rule.trim())
    .filter((rule) => rule !== "")
    .map(parseRule);
}

function parseRule(text: string): ContainerRule {
  const at = text.indexOf("=");
  if (at < 0) return { of: "name", glob: text };
  const of = text.slice(0, at);
  if (of !== "name" && of !== "image" && of !== "label") {
    throw new Error(`"${text}": expected name=GLOB, image=GLOB or label=KEY[=GLOB]`);
  }
  const glob = text.slice(at + 1);
  if (glob === "") throw new Error(`"${text}": the pattern is empty`);
  return { of, glob };
}

function parseName(text: string): string {
  if (text.trim() === "") throw new Error("expected a name");
  return text.trim();
}

function parseUrls(text: string): readonly string[] {
  const urls = text.split(",").map((url) => url.trim().replace(/\/+$/, ""));
  for (const url of urls) {
    if (!/^https?:\/\/[^/]+/.test(url) || !URL.canParse(url)) {
      throw new Error(`"${url}" is not an address such as http://127.0.0.1:7280`);
    }
  }
  return urls;
}

function parseSpoolBytes(text: string): number {
  const bytes = parseBytes(text);
  if (bytes < spoolBytesMin) throw new Error("expected at least 64MiB");
  return bytes;
}
