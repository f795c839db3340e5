/**
 * True when a double holds exactly the number that was printed: `0.10` and `1e3` yes, 9007199254740993 no. The
 * double's own shortest text is compared digit by digit, since that text is what a store is given.
 */
export function sameNumber(printed: string, value: number): boolean {
  if (!Number.isFinite(value)) return false;
  return decimalForm(printed) === decimalForm(String(value));
}

/** Significant digits and exponent of a decimal number, the same for all ways to print it. */
function decimalForm(text: string): string {
  const exponentAt = text.search(/e/i);
  const mantissa = exponentAt < 0 ? text : text.slice(0, exponentAt);
  const exponent = exponentAt < 0 ? 0 : Number(text.slice(exponentAt + 1));
  const unsigned = mantissa.replace("-", "");
  const point = unsigned.indexOf(".");
  const digits = unsigned.replace(".", "");
  const significant = digits.replace(/^0+/, "");
  const leading = digits.length - significant.length;
  const bare = significant.replace(/0+$/, "");
  if (bare === "") return "0";
  const scale = (point < 0 ? digits.length : point) - leading + exponent;
  return `${mantissa.startsWith("-") ? "-" : ""}${bare}e${scale}`;
}

/** The number that a text prints in JavaScript's own way, so that nothing is lost; undefined for any other text. */
export function canonicalNumber(text: string): number | undefined {
  const code = text.charCodeAt(0);
  if (text.length > 20 || !((code >= 48 && code <= 57) || code === 45)) return undefined;
  const short = shortWhole(text);
  if (short >= 0) return short;
  const value = Number(text);
  return String(value) === text && Number.isFinite(value) ? value : undefined;
}

/** The number of up to 15 digits without a leading zero; -1 for another text. Most numbers in lines are such. */
function shortWhole(text: string): number {
  if (text.length > 15 || (text.length > 1 && text.charCodeAt(0) === 48)) return -1;
  let value = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
