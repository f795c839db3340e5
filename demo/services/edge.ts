/**
 * The edge: static files with ETags, everything under /api passed to the API's instances in turn. Writes an access
 * log in the combined format with the request time in seconds at the end, as nginx does with `$request_time`.
 */
import { createHash } from "node:crypto";
import {
  Agent,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from "node:http";
import { hex, serve } from "./http-service.ts";

const upstreams = (process.env.API ?? "api-1:8080,api-2:8080").split(",");
const agent = new Agent({ keepAlive: true, maxSockets: 64 });
const upstreamTimeoutMs = 10_000;
let turn = 0;

const files = new Map(
  Object.entries({
    "/": page("Seamark demo shop"),
    "/cart": page("Cart"),
    "/assets/app.css": "body{font:16px/1.5 system-ui;margin:2rem}".repeat(40),
    "/assets/app.js": "export const shop = () => 'open';\n".repeat(120),
    "/assets/logo.svg":
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 8L4 0l4 8z"/></svg>',
    "/robots.txt": "User-agent: *\nDisallow: /cart\n",
  }).map(([path, text]) => [
    path,
    { text, etag: `"${createHash("sha256").update(text).digest("hex").slice(0, 16)}"` },
  ]),
);

function page(title: string): string {
  return `<!doctype html><title>${title}</title><link rel=stylesheet href=/assets/app.css><h1>${title}</h1>`;
}

function typeOf(path: string): string {
  const types: Record<string, string> = {
    css: "text/css",
    js: "text/javascript",
    svg: "image/svg+xml",
    txt: "text/plain",
  };
  return types[path.split(".").at(-1) ?? ""] ?? "text/html";
}

const months = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");

/** `22/Nov/2026:18:00:00 +0000` */
function accessTime(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${two(date.getUTCDate())}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}`;
  return `${day}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}

function logWhenDone(request: IncomingMessage, response: ServerResponse): void {
  const startedMs = performance.now();
  response.on("close", () => {
    const ip =
      request.headers["x-demo-client"] ?? request.socket.remoteAddress?.replace("::ffff:", "") ?? "-";
    const user = `"${request.headers.referer ?? "-"}" "${request.headers["user-agent"] ?? "-"}"`;
    const bytes = response.getHeader("content-length") ?? 0;
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(3);
    const what = `"${request.method} ${request.url} HTTP/${request.httpVersion}" ${response.statusCode} ${bytes}`;
    process.stdout.write(`${ip} - - [${accessTime(new Date())}] ${what} ${user} ${seconds}\n`);
  });
}

/** Set one by one: only those are there for the access log to read. */
function head(response: ServerResponse, status: number, headers: OutgoingHttpHeaders = {}): void {
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) response.setHeader(name, value);
  response.writeHead(status);
}

function serveFile(request: IncomingMessage, response: ServerResponse): void {
  const path = new URL(request.url ?? "/", "http://edge").pathname;
  const file = files.get(path);
  if (file === undefined) {
    head(response, 404, { "content-type": "text/plain", "content-length": 10 });
    response.end("not found\n");
  } else if (request.headers["if-none-match"] === file.etag) {
    head(response, 304, { etag: file.etag });
    response.end();
  } else {
    head(response, 200, {
      etag: file.etag,
      "content-type": typeOf(path),
      "content-length": Buffer.byteLength(file.text),
    });
    response.end(file.text);
  }
}

function passOn(request: IncomingMessage, response: ServerResponse): void {
  const [hostname, port] = upstreams[turn++ % upstreams.length]!.split(":");
  const headers = { ...request.headers, host: "api", "x-trace-id": hex(16) };
  const timeout = upstreamTimeoutMs;
  const options = { hostname, port, path: request.url, method: request.method, headers, agent, timeout };
  const up = httpRequest(options, (from) => {
    head(response, from.statusCode ?? 502, from.headers);
    from.pipe(response);
  });
  up.on("timeout", () => up.destroy(new Error("upstream timed out")));
  up.on("error", (error) => {
    process.stderr.write(
      `${new Date().toISOString()} [error] upstream ${hostname}:${port}: ${error.message}\n`,
    );
    if (!response.headersSent) head(response, 502, { "content-length": 0 });
    response.end();
  });
  request.pipe(up);
}

serve(
  (request, response) => {
    if (request.url === "/healthz") {
      response.end("ok");
      return;
    }
    logWhenDone(request, response);
    if (request.url?.startsWith("/api/")) passOn(request, response);
    else serveFile(request, response);
  },
  (error, response) => {
    process.stderr.write(`${String(error)}\n`);
    head(response, 500, { "content-length": 0 });
    response.end();
  },
);
