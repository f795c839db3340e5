/**
 * What a terminal obeys instead of showing: C0 and C1 controls with ESC and DEL, and the characters that turn the
 * writing direction, with which a log line could show another text than it holds ("Trojan Source", 2021).
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to neutralise.
const dangerous = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text of a log line for a terminal: whatever could command it is shown as a visible sign. */
export function terminalText(text: string): string {
  return text.replace(dangerous, (character) => {
    const code = character.charCodeAt(0);
    if (character === "\t") return "    ";
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    if (code === 0x7f) return "\u2421";
    return `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** The same for text of many lines: each further line is indented, so that none looks like a row of its own. */
export function terminalLines(text: string, indent: string): string {
  return text.split(/\r?\n/).map(terminalText).join(`\n${indent}`);
}

/** JSON for a terminal or a pipe; JSON itself leaves DEL and C1 as they are. */
export function terminalJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\u009f]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  );
}
