import { expect, test } from "vitest";
import { RowBuffer } from "./row-buffer.ts";

test("rows leave as one JSON array in the order that they came", () => {
  const buffer = new RowBuffer();
  buffer.push('{"a":1}');
  buffer.push('{"a":2}');
  expect(buffer.take()).toEqual(['[{"a":1},{"a":2}]']);
  expect(buffer.take()).toEqual([]);
});

test("over the row limit the oldest go, and the client is told before the rows that stay", () => {
  const buffer = new RowBuffer({ rowsMax: 3, bytesMax: 1000 });
  const dropped = [1, 2, 3, 4, 5].map((n) => buffer.push(String(n)));
  expect(dropped).toEqual([0, 0, 0, 1, 1]);
  expect(buffer.take()).toEqual(['{"skipped":2}', "[3,4,5]"]);
  buffer.push("6");
  expect(buffer.take()).toEqual(["[6]"]);
});

test("bytes are counted as UTF-8, and a row that alone is over the limit is skipped", () => {
  const buffer = new RowBuffer({ rowsMax: 10, bytesMax: 8 });
  buffer.push('"支付"');
  expect(buffer.bytes).toBe(8);
  expect(buffer.push('"支付失败"')).toBe(2);
  expect(buffer.bytes).toBe(0);
  expect(buffer.take()).toEqual(['{"skipped":2}']);
});

test("a client that never takes costs bounded memory", () => {
  const buffer = new RowBuffer({ rowsMax: 100, bytesMax: 1_000_000 });
  for (let n = 0; n < 50_000; n++) buffer.push(`${n}`);
  expect(buffer.rows).toBe(100);
  const [skipped, rows] = buffer.take();
  expect(skipped).toBe('{"skipped":49900}');
  expect(JSON.parse(rows!)).toEqual(Array.from({ length: 100 }, (_, i) => 49_900 + i));
});
