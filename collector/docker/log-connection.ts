import { connect, type Socket } from "node:net";
import { messageOf } from "../../common/base/errors.ts";
import type { LogEnd, LogRequest, LogSink } from "./engine.ts";
import { FrameReader, type FrameSource } from "./frame-reader.ts";
import { TtyReader } from "./tty-reader.ts";

/**
 * All connections read into this one buffer: a chunk is used up before the next is read. One read takes at most this
 * much, so a busy container gives way to the others several hundred times a second.
 */
const chunk = Buffer.allocUnsafeSlow(128 * 1024);
/** The status line and headers of an answer; the engine's are about 300 bytes. */
const headBytesMax = 16 * 1024;
/** What is kept of an error's body. */
const messageBytesMax = 4 * 1024;
const headEnd = "\r\n\r\n";

/**
 * Reads one logs response over a plain socket as HTTP/1.0: without chunked encoding, which has one chunk per line,
 * Node sees half the events and spends half the user time (measured: 2.0–2.6 against 3.5 CPU-seconds per million
 * lines). The price is that a clean end and an engine that went away look alike; the reader asks the engine
 * after every end.
 */
export function readLogs(
  socketPath: string,
  request: LogRequest,
  sink: LogSink,
  signal: AbortSignal,
): Promise<LogEnd> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const response = new Response(request.tty, sink);
    let failure: string | undefined;
    const socket = connect({
      path: socketPath,
      onread: { buffer: chunk, callback: (length) => take(length) },
    });
    const take = (length: number): boolean => {
      try {
        const wait = response.take(chunk, length);
        if (wait === undefined) return true;
        wait.then(() => socket.resume()).catch(() => socket.destroy());
        return false;
      } catch (error) {
        failure = messageOf(error);
        socket.destroy();
        return false;
      }
    };
    const abort = (): void => void socket.destroy();
    signal.addEventListener("abort", abort, { once: true });
    socket.on("connect", () => socket.write(requestText(request)));
    socket.on("error", (error) => {
      failure ??= messageOf(error);
    });
    socket.on("end", () => socket.end());
    socket.on("close", () => {
      signal.removeEventListener("abort", abort);
      if (signal.aborted) reject(signal.reason);
      else
        resolve(failure === undefined ? response.ended(sawEnd(socket)) : { kind: "error", message: failure });
    });
  });
}

function sawEnd(socket: Socket): boolean {
  return socket.readableEnded;
}

function requestText(request: LogRequest): string {
  const since = request.since === undefined ? "" : `&since=${request.since}`;
  const tail = request.tail === undefined ? "" : `&tail=${request.tail}`;
  const query = `follow=${request.follow ? 1 : 0}&stdout=1&stderr=1&timestamps=1${since}${tail}`;
  return `GET /containers/${encodeURIComponent(request.id)}/logs?${query} HTTP/1.0\r\nHost: docker\r\n\r\n`;
}

/** Head and body of one answer. */
class Response {
  readonly #tty: boolean;
  readonly #sink: LogSink;
  #head = "";
  #status = 0;
  #message = "";
  #source: FrameSource | undefined;

  constructor(tty: boolean, sink: LogSink) {
    this.#tty = tty;
    this.#sink = sink;
  }

  take(bytes: Buffer, length: number): Promise<void> | undefined {
    if (this.#source) return this.#body(bytes, length);
    if (this.#status !== 0) return this.#keepMessage(bytes, length);
    const before = this.#head.length;
    this.#head += bytes.toString("latin1", 0, length);
    const end = this.#head.indexOf(headEnd);
    if (end < 0) {
      if (this.#head.length > headBytesMax) throw new Error("the engine's answer has no end of its headers");
      return undefined;
    }
    const rest = bytes.subarray(end + headEnd.length - before, length);
    this.#readHead(this.#head.slice(0, end));
    this.#head = "";
    return this.take(rest, rest.length);
  }

  ended(clean: boolean): LogEnd {
    if (this.#status === 0 || !clean) return { kind: "error", message: "the engine closed the connection" };
    if (this.#source) {
      // A frame that was cut: the engine went away in the middle.
      if (!this.#tty && this.#source.pendingBytes > 0) return { kind: "error", message: "the log was cut" };
      const source = this.#source;
      return { kind: "eof", finish: () => source.end(this.#sink.frame) };
    }
    return { kind: "status", status: this.#status, message: messageText(this.#message) };
  }

  #body(bytes: Buffer, length: number): Promise<void> | undefined {
    if (length === 0) return undefined;
    this.#sink.chunk(length);
    this.#source!.push(bytes, length, this.#sink.frame);
    return this.#sink.after();
  }

  #keepMessage(bytes: Buffer, length: number): undefined {
    if (this.#message.length < messageBytesMax) this.#message += bytes.toString("utf8", 0, length);
  }

  #readHead(head: string): void {
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1];
    if (status === undefined) throw new Error("the answer on the engine's socket is not HTTP");
    this.#status = Number(status);
    if (this.#status !== 200) return;
    // Since API 1.42 the type says whether there are frames; before, only the container's settings do.
    const type = /^content-type: *([^\r\n;]+)/im.exec(head)?.[1];
    const tty = type === "application/vnd.docker.multiplexed-stream" ? false : this.#tty;
    this.#source = tty ? new TtyReader() : new FrameReader();
    this.#sink.opened();
  }
}

/** The engine's errors are `{"message": "…"}`. */
function messageText(body: string): string {
  try {
    return String((JSON.parse(body) as { message?: unknown }).message ?? body).trim();
  } catch {
    return body.trim();
  }
}
