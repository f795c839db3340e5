import { setImmediate as yieldToOthers } from "node:timers/promises";
import { malformed } from "./refusal.ts";
import type { RowCheck } from "./row-check.ts";

/** Others get their turn after so many characters: some milliseconds of parsing. */
const charactersPerTurn = 512 * 1024;
/** What prints or stores a row may recurse; no logger nests deeper. */
const depthMax = 500;

/** Parses and checks every line. Rejects with a Refusal that names the first line that is wrong. */
export async function parseRows<T>(ndjson: Buffer, check: RowCheck): Promise<T[]> {
  const text = ndjson.toString("utf8");
  const rows: T[] = [];
  let start = 0;
  let turnEnd = charactersPerTurn;
  while (start < text.length) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 ? text.length : newline;
    rows.push(parseLine<T>(text.slice(start, end), rows.length + 1, check));
    start = end + 1;
    if (start > turnEnd) {
      await yieldToOthers();
      turnEnd = start + charactersPerTurn;
    }
  }
  return rows;
}

function parseLine<T>(line: string, number: number, check: RowCheck): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    const shown = line.length > 80 ? `${line.slice(0, 80)}…` : line;
    throw malformed(`line ${number} is not JSON: ${shown}`, "send one JSON object per line", number);
  }
  // A level takes two characters, so a shorter line need not be looked at.
  const mayBeDeep = line.length > 2 * depthMax;
  const tooDeep =
    mayBeDeep && isObject(value) && isTooDeep(value) ? `it nests deeper than ${depthMax} levels` : undefined;
  const problem = check(value) ?? tooDeep;
  if (problem !== undefined) {
    throw malformed(`line ${number}: ${problem}`, "the OpenAPI document has the shape of a row", number);
  }
  return value as T;
}

/** Without recursion, because it is recursion that it guards. */
function isTooDeep(value: object): boolean {
  let level: object[] = [value];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > depthMax) return true;
    level = level.flatMap((one) => Object.values(one).filter(isObject));
  }
  return false;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
