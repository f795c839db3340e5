import type { TextMatch } from "./ast.ts";
import { compileRegex } from "./regex-matcher.ts";
import { classAt, classBefore, letter, lowerCase, separator } from "./words.ts";

/** A text as the matchers need it: as it is, and lower-cased by `lowerCase`. */
export type TextTest = (text: string, lowered: string) => boolean;

/** A test made once and run on many texts. */
export function compileTextMatch(match: TextMatch): TextTest {
  switch (match.kind) {
    case "prefix":
      return phraseTest([match.word], true);
    case "phrase":
      return phraseTest(match.words, match.lastIsPrefix);
    case "substring": {
      const wanted = lowerCase(match.text);
      return (_text, lowered) => lowered.includes(wanted);
    }
    case "regex": {
      const matches = compileRegex(match.source);
      return (text) => matches(text);
    }
  }
}

function phraseTest(words: readonly string[], lastIsPrefix: boolean): TextTest {
  const first = words[0] ?? "";
  const startsWithLetter = classAt(first, 0) === letter;
  const isAnywhere = words.length === 1 && !startsWithLetter;
  if (isAnywhere) return (_text, lowered) => lowered.includes(first);
  return (_text, lowered) => {
    for (let at = lowered.indexOf(first); at >= 0; at = lowered.indexOf(first, at + 1)) {
      if (startsWithLetter && classBefore(lowered, at) === letter) continue;
      if (phraseAt(lowered, at, words, lastIsPrefix)) return true;
    }
    return false;
  };
}

function phraseAt(text: string, from: number, words: readonly string[], lastIsPrefix: boolean): boolean {
  let at = from;
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (index > 0) {
      at = afterSeparators(text, at);
      if (!text.startsWith(word, at)) return false;
    }
    at += word.length;
    if (index === words.length - 1 && lastIsPrefix) return true;
    if (classBefore(text, at) === letter && classAt(text, at) === letter) return false;
  }
  return true;
}

function afterSeparators(text: string, from: number): number {
  let at = from;
  while (at < text.length && classAt(text, at) === separator) at += text.codePointAt(at)! > 0xffff ? 2 : 1;
  return at;
}
