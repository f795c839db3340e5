import { isUtf8 } from "node:buffer";
import { gunzip, type ZlibOptions, type ZstdOptions, zstdDecompress } from "node:zlib";
import { messageOf, systemCodeOf } from "../../common/base/errors.ts";
import { compressRows } from "../../common/spool/rows-frame.ts";
import { ingestLimits } from "../../common/wire/ingest.ts";
import { malformed, Refusal, tooLarge } from "./refusal.ts";
import { readZstdFrame } from "./zstd-frame.ts";

/** RFC 8878 section 3.1.1.1.2 recommends that no frame needs more, so a few bytes cannot claim much memory. */
const windowBytesMax = 8 * 1024 * 1024;

export interface OpenedBody {
  readonly ndjson: Buffer;
  /** One zstd frame of the same content, for the spool. */
  readonly frame: Buffer;
}

/** Decompresses within the limits of `ingestLimits`. Rejects with a Refusal that says what is wrong. */
export async function openBody(body: Buffer, encoding: string | undefined): Promise<OpenedBody> {
  if (body.length > ingestLimits.compressedBytesMax) {
    throw tooLarge(`the body has ${body.length} bytes`, `send at most ${ingestLimits.compressedBytesMax}`);
  }
  const ndjson = await decompress(body, encoding);
  if (!isUtf8(ndjson)) {
    const line = firstBadLine(ndjson);
    throw malformed(`line ${line} is not UTF-8`, "send NDJSON in UTF-8", line);
  }
  return { ndjson, frame: encoding === "zstd" ? body : await compressRows(ndjson) };
}

async function decompress(body: Buffer, encoding: string | undefined): Promise<Buffer> {
  if (encoding === "zstd") {
    checkFrame(body);
    return inflate(zstdDecompress, body);
  }
  if (encoding === "gzip") return inflate(gunzip, body);
  if (encoding === undefined || encoding === "identity") return body;
  throw new Refusal({
    status: 415,
    detail: `content-encoding ${encoding.slice(0, 40)} is not known`,
    hint: "use zstd or gzip",
  });
}

function checkFrame(body: Buffer): void {
  const frame = readZstdFrame(body);
  if (!frame) throw malformed("the body is not a whole zstd frame", "send one zstd frame");
  if (frame.frameBytes !== body.length) {
    const more = body.length - frame.frameBytes;
    throw malformed(`${more} bytes follow the zstd frame`, "send one zstd frame and nothing else");
  }
  if ((frame.contentBytes ?? 0) > ingestLimits.bytesMax) throw beyondLimit();
  if (frame.windowBytes > windowBytesMax && frame.windowBytes !== frame.contentBytes) {
    throw malformed(
      `the zstd frame needs a window of ${frame.windowBytes} bytes`,
      `compress with a window of at most ${windowBytesMax} bytes`,
    );
  }
}

type Inflater = (
  body: Buffer,
  options: ZlibOptions & ZstdOptions,
  done: (error: Error | null, content: Buffer) => void,
) => void;

function inflate(inflater: Inflater, body: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    inflater(body, { maxOutputLength: ingestLimits.bytesMax }, (error, content) => {
      if (!error) resolve(content);
      else if (systemCodeOf(error) === "ERR_BUFFER_TOO_LARGE") reject(beyondLimit());
      else reject(malformed(`the body cannot be decompressed: ${messageOf(error)}`, "send it again"));
    });
  });
}

function beyondLimit(): Refusal {
  const limit = ingestLimits.bytesMax;
  return tooLarge(`the body has more than ${limit} bytes when decompressed`, "send fewer lines at once");
}

function firstBadLine(ndjson: Buffer): number {
  let line = 1;
  let start = 0;
  for (;;) {
    const end = ndjson.indexOf(0x0a, start);
    if (end === -1 || !isUtf8(ndjson.subarray(start, end))) return line;
    line += 1;
    start = end + 1;
  }
}
