import {
  Agent as HttpAgent,
  request as http,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from "node:http";
import { Agent as HttpsAgent, request as https } from "node:https";
import type { Clock } from "../../common/base/clock.ts";
import { SeamarkError } from "../../common/base/errors.ts";

export interface PostAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** At most `answerBytesMax` of it. */
  readonly text: string;
}

export interface Poster {
  /** Rejects with Node's error of a connection that fails, with `timeout`, or with the signal's reason. */
  post(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: Buffer,
    signal: AbortSignal,
  ): Promise<PostAnswer>;
  close(): void;
}

/** An answer tells in a few lines what is wrong. */
const answerBytesMax = 64 * 1024;

/** Posts over one kept connection per server. `timeoutMs` is for the whole exchange. */
export function createPoster(clock: Clock, timeoutMs: number): Poster {
  const agents = {
    "http:": new HttpAgent({ keepAlive: true, maxSockets: 1 }),
    "https:": new HttpsAgent({ keepAlive: true, maxSockets: 1 }),
  };
  return {
    async post(url, headers, body, signal) {
      const over = new AbortController();
      const timer = clock.sleep(timeoutMs, over.signal).then(
        () => over.abort(new SeamarkError("timeout", `no answer from ${url} within ${timeoutMs} ms`)),
        () => undefined,
      );
      try {
        return await exchange(agents, new URL(url), headers, body, AbortSignal.any([signal, over.signal]));
      } finally {
        over.abort();
        await timer;
      }
    },
    close() {
      agents["http:"].destroy();
      agents["https:"].destroy();
    },
  };
}

function exchange(
  agents: { readonly "http:": HttpAgent; readonly "https:": HttpsAgent },
  url: URL,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  signal: AbortSignal,
): Promise<PostAnswer> {
  return new Promise((resolve, reject) => {
    const options = { method: "POST", headers: { ...headers, "content-length": body.length } };
    const isTls = url.protocol === "https:";
    const request = isTls
      ? https(url, { ...options, agent: agents["https:"] })
      : http(url, { ...options, agent: agents["http:"] });
    const abort = (): void => void request.destroy(signal.reason as Error);
    const settled = (): void => signal.removeEventListener("abort", abort);
    request.once("error", (error) => {
      settled();
      reject(signal.aborted ? signal.reason : error);
    });
    request.once("response", (response) => {
      readAnswer(response).then(resolve, reject).finally(settled);
    });
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    request.end(body);
  });
}

async function readAnswer(response: IncomingMessage): Promise<PostAnswer> {
  let text = "";
  response.setEncoding("utf8");
  for await (const chunk of response) {
    if (text.length < answerBytesMax) text += chunk as string;
  }
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}
