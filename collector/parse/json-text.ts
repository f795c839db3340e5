const quote = 34;
const backslash = 92;

/** What ends the reading of a text that is not JSON. */
const invalid = Symbol("not JSON");

/** The place of the quote that ends a string; the text's length when none does. */
export function endOfString(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) break;
    if (code === backslash) at++;
  }
  return Math.min(at, text.length);
}

/** The value of a JSON string with its quotes; raw control characters are allowed. */
export function unescapedText(literal: string): string | undefined {
  const value = parsed(literal);
  if (value !== invalid) return value as string;
  const again = parsed(literal.replace(controls, (char) => JSON.stringify(char).slice(1, -1)));
  return again === invalid ? undefined : (again as string);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is control characters that are looked for, seldom.
const controls = /[\u0000-\u001f]/g;

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return invalid;
  }
}

/** True for the text of any JSON value, at any depth. */
export function isJson(text: string): boolean {
  return parsed(text) !== invalid;
}
