/** A name such as `http.response.status_code` as an SQL identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * Any text as an SQL literal. DuckDB knows no escapes in plain literals but the doubled quote; the zero character
 * would end the statement's text, so it comes from a function.
 */
export function quoteText(text: string): string {
  const parts = text
    .toWellFormed()
    .split("\0")
    .map((part) => `'${part.replaceAll("'", "''")}'`);
  return parts.length === 1 ? parts[0]! : `(${parts.join(" || chr(0) || ")})`;
}

/** A file path for `read_ndjson`, which takes globs: `*`, `?` and `[` stand for themselves. */
export function quotePath(path: string): string {
  return quoteText(path.replace(/[*?[]/g, (character) => `[${character}]`));
}

/** `['a','b']` */
export function textList(values: Iterable<string>): string {
  return `[${Array.from(values, quoteText).join(",")}]`;
}

/** A key of a flat JSON object as a JSON pointer (RFC 6901), which knows an escape for every character. */
export function jsonPointer(key: string): string {
  return `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
