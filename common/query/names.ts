import { type Field, type FieldType, fieldOf } from "../fields/dictionary.ts";
import type { FieldRef } from "./ast.ts";

/** What a name of the query language stands for. */
export interface Target {
  readonly ref: FieldRef;
  /** `attribute`: a key of a flattened field, whose values are compared as text. */
  readonly type: FieldType | "attribute";
  readonly unit: "ns" | "bytes" | undefined;
  /** The name as it was written, for messages. */
  readonly written: string;
}

/** Where the parser asks for names: the dictionary, and what the configuration promotes out of `attrs`. */
export type FieldLookup = (name: string) => Field | undefined;

/** What a name that the dictionary does not know looks like; other keys are written after `attrs.`. */
export const identifierPattern = /^[A-Za-z_@$](?:[\w.@$-]*\w)?$/;

/** Prefixes that name a key of a flattened field; the last is OpenTelemetry's spelling. */
const flattenedPrefixes = [
  ["attrs.", "attrs"],
  ["container.labels.", "container.labels"],
  ["container.label.", "container.labels"],
] as const;

/** The target of a name that the dictionary knows or that says by its prefix where it lives; undefined else. */
export function knownTarget(name: string, lookup: FieldLookup = fieldOf): Target | undefined {
  const field = lookup(name);
  if (field) return { ref: { name: field.name }, type: field.type, unit: field.unit, written: name };
  for (const [prefix, flattened] of flattenedPrefixes) {
    if (!name.startsWith(prefix) || name.length === prefix.length) continue;
    const ref = { name: flattened, path: name.slice(prefix.length) };
    return { ref, type: "attribute", unit: undefined, written: name };
  }
  return undefined;
}

/** Every name is something: what is not known lives in `attrs`. */
export function targetOf(name: string, lookup: FieldLookup = fieldOf): Target {
  const attribute: Target = {
    ref: { name: "attrs", path: name },
    type: "attribute",
    unit: undefined,
    written: name,
  };
  return knownTarget(name, lookup) ?? attribute;
}

/** The one spelling of a field that needs no guessing: the dictionary's name, `attrs.<key>`, `container.labels.<key>`. */
export function nameOfRef(ref: FieldRef): string {
  return ref.path === undefined ? ref.name : `${ref.name}.${ref.path}`;
}
