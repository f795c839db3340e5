import { expect, test } from "vitest";
import type { Row } from "../api/types.ts";
import { utcZone, type Zone } from "../format/zone.ts";
import { clipped, marked, rowModel } from "./row-model.ts";

const row = (fields: Partial<Row>): Row => ({
  id: "1795357421518000000-00f1e2d3c4b5a697-42",
  "@timestamp": "2026-11-22T14:23:41.518000000Z",
  "origin.id": "00f1e2d3c4b5a697",
  "event.sequence": 42,
  "host.name": "n03",
  message: "",
  ...fields,
});
const text = (fields: Partial<Row>) =>
  rowModel(row(fields), utcZone)
    .parts.map((part) => part.text)
    .join("");

test("time in UTC is cut from the text, in a zone it is computed", () => {
  const east: Zone = { id: "local", name: "x", offsetMinutes: () => 330 };
  expect(rowModel(row({}), utcZone).time).toBe("14:23:41.518");
  expect(rowModel(row({ "@timestamp": "2026-11-22T14:23:41Z" }), utcZone).time).toHaveLength(12);
  expect(rowModel(row({}), east).time).toBe("19:53:41.518");
});

test("level is a word or a dash, the app has its instance and host", () => {
  const model = rowModel(
    row({ "service.name": "cart", "service.node.name": "cart-2", "log.level": "warn" }),
    utcZone,
  );
  expect([model.level, model.app, model.where]).toEqual(["WARN", "cart", "#2 · n03"]);
  expect(rowModel(row({}), utcZone).level).toBe("–");
  expect(rowModel(row({ "service.name": "cart", "service.node.name": "cart" }), utcZone).where).toBe("n03");
  expect(rowModel(row({ "service.node.name": "0123456789abcdef" }), utcZone).where).toBe("#01234567 · n03");
});

test("an access line shows method, path, status, size, and the client", () => {
  const parts = rowModel(
    row({
      message: '1.2.3.4 - - [22/Nov/2026:14:23:41 +0000] "GET /wp-login.php HTTP/1.1" 404 292 "-" "curl"',
      "http.request.method": "GET",
      "url.original": "/wp-login.php",
      "http.response.status_code": 404,
      "http.response.body.bytes": 1292,
      "source.ip": "1.2.3.4",
      "user_agent.original": "curl 8",
    }),
    utcZone,
  ).parts;
  expect(parts.map((part) => part.text).join("")).toBe(
    'GET /wp-login.php 404 1,292 B ip=1.2.3.4 ua="curl 8" ',
  );
  expect(parts.find((part) => part.text === "404 ")!.className).toBe("st c4");
});

test("a structured line shows its message, then keys dim and values bright", () => {
  const parts = rowModel(
    row({
      message: "upstream slow",
      attrs: { peer: "checkout:8080", ms: 2004, nested: { a: [1] }, nothing: null },
    }),
    utcZone,
  ).parts;
  expect(parts.map((part) => part.text).join("")).toBe(
    'upstream slow  peer=checkout:8080 ms=2004 nested="{\\"a\\":[1]}" ',
  );
  expect(parts.filter((part) => part.className === "k").map((part) => part.text)).toEqual([
    "peer=",
    "ms=",
    "nested=",
  ]);
});

test("a sentence about a request keeps the sentence and does not say things twice", () => {
  expect(
    text({
      message: "request failed 500",
      "http.request.method": "POST",
      "url.path": "/pay",
      "http.response.status_code": 500,
      "event.duration": 30e9,
    }),
  ).toBe("request failed 500  POST /pay 30.0 s ");
});

test("a printed logfmt line is not followed by its own pairs again", () => {
  expect(text({ message: "level=warn pool=32/32", attrs: { pool: "32/32", extra: 1 } })).toBe(
    "level=warn pool=32/32  extra=1 ",
  );
});

test("terminal colours come from the printed line and never as control characters", () => {
  const model = rowModel(row({ message: "red", "event.original": "\u001b[31mred\u001b[0m" }), utcZone);
  expect(model.parts).toEqual([{ text: "red", className: "a1" }]);
  expect(text({ message: "a\u001b[31mb\u0007" })).toBe("ab");
});

test("a stack trace inside the line folds to its count", () => {
  expect(text({ message: "boom", "error.stack_trace": "E: boom\n at a\n at b\n" })).toMatch(/\+2 frames$/);
});

test("gap rows say how many, whose, and why", () => {
  expect(
    text({
      "event.kind": "gap",
      "event.reason": "rotated_away",
      "event.count": 1204,
      "service.name": "cart-api",
      "service.node.name": "cart-api-1",
      "event.start": "2026-11-22T14:23:00Z",
      "event.end": "2026-11-22T14:23:12Z",
    }),
  ).toBe("1,204 lines lost · cart-api #1 · n03 · log file rotated before it was read · within 12 s");
});

test("event rows say when, who and what", () => {
  expect(
    text({ "event.kind": "event", "event.action": "die", message: "exited with 137", "service.name": "www" }),
  ).toBe("14:23:41 · www n03 · exited with 137");
});

test("clipping keeps the fold's count and joins lines", () => {
  const parts = [
    { text: "x".repeat(700), className: "" },
    { text: " +3 frames", className: "fold" },
  ];
  const cut = clipped(parts);
  expect(cut[0]!.text).toHaveLength(601);
  expect(cut[1]!.text).toBe(" +3 frames");
  expect(clipped([{ text: "a\n  b", className: "" }])[0]!.text).toBe("a ⏎ b");
});

test("marks split parts and keep their look", () => {
  expect(marked([{ text: "a Connection b", className: "k" }], /connection/gi)).toEqual([
    { text: "a ", className: "k" },
    { text: "Connection", className: "k mark" },
    { text: " b", className: "k" },
  ]);
  expect(marked([{ text: "abc", className: "" }], /x*/g)).toEqual([{ text: "abc", className: "" }]);
});
