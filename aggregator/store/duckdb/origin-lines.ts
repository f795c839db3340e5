import { Value } from "typebox/value";
import { Origin } from "../../../common/wire/row.ts";
import type { Batch, RefusedLine } from "../log-store.ts";
import { linesOf } from "./staging.ts";

/** The origins of a batch; lines that are none are told apart. */
export async function readOrigins(batch: Batch): Promise<{ origins: Origin[]; refused: RefusedLine[] }> {
  const origins: Origin[] = [];
  const refused: RefusedLine[] = [];
  for (const { number, text } of await linesOf(batch)) {
    const origin = parse(text);
    if (Value.Check(Origin, origin)) origins.push(origin);
    else refused.push({ batch: batch.id, line: number, text, reason: "not an origin" });
  }
  return { origins, refused };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
