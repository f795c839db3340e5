import type { ContainerDetails } from "./engine.ts";

/** The least that a line needs in a log file, its times and JSON included. */
const lineBytesMin = 150;
/** 8 MiB of hashes: what a container that prints a few hundred thousand lines per rotation can need. */
const framesMax = 1024 * 1024;
/** Without rotation the engine repeats nothing that is known; a file of this size would be the usual. */
const framesDefault = 4096;
/** The driver `local` rotates at 20 MiB when nothing is said. Source: moby daemon/logger/local/local.go. */
const localBytes = 20 * 1024 * 1024;

const units: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
};

/** How many frames one rotated log file of the container can hold, which is what the engine may repeat at most. */
export function ringFrames(logConfig: ContainerDetails["HostConfig"]["LogConfig"]): number {
  const size = logFileBytes(logConfig);
  return size === undefined
    ? framesDefault
    : Math.min(framesMax, Math.max(1024, Math.ceil(size / lineBytesMin)));
}

/** Size at which a log file is rotated, bytes; undefined when it never is. */
export function logFileBytes(logConfig: ContainerDetails["HostConfig"]["LogConfig"]): number | undefined {
  const text = logConfig.Config?.["max-size"];
  const match = /^(\d+(?:\.\d+)?)\s*([bkmgt]?)(?:i?b)?$/i.exec(text ?? "");
  if (match) return Number(match[1]) * units[match[2]!.toLowerCase()]!;
  return logConfig.Type === "local" ? localBytes : undefined;
}
