import { messageOf } from "../../../common/base/errors.ts";
import { parseNanos } from "../../../common/base/nanotime.ts";
import { lineFields } from "../../../common/fields/dictionary.ts";

const typeOf = new Map<string, string>(lineFields.map((field) => [field.name, field.type]));

/**
 * Why a line cannot be a row of the store, or undefined when nothing is seen to be wrong with it. It finds at once
 * what the store would have to be asked for line by line.
 */
export function lineProblem(text: string, latestNs: bigint): string | undefined {
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch (error) {
    return `not JSON: ${messageOf(error)}`;
  }
  if (typeof row !== "object" || row === null || Array.isArray(row)) return "not a JSON object";
  const values = row as Record<string, unknown>;
  for (const name of ["@timestamp", "origin.id", "event.sequence"])
    if (values[name] === undefined || values[name] === null) return `${name} is missing`;
  for (const [name, value] of Object.entries(values)) {
    const problem = valueProblem(typeOf.get(name), value);
    if (problem !== undefined) return `${name} ${problem}`;
  }
  if (parseNanos(String(values["@timestamp"]))! > latestNs)
    return "@timestamp is more than a day ahead of the aggregator's clock";
  return undefined;
}

function valueProblem(type: string | undefined, value: unknown): string | undefined {
  if (value === null) return undefined;
  switch (type) {
    case "nanos":
      return typeof value === "string" && parseNanos(value) !== undefined ? undefined : "is not a time";
    case "long":
      return Number.isSafeInteger(value) ? undefined : "is not an integer up to 2^53";
    case "boolean":
      return typeof value === "boolean" ? undefined : "is not true or false";
    default:
      return undefined;
  }
}
