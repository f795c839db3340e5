/** What every service of the shop shares. Runs inside the demo's containers: nothing but Node's own modules. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Listens at the port of the environment; SIGTERM closes the server and ends the process. */
export function serve(handler: Handler, failed: (error: unknown, response: ServerResponse) => void): Server {
  const server = createServer((request, response) => {
    Promise.resolve()
      .then(() => handler(request, response))
      .catch((error: unknown) => failed(error, response));
  });
  server.keepAliveTimeout = 65_000;
  server.listen(Number(process.env.PORT ?? 8080), process.env.HOST ?? "0.0.0.0");
  leaveOnSignal(() => server.close());
  return server;
}

export function leaveOnSignal(close: () => void): void {
  process.on("SIGTERM", () => {
    close();
    process.exit(0);
  });
}

export function answer(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

/** A request body of at most 64 KiB as JSON. */
export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = "";
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > 65_536) throw new Error("body over 64 KiB");
  }
  return text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
}

export function hex(bytes: number): string {
  let text = "";
  for (let i = 0; i < bytes; i++)
    text += Math.floor(Math.random() * 256)
      .toString(16)
      .padStart(2, "0");
  return text;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Milliseconds as real services take them: mostly near the middle, sometimes several times that. */
export function workMs(middleMs: number): number {
  return middleMs * Math.exp((Math.random() + Math.random() + Math.random() - 1.5) * 1.1);
}
