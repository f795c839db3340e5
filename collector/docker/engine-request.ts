import { type IncomingMessage, request } from "node:http";
import { messageOf, SeamarkError } from "../../common/base/errors.ts";

/** A list of thousands of containers is some MiB. */
const answerBytesMax = 64 * 1024 * 1024;
/** What is kept of an error's body, characters. */
const messageCharsMax = 500;

/**
 * Asks the Docker Engine behind a Unix socket; without the client library, which takes 30 MiB of memory for ways of
 * reaching an engine that a collector does not use. Resolves when the answer begins, whose body is the caller's to read
 * or to destroy. Rejects with `not_found`, `conflict` or `unavailable`, or with the signal's reason.
 */
export function openAnswer(socketPath: string, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, signal, headers: { host: "docker" }, agent: false });
    const failed = (error: unknown): void =>
      reject(
        signal.aborted ? signal.reason : new SeamarkError("unavailable", messageOf(error), { cause: error }),
      );
    asked.on("error", failed);
    asked.on("response", (answer) => {
      if (answer.statusCode === 200) resolve(answer);
      else readText(answer).then((text) => reject(refusal(path, answer.statusCode ?? 0, text)), failed);
    });
    asked.end();
  });
}

/** The JSON that the engine answers with; it must be there within `timeoutMs`. */
export async function askJson<T>(socketPath: string, path: string, timeoutMs: number): Promise<T> {
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const answer = await openAnswer(socketPath, path, late);
    return JSON.parse(await readText(answer)) as T;
  } catch (error) {
    if (error instanceof SeamarkError) throw error;
    const message = late.aborted ? `no answer to ${path} within ${timeoutMs / 1000} s` : messageOf(error);
    throw new SeamarkError("unavailable", message, { cause: error });
  }
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw new SeamarkError("unavailable", "an engine's answer is over 64 MiB");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The engine's errors are `{"message": "…"}`. */
function refusal(path: string, status: number, body: string): SeamarkError {
  let message = body;
  try {
    message = String((JSON.parse(body) as { message?: unknown }).message ?? body);
  } catch {
    // Something else than an engine answered; what it said is shown as it is.
  }
  const code = status === 404 ? "not_found" : status === 409 ? "conflict" : "unavailable";
  return new SeamarkError(code, `${path} answered ${status}: ${message.trim().slice(0, messageCharsMax)}`);
}
