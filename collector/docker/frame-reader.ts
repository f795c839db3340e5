import { SeamarkError } from "../../common/base/errors.ts";

/** What stands in byte 0 of a frame: 1 stdout, 2 stderr, 3 a message of the daemon itself (never a log line). */
export type FrameKind = 1 | 2 | 3;

/**
 * Takes one frame: the bytes [start, end) of `buffer`, timestamp included. The buffer is reused as soon as the call
 * returns, so whoever wants to keep bytes copies them.
 */
export type FrameSink = (kind: FrameKind, buffer: Buffer, start: number, end: number) => void;

/** Cuts the body of a logs response into frames. */
export interface FrameSource {
  /** Takes the next bytes of the body, cut anywhere; calls the sink for every frame that is complete with them. */
  push(chunk: Buffer, length: number, sink: FrameSink): void;
  /** The body ended well: gives out what the end completes. */
  end(sink: FrameSink): void;
  /** Bytes that wait for the rest of their frame. */
  readonly pendingBytes: number;
}

const headerBytes = 8;

/** Docker cuts lines at 16 KiB (other drivers at 1 MiB), so a longer frame means that the stream is out of step. */
const frameBytesMax = 16 * 1024 * 1024;

/**
 * Demultiplexes the body of `GET /containers/{id}/logs` of a container without TTY: per frame one byte of stream,
 * three zero bytes, the length as 32 bits big-endian, then the payload.
 * Source: moby api/pkg/stdcopy/stdcopy.go.
 */
export class FrameReader implements FrameSource {
  #pending: Buffer = Buffer.alloc(0);
  #pendingLength = 0;

  get pendingBytes(): number {
    return this.#pendingLength;
  }

  /** Throws SeamarkError `corrupt` when a header is none: the connection must be opened again. */
  push(chunk: Buffer, length: number, sink: FrameSink): void {
    let at = 0;
    while (this.#pendingLength > 0 && at < length) at = this.#complete(chunk, at, length, sink);
    while (at + headerBytes <= length) {
      const end = at + headerBytes + payloadLength(chunk, at);
      if (end > length) break;
      sink(chunk[at] as FrameKind, chunk, at + headerBytes, end);
      at = end;
    }
    if (at < length) this.#keep(chunk, at, length);
  }

  /** A frame that was cut by the end is not one: the position stands before it, so it comes again. */
  end(): void {
    this.#pendingLength = 0;
  }

  /** Copies what the pending frame still needs, at most; returns where the chunk goes on. */
  #complete(chunk: Buffer, from: number, length: number, sink: FrameSink): number {
    let at = from;
    if (this.#pendingLength < headerBytes) {
      at = this.#take(chunk, at, length, headerBytes);
      if (this.#pendingLength < headerBytes) return at;
    }
    const frameLength = headerBytes + payloadLength(this.#pending, 0);
    at = this.#take(chunk, at, length, frameLength);
    if (this.#pendingLength < frameLength) return at;
    this.#pendingLength = 0;
    sink(this.#pending[0] as FrameKind, this.#pending, headerBytes, frameLength);
    return at;
  }

  #take(chunk: Buffer, at: number, length: number, wanted: number): number {
    const until = Math.min(length, at + wanted - this.#pendingLength);
    this.#keep(chunk, at, until);
    return until;
  }

  #keep(chunk: Buffer, start: number, end: number): void {
    this.#pending = grown(this.#pending, this.#pendingLength, end - start);
    chunk.copy(this.#pending, this.#pendingLength, start, end);
    this.#pendingLength += end - start;
  }
}

/** A buffer with room for `more` bytes after `used` ones; doubles, so that bytes are copied a bounded number of times. */
export function grown(buffer: Buffer, used: number, more: number): Buffer {
  if (used + more <= buffer.length) return buffer;
  const larger = Buffer.allocUnsafe(Math.max(used + more, buffer.length * 2, 4096));
  buffer.copy(larger, 0, 0, used);
  return larger;
}

function payloadLength(buffer: Buffer, at: number): number {
  const kind = buffer[at]!;
  const length = buffer.readUInt32BE(at + 4);
  const zeros = buffer[at + 1]! | buffer[at + 2]! | buffer[at + 3]!;
  if (kind < 1 || kind > 3 || zeros !== 0 || length > frameBytesMax) {
    throw new SeamarkError("corrupt", `the log stream is out of step: no frame header (${kind}, ${length})`);
  }
  return length;
}
