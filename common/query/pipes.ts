import { type Field, fieldOf } from "../fields/dictionary.ts";
import type { FieldRef, Pipe, QueryToken } from "./ast.ts";
import { afterBlanks, QuerySyntaxError } from "./lexer.ts";
import { targetOf } from "./names.ts";

/** Names after `count by`: groups multiply, and an answer has at most 1,000 of them. */
const countFieldsMax = 8;

interface Pipes {
  readonly pipes: readonly Pipe[];
  readonly tokens: readonly QueryToken[];
}

/** Reads the tail of pipes from the offset to the end of the text: `| count`, `| count by f1, f2`. */
export function parsePipes(
  text: string,
  from: number,
  lookup: (name: string) => Field | undefined = fieldOf,
): Pipes {
  const tokens: QueryToken[] = [];
  if (text[from] !== "|") return { pipes: [], tokens };
  tokens.push({ kind: "pipe", from, to: from + 1 });
  let at = afterBlanks(text, from + 1);
  const name = nameAt(text, at);
  if (name.toLowerCase() !== "count") throw unknownPipe(name, at);
  tokens.push({ kind: "keyword", from: at, to: at + name.length });
  at = afterBlanks(text, at + name.length);
  const by: FieldRef[] = [];
  if (nameAt(text, at).toLowerCase() === "by") {
    tokens.push({ kind: "keyword", from: at, to: at + 2 });
    at += 2;
    do {
      at = afterBlanks(text, by.length === 0 ? at : at + 1);
      const field = nameAt(text, at);
      by.push(refOf(field, at, lookup));
      tokens.push({ kind: "field", from: at, to: at + field.length });
      at = afterBlanks(text, at + field.length);
    } while (text[at] === "," && by.length < countFieldsMax);
  }
  if (at < text.length) throw leftOver(text, at, by.length);
  return { pipes: [{ kind: "count", by }], tokens };
}

function nameAt(text: string, at: number): string {
  return /^[^\s,|]*/.exec(text.slice(at))![0];
}

function refOf(name: string, at: number, lookup: (name: string) => Field | undefined): FieldRef {
  if (name === "") throw new QuerySyntaxError('After "by" the name of a field is missing.', at, at);
  const target = targetOf(name, lookup);
  if (target.type !== "flattened") return target.ref;
  const message = `${name} holds many values: name one of them, such as ${name}.user.`;
  throw new QuerySyntaxError(message, at, at + name.length);
}

function unknownPipe(name: string, at: number): QuerySyntaxError {
  const what = name === "" ? "After | the name of a pipe is missing" : `There is no pipe "${name}"`;
  const message = `${what}: there is "count" and "count by field, field". To search for the sign | quote the text.`;
  return new QuerySyntaxError(message, at, at + name.length);
}

function leftOver(text: string, at: number, fields: number): QuerySyntaxError {
  const message =
    text[at] === "|"
      ? "After count no other pipe is possible."
      : text[at] === ","
        ? `At most ${countFieldsMax} fields are possible after "by".`
        : fields > 0
          ? "Between two fields a comma is missing: count by app, host."
          : 'After count only "by" and names of fields are possible: count by app, host.';
  return new QuerySyntaxError(message, at, text.length);
}
