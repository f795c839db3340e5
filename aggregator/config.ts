import { statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Config, HostPort } from "../common/base/config.ts";
import {
  parseBytes,
  parseDurationMs,
  parseHostPort,
  parseOneOf,
  parseText,
  partSettings,
} from "../common/base/config.ts";

const gib = 1024 ** 3;

/** The settings of the aggregator: the one table behind flags, environment, `--config` and `--help`. */
export const aggregatorSettings = {
  listen: {
    flag: "listen",
    value: "HOST:PORT",
    fallback: "127.0.0.1:7280",
    help: "Address of API and dashboard; loopback means IPv4 and IPv6",
    parse: parseHostPort,
  },
  state: {
    flag: "state",
    value: "DIR",
    fallback: ".seamark",
    help: "Folder for everything that is kept",
    parse: parseText,
  },
  store: {
    flag: "store",
    value: "STORE",
    fallback: "duckdb",
    help: "Where log lines live",
    parse: parseOneOf("duckdb"),
  },
  retentionMs: {
    flag: "retention",
    value: "AGE",
    fallback: "7d",
    help: "Lines older than this are deleted, an hour's file at a time",
    parse: parseRetentionMs,
  },
  retentionBytes: {
    flag: "retention-size",
    value: "SIZE",
    help: "The oldest lines are deleted beyond this (the smaller of 50 GiB and a fifth of the disk)",
    parse: parseRetentionBytes,
  },
  memoryLimitBytes: {
    flag: "memory-limit",
    value: "SIZE",
    fallback: "1GiB",
    help: "Memory that the store may use for queries and loading",
    parse: parseMemoryLimitBytes,
  },
  dashboard: {
    flag: "dashboard",
    value: "DIR",
    fallback: join(import.meta.dirname, "..", "dashboard", "dist"),
    help: "The built dashboard",
    parse: parseText,
  },
  ...partSettings,
} as const;

export type AggregatorConfig = Config<typeof aggregatorSettings>;

function parseRetentionMs(text: string): number {
  const ms = parseDurationMs(text);
  if (ms < 3_600_000) throw new Error("expected at least 1h: whole hours are deleted at a time");
  return ms;
}

function parseRetentionBytes(text: string): number {
  const bytes = parseBytes(text);
  if (bytes < 16 * 1024 ** 2) throw new Error("expected at least 16MiB");
  return bytes;
}

function parseMemoryLimitBytes(text: string): number {
  const bytes = parseBytes(text);
  if (bytes < 64 * 1024 ** 2) throw new Error("expected at least 64MiB");
  return bytes;
}

/** What `--retention-size` is when nobody set it: the smaller of 50 GiB and a fifth of the state folder's disk. */
export function defaultRetentionBytes(diskBytes: number): number {
  return Math.min(50 * gib, Math.floor(diskBytes / 5));
}

/** Total bytes of the disk that holds the folder, or the nearest folder above it that exists. */
export function diskBytesOf(folder: string): { readonly totalBytes: number; readonly freeBytes: number } {
  try {
    const { blocks, bavail, bsize } = statfsSync(folder);
    return { totalBytes: blocks * bsize, freeBytes: bavail * bsize };
  } catch (error) {
    const above = dirname(folder);
    if (above === folder) throw error;
    return diskBytesOf(above);
  }
}

/** Whether only this machine can reach the address. */
export function isLoopback({ host }: HostPort): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}
