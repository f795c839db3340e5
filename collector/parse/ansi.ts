/**
 * Removes the escape sequences of ECMA-48 (https://ecma-international.org/publications-and-standards/standards/ecma-48/):
 * CSI (`ESC [ … final byte`, colours among them), OSC (`ESC ] … BEL` or `… ESC \`), and two-byte ones. A sequence
 * that the line cuts off is removed too.
 */
export function withoutEscapes(text: string): string {
  let sequence = text.indexOf("\x1b");
  if (sequence < 0) return text;
  let out = "";
  let from = 0;
  while (sequence >= 0) {
    out += text.slice(from, sequence);
    from = endOfEscape(text, sequence);
    sequence = text.indexOf("\x1b", from);
  }
  return out + text.slice(from);
}

function endOfEscape(text: string, start: number): number {
  const kind = text[start + 1];
  if (kind === "[") return endOfCsi(text, start + 2);
  if (kind === "]") return endOfOsc(text, start + 2);
  return Math.min(text.length, start + 2);
}

/** Parameters and intermediates are 0x20..0x3f, the final byte 0x40..0x7e; anything else ends a broken sequence. */
function endOfCsi(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x40 && code <= 0x7e) return at + 1;
    if (code < 0x20 || code > 0x3f) return at;
  }
  return text.length;
}

function endOfOsc(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    if (text[at] === "\x07") return at + 1;
    if (text[at] === "\x1b") return text[at + 1] === "\\" ? at + 2 : at;
  }
  return text.length;
}
