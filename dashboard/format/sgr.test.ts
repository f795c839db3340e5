import fc from "fast-check";
import { expect, test } from "vitest";
import { hasControls, parseSgr, stripControls } from "./sgr.ts";

const esc = "\u001b";

test("colours become classes and end where they are reset", () => {
  expect(parseSgr(`${esc}[31mred${esc}[0m plain ${esc}[1;92mbold${esc}[22m green${esc}[39m.`)).toEqual([
    { text: "red", className: "a1" },
    { text: " plain ", className: "" },
    { text: "bold", className: "a10 ab" },
    { text: " green", className: "a10" },
    { text: ".", className: "" },
  ]);
});

test("256 colours and true colour fall on the nearest of the sixteen, in both spellings", () => {
  expect(parseSgr(`${esc}[38;5;196mx`)[0]!.className).toBe("a9");
  expect(parseSgr(`${esc}[38;2;10;120;10mx`)[0]!.className).toBe("a2");
  expect(parseSgr(`${esc}[38:5:4mx`)[0]!.className).toBe("a4");
  expect(parseSgr(`${esc}[48;5;240;1mx`)[0]!.className).toBe("b8 ab");
});

test("inverse swaps; an empty sequence resets", () => {
  expect(parseSgr(`${esc}[31;7mx${esc}[my`)).toEqual([
    { text: "x", className: "b1" },
    { text: "y", className: "" },
  ]);
});

test("what a terminal would act on is removed and never shown", () => {
  const hostile = `a${esc}[2J${esc}]0;title\u0007b${esc}]8;;http://x${esc}\\link${esc}]8;;${esc}\\\u0008c\r`;
  expect(stripControls(hostile)).toBe("ablinkc");
  expect(hasControls(hostile)).toBe(true);
});

test("markup stays text", () => {
  expect(parseSgr("<b onclick=x>")).toEqual([{ text: "<b onclick=x>", className: "" }]);
});

test("parts together are the stripped line, and no control character is left", () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom(`${esc}[31m`, `${esc}[`, esc, `${esc}]0;`, "\u0007", `${esc}[38;5m`),
  );
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const text = pieces.join("");
      const joined = parseSgr(text)
        .map((part) => part.text)
        .join("");
      expect(joined).toBe(stripControls(text));
      expect(joined.includes(esc)).toBe(false);
    }),
  );
});
