import type { Json } from "../../common/spool/spool.ts";
import { readPosition } from "./position.ts";
import { positionKey } from "./reader.ts";

const prefix = positionKey("");

/** The containers that have a stored position. */
export function knownContainers(positions: ReadonlyMap<string, Json>): string[] {
  return [...positions.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
}

/** The time of the latest line that was ever taken, milliseconds; undefined when none was. */
export function latestKnownMs(positions: ReadonlyMap<string, Json>): number | undefined {
  let latestMs: number | undefined;
  for (const id of knownContainers(positions)) {
    const position = readPosition(positions.get(positionKey(id)));
    for (const stream of [position?.stdout, position?.stderr]) {
      const ms = stream ? Date.parse(stream.last) : Number.NaN;
      if (!Number.isNaN(ms) && (latestMs === undefined || ms > latestMs)) latestMs = ms;
    }
  }
  return latestMs;
}
