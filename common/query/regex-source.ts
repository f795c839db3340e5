import type { CharacterSet, Regex, RegexNode, SetItem } from "./regex.ts";

/** The tree as a pattern of RE2, in the few constructs that RE2 has one meaning for. */
export function toRe2(regex: Regex): string {
  return `${regex.ignoreCase ? "(?i)" : ""}${nodeSource(regex.node)}`;
}

function nodeSource(node: RegexNode): string {
  switch (node.kind) {
    case "set":
      return setSource(node.set);
    case "sequence":
      return node.of.map(nodeSource).join("");
    case "either":
      return `(?:${node.of.map(nodeSource).join("|")})`;
    case "repeat":
      return `(?:${nodeSource(node.of)})${quantifierSource(node.min, node.max)}`;
    case "assert":
      return { start: "\\A", end: "\\z", boundary: "\\b", noBoundary: "\\B" }[node.what];
  }
}

function quantifierSource(min: number, max: number | undefined): string {
  if (max === undefined) return min === 0 ? "*" : min === 1 ? "+" : `{${min},}`;
  return `{${min},${max}}`;
}

function setSource(set: CharacterSet): string {
  if (set.items.length === 0) return "(?s:.)";
  const only = set.items.length === 1 && !set.negated ? set.items[0]! : undefined;
  if (only?.kind === "range" && only.from === only.to) return codePointSource(only.from);
  return `[${set.negated ? "^" : ""}${set.items.map(itemSource).join("")}]`;
}

function itemSource(item: SetItem): string {
  switch (item.kind) {
    case "range":
      return item.from === item.to
        ? codePointSource(item.from)
        : `${codePointSource(item.from)}-${codePointSource(item.to)}`;
    case "perl":
      return `\\${item.negated ? item.name.toUpperCase() : item.name}`;
    case "property":
      return `\\${item.negated ? "P" : "p"}{${item.name}}`;
  }
}

/** A character that stands for itself in RE2, in a class or out of one. */
export function codePointSource(codePoint: number): string {
  const text = String.fromCodePoint(codePoint);
  return /^[A-Za-z0-9_ ]$/.test(text) ? text : `\\x{${codePoint.toString(16)}}`;
}

/**
 * The longest text that every match has in it, or undefined: a cheap test before the pattern. With `ignoreCase`
 * it is lower-case ASCII to look for in the lower-cased text; `s` ends it, because the long `ſ` is an `s` to
 * RE2 and not to `lower`.
 */
export function requiredText(regex: Regex): string | undefined {
  const parts = regex.node.kind === "sequence" ? regex.node.of : [regex.node];
  let longest = "";
  let current = "";
  for (const part of parts) {
    if (part.kind === "assert") continue;
    const codePoint = singleOf(part);
    const text = codePoint === undefined ? undefined : literalOf(codePoint, regex.ignoreCase);
    current = text === undefined ? "" : current + text;
    if (current.length > longest.length) longest = current;
  }
  return longest === "" ? undefined : longest;
}

function singleOf(node: RegexNode): number | undefined {
  if (node.kind !== "set" || node.set.negated || node.set.items.length !== 1) return undefined;
  const item = node.set.items[0]!;
  return item.kind === "range" && item.from === item.to ? item.from : undefined;
}

function literalOf(codePoint: number, ignoreCase: boolean): string | undefined {
  const text = String.fromCodePoint(codePoint);
  if (!ignoreCase) return text;
  const lower = text.toLowerCase();
  return codePoint < 128 && lower !== "s" ? lower : undefined;
}
