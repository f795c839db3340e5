import { constants, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readZstdFrame } from "./zstd-frame.ts";

test("the end and the size of real frames, whatever their content, level, checksum and declared size", () => {
  const content = fc.oneof(
    fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
    fc
      .tuple(fc.string(), fc.integer({ min: 0, max: 200_000 }))
      .map(([text, n]) => Buffer.from(text.repeat(n).slice(0, 400_000))),
  );
  fc.assert(
    fc.property(
      content,
      fc.boolean(),
      fc.boolean(),
      fc.constantFrom(1, 3, 9),
      (bytes, sum, pledged, level) => {
        const frame = zstdCompressSync(bytes, {
          params: {
            [constants.ZSTD_c_compressionLevel]: level,
            [constants.ZSTD_c_checksumFlag]: sum ? 1 : 0,
          },
          ...(pledged ? { pledgedSrcSize: bytes.length } : {}),
        });
        const read = readZstdFrame(Buffer.concat([frame, Buffer.from("trailing")]));
        expect(read?.frameBytes).toBe(frame.length);
        if (read?.contentBytes !== undefined) expect(read.contentBytes).toBe(bytes.length);
        if (pledged && bytes.length > 0) expect(read?.contentBytes).toBe(bytes.length);
        // Without its last byte it is not whole.
        expect(readZstdFrame(frame.subarray(0, -1))).toBeUndefined();
      },
    ),
    { numRuns: 150 },
  );
});

test("arbitrary bytes never throw and never read beyond the end", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const all = Buffer.concat([Buffer.from("28b52ffd", "hex"), Buffer.from(bytes)]);
      const read = readZstdFrame(all);
      if (read) expect(read.frameBytes).toBeLessThanOrEqual(all.length);
    }),
    { numRuns: 2000 },
  );
  expect(readZstdFrame(Buffer.from("not a frame at all"))).toBeUndefined();
});
