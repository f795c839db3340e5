/**
 * Terminal colours (ECMA-48 SGR) to class names. Only classes come out: the theme says what they look like, and
 * text stays text. Everything else that a terminal would act on (cursor moves, titles, links) is removed.
 */
export interface SgrPart {
  readonly text: string;
  /** Space-separated classes such as `a1 ab`; empty for plain text. */
  readonly className: string;
}

interface Style {
  foreground: number | undefined;
  background: number | undefined;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  inverse: boolean;
  strike: boolean;
}

const plain: Style = {
  foreground: undefined,
  background: undefined,
  bold: false,
  dim: false,
  italic: false,
  underline: false,
  inverse: false,
  strike: false,
};

// CSI sequences, OSC strings ended by BEL or ST, two-character escapes, and other control characters but tab and newline.
const controls =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for.
  /\u001b\[([0-9;:?<=>]*)[ -/]*([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[@-_a-z]?|[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** Splits a printed line into parts of one look each. */
export function parseSgr(text: string): SgrPart[] {
  const parts: SgrPart[] = [];
  let style = { ...plain };
  let at = 0;
  for (const match of text.matchAll(controls)) {
    push(parts, text.slice(at, match.index), style);
    at = match.index + match[0].length;
    if (match[2] === "m") style = applied(style, match[1]!);
  }
  push(parts, text.slice(at), style);
  return parts;
}

/** The line without anything that a terminal would act on. */
export function stripControls(text: string): string {
  return text.replace(controls, "");
}

export function hasControls(text: string): boolean {
  return text.includes("\u001b");
}

function push(parts: SgrPart[], text: string, style: Style): void {
  if (text === "") return;
  const className = classOf(style);
  const before = parts.at(-1);
  if (before?.className === className) parts[parts.length - 1] = { text: before.text + text, className };
  else parts.push({ text, className });
}

function classOf(style: Style): string {
  const [foreground, background] = style.inverse
    ? [style.background, style.foreground ?? 7]
    : [style.foreground, style.background];
  const names: string[] = [];
  if (foreground !== undefined) names.push(`a${foreground}`);
  if (background !== undefined) names.push(`b${background}`);
  if (style.bold) names.push("ab");
  if (style.dim) names.push("ad");
  if (style.italic) names.push("ai");
  if (style.underline) names.push("au");
  if (style.strike) names.push("as");
  return names.join(" ");
}

function applied(before: Style, parameters: string): Style {
  const style = { ...before };
  const codes = parameters.split(/[;:]/).map((code) => (code === "" ? 0 : Number(code)));
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at]!;
    if (code === 38 || code === 48) {
      const extended = extendedColour(codes, at + 1);
      if (code === 38) style.foreground = extended.colour;
      else style.background = extended.colour;
      at += extended.length;
    } else applyOne(style, code);
  }
  return style;
}

function applyOne(style: Style, code: number): void {
  if (code === 0) Object.assign(style, plain);
  else if (code === 1) style.bold = true;
  else if (code === 2) style.dim = true;
  else if (code === 3) style.italic = true;
  else if (code === 4) style.underline = true;
  else if (code === 7) style.inverse = true;
  else if (code === 9) style.strike = true;
  else if (code === 22) style.bold = style.dim = false;
  else if (code === 23) style.italic = false;
  else if (code === 24) style.underline = false;
  else if (code === 27) style.inverse = false;
  else if (code === 29) style.strike = false;
  else if (code >= 30 && code <= 37) style.foreground = code - 30;
  else if (code === 39) style.foreground = undefined;
  else if (code >= 40 && code <= 47) style.background = code - 40;
  else if (code === 49) style.background = undefined;
  else if (code >= 90 && code <= 97) style.foreground = code - 82;
  else if (code >= 100 && code <= 107) style.background = code - 92;
}

/** `5;n` and `2;r;g;b` behind 38 or 48, as the nearest of the sixteen colours that the theme has. */
function extendedColour(
  codes: readonly number[],
  at: number,
): { colour: number | undefined; length: number } {
  if (codes[at] === 5) return { colour: indexedColour(codes[at + 1] ?? 0), length: 2 };
  if (codes[at] === 2)
    return { colour: nearest(codes[at + 1] ?? 0, codes[at + 2] ?? 0, codes[at + 3] ?? 0), length: 4 };
  return { colour: undefined, length: 1 };
}

function indexedColour(index: number): number {
  if (index < 16) return index;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return nearest(grey, grey, grey);
  }
  const level = (value: number) => (value === 0 ? 0 : 55 + value * 40);
  const cube = index - 16;
  return nearest(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

function nearest(red: number, green: number, blue: number): number {
  const most = Math.max(red, green, blue);
  if (most - Math.min(red, green, blue) < 40) return most < 64 ? 0 : most < 140 ? 8 : most < 210 ? 7 : 15;
  const bit = (value: number) => (value > most / 2 ? 1 : 0);
  return bit(red) + 2 * bit(green) + 4 * bit(blue) + (most > 190 ? 8 : 0);
}
