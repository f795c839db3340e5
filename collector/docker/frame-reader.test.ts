import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameReader, type FrameSink } from "./frame-reader.ts";
import { encodeFrame } from "./simulated-log.ts";
import { TtyReader } from "./tty-reader.ts";

function collect(): { got: string[]; sink: FrameSink } {
  const got: string[] = [];
  return {
    got,
    sink: (kind, buffer, start, end) => got.push(`${kind}:${buffer.toString("latin1", start, end)}`),
  };
}

/** Pushes the bytes in pieces that end at the given places, each in a dirty buffer that is longer than the piece. */
function pushCut(
  reader: { push(chunk: Buffer, length: number, sink: FrameSink): void },
  bytes: Buffer,
  cuts: readonly number[],
  sink: FrameSink,
): void {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const to of [...places, bytes.length]) {
    const chunk = Buffer.alloc(to - from + 16, "\n");
    bytes.copy(chunk, 0, from, to);
    reader.push(chunk, to - from, sink);
    chunk.fill(0xff);
    from = to;
  }
}

describe("frames", () => {
  test("come out whole wherever the bytes are cut", () => {
    const frame = fc.record({
      kind: fc.constantFrom(1 as const, 2 as const, 3 as const),
      text: fc.oneof(fc.string({ maxLength: 40 }), fc.constant("x".repeat(20_000))),
    });
    const property = fc.property(fc.array(frame, { maxLength: 12 }), fc.array(fc.nat()), (frames, cuts) => {
      const encoded = frames.map(({ kind, text }) => encodeFrame({ stream: "stdout", at: 1, text }, kind));
      const { got, sink } = collect();
      const reader = new FrameReader();
      pushCut(reader, Buffer.concat(encoded), cuts, sink);
      expect(got).toEqual(encoded.map((bytes) => `${bytes[0]}:${bytes.subarray(8).toString("latin1")}`));
      expect(reader.pendingBytes).toBe(0);
    });
    fc.assert(property, { numRuns: 200 });
  });

  test("a frame cut by the end of the stream is not given", () => {
    const bytes = encodeFrame({ stream: "stderr", at: 1, text: "never whole\n" });
    const { got, sink } = collect();
    const reader = new FrameReader();
    reader.push(bytes, bytes.length - 1, sink);
    reader.end();
    expect(got).toEqual([]);
  });

  test("bytes that are no frame header end the stream instead of being read as a length", () => {
    const { sink } = collect();
    const bytes = Buffer.from("2026-11-22T18:00:00.000000000Z raw text of a TTY\n");
    expect(() => new FrameReader().push(bytes, bytes.length, sink)).toThrow(/out of step/);
  });
});

describe("TTY", () => {
  const time = "2026-11-22T18:00:00.123456789Z";

  test("lines and the parts of long lines come out wherever the bytes are cut (T14, T15)", () => {
    const text = fc.oneof(
      fc.string({ maxLength: 30 }).map((line) => line.replaceAll("\n", "")),
      fc.nat({ max: 40_000 }).map((length) => "y".repeat(length)),
      fc.constantFrom(16_383, 16_384, 16_385, 32_768).map((length) => "z".repeat(length)),
    );
    const property = fc.property(
      fc.array(text, { minLength: 1, maxLength: 5 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      fc.boolean(),
      (texts, cuts, newlineAtEnd) => {
        const parts = texts.flatMap((line, index) =>
          partsOf(Buffer.from(`${line}${newlineAtEnd || index < texts.length - 1 ? "\n" : ""}`)).map((part) =>
            Buffer.concat([Buffer.from(`2026-11-22T18:00:0${index}.000000001Z `), part]),
          ),
        );
        const { got, sink } = collect();
        const reader = new TtyReader();
        pushCut(reader, Buffer.concat(parts), cuts, sink);
        reader.end(sink);
        expect(got).toEqual(parts.map((part) => `1:${part.toString("latin1")}`));
      },
    );
    fc.assert(property, { numRuns: 150 });
  });

  test("a seam is found where replaced bytes made the part longer than 16 KiB", () => {
    const part = `${time} ${"é".repeat(8191)}\ufffd\ufffd`;
    const { got, sink } = collect();
    const bytes = Buffer.from(`${part}${time} rest\n`);
    new TtyReader().push(bytes, bytes.length, sink);
    expect(got.length).toBe(2);
    expect(got[1]).toBe(`1:${time} rest\n`);
  });

  test("the program's own times in the text are not seams", () => {
    const other = "2026-11-22T18:00:00.123456780Z ";
    const bytes = Buffer.from(`${time} ${other.repeat(700)}\n`);
    const { got, sink } = collect();
    new TtyReader().push(bytes, bytes.length, sink);
    expect(got.length).toBe(1);
  });
});

/** Cuts as the engine does: 16 KiB without a newline make a part. */
function partsOf(line: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  const text = line.at(-1) === 0x0a ? line.length - 1 : line.length;
  let from = 0;
  while (text - from >= 16_384) {
    parts.push(line.subarray(from, from + 16_384));
    from += 16_384;
  }
  if (from < line.length || parts.length === 0) parts.push(line.subarray(from));
  return parts;
}
