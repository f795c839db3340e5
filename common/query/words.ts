/**
 * The one tokeniser of Seamark. A word is a maximal run of Unicode letters and digits, lower-cased; every Han,
 * Hiragana or Katakana character is a word of its own, because those scripts put no blanks between words.
 * The SQL of `aggregator/store/duckdb` states the same rule in RE2 classes. Letters that are younger than RE2's
 * Unicode tables (DuckDB 1.5: rare scripts added since Unicode 14) count as separators there.
 */

const ideographs = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\u30fc\\uff70";
const ideographPattern = new RegExp(`[${ideographs}]`, "u");
const letterPattern = /[\p{L}\p{N}]/u;
const wordPattern = new RegExp(`[${ideographs}]|(?:(?![${ideographs}])[\\p{L}\\p{N}])+`, "gu");

/** Words of the text in their order, lower-cased. */
export function wordsOf(text: string): string[] {
  return lowerCase(text).match(wordPattern) ?? [];
}

/**
 * Lower case by Unicode's simple mapping, one character for one, as DuckDB's `lower` does it. JavaScript's own
 * differs in two: `İ` becomes two characters, and `Σ` at the end of a word becomes `ς`.
 */
export function lowerCase(text: string): string {
  if (!/[\u0130\u03a3]/.test(text)) return text.toLowerCase();
  return text.replaceAll("\u0130", "i").replaceAll("\u03a3", "\u03c3").toLowerCase();
}

/** What a character is to the tokeniser. */
export const separator = 0;
export const letter = 1;
export const ideograph = 2;
/** Stands between two texts that are searched as one; no phrase goes across it. */
const barrier = 3;
export const barrierCharacter = "\ufdd0";
type CharacterClass = typeof separator | typeof letter | typeof ideograph | typeof barrier;

// One byte per character of the basic plane, filled as characters are met: 64 KiB instead of a regular expression
// per character. 255 is "not looked at yet".
const seen = new Uint8Array(65_536).fill(255);
seen[0xfdd0] = barrier;

function classify(character: string): CharacterClass {
  if (ideographPattern.test(character)) return ideograph;
  return letterPattern.test(character) ? letter : separator;
}

function classOf(codePoint: number): CharacterClass {
  if (codePoint > 0xffff) return classify(String.fromCodePoint(codePoint));
  const known = seen[codePoint]!;
  if (known !== 255) return known as CharacterClass;
  const found = classify(String.fromCharCode(codePoint));
  seen[codePoint] = found;
  return found;
}

/** The class of the character that starts at the offset; `separator` at the end of the text. */
export function classAt(text: string, offset: number): CharacterClass {
  const codePoint = text.codePointAt(offset);
  return codePoint === undefined ? separator : classOf(codePoint);
}

/** The class of the character that ends before the offset; `separator` at the start of the text. */
export function classBefore(text: string, offset: number): CharacterClass {
  if (offset <= 0) return separator;
  const unit = text.charCodeAt(offset - 1);
  const isLowSurrogate = unit >= 0xdc00 && unit <= 0xdfff && offset > 1;
  return classAt(text, isLowSurrogate ? offset - 2 : offset - 1);
}
