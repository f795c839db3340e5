/**
 * Writes a tar archive in the ustar format as a stream, so that an image needs no copy of its files on disk.
 * Source: IEEE Std 1003.1-2017, pax, "ustar Interchange Format".
 */
import { createReadStream, statSync } from "node:fs";

export type TarEntry =
  | { readonly path: string; readonly file: string; readonly mode?: number }
  | { readonly path: string; readonly text: string; readonly mode?: number }
  | { readonly path: string; readonly link: string };

const blockBytes = 512;

export async function* tarOf(entries: readonly TarEntry[]): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    if ("link" in entry) yield header(entry.path, { type: "2", bytes: 0, mode: 0o777, link: entry.link });
    else if ("text" in entry) {
      const content = Buffer.from(entry.text);
      yield header(entry.path, { type: "0", bytes: content.length, mode: entry.mode ?? 0o644 });
      yield content;
      yield padding(content.length);
    } else {
      const bytes = statSync(entry.file).size;
      yield header(entry.path, { type: "0", bytes, mode: entry.mode ?? 0o755 });
      for await (const chunk of createReadStream(entry.file, { highWaterMark: 1 << 20 }))
        yield chunk as Buffer;
      yield padding(bytes);
    }
  }
  yield Buffer.alloc(2 * blockBytes);
}

function padding(bytes: number): Buffer {
  return Buffer.alloc((blockBytes - (bytes % blockBytes)) % blockBytes);
}

interface Head {
  readonly type: "0" | "2";
  readonly bytes: number;
  readonly mode: number;
  readonly link?: string;
}

function header(path: string, { type, bytes, mode, link = "" }: Head): Buffer {
  if (Buffer.byteLength(path) > 100 || Buffer.byteLength(link) > 100)
    throw new Error(`path too long: ${path}`);
  const block = Buffer.alloc(blockBytes);
  const octal = (value: number, at: number, width: number): void => {
    block.write(value.toString(8).padStart(width - 1, "0"), at, "latin1");
  };
  block.write(path, 0);
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(bytes, 124, 12);
  octal(0, 136, 12);
  block.write(" ".repeat(8), 148, "latin1");
  block.write(type, 156, "latin1");
  block.write(link, 157);
  block.write("ustar\x0000", 257, "latin1");
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, "0")}\x00 `, 148, "latin1");
  return block;
}
