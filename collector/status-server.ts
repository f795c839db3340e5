import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { HostPort } from "../common/base/config.ts";
import { messageOf, SeamarkError, systemCodeOf } from "../common/base/errors.ts";
import type { Metrics } from "../common/base/metrics.ts";

export interface StatusServerOptions {
  readonly listen: HostPort;
  readonly metrics: Metrics;
  /** Guards the page beyond loopback. */
  readonly token: string | undefined;
  /** Why the collector is not ready; undefined when it is. */
  readonly notReady: () => string | undefined;
}

export interface StatusServer {
  /** The port that was taken, for `:0`. */
  readonly port: number;
  close(): Promise<void>;
}

const loopbackNames = ["127.0.0.1", "localhost", "::1"];

/** Serves `/metrics`, `/healthz` and `/readyz`. On loopback it answers on IPv4 and IPv6. */
export async function startStatusServer(options: StatusServerOptions): Promise<StatusServer> {
  const { host, port } = options.listen;
  const loopback = loopbackNames.includes(host);
  if (!loopback && options.token === undefined) {
    throw new SeamarkError(
      "bad_config",
      `--listen ${host}:${port} is reachable from elsewhere and there is no token`,
      {
        hint: "Write a token into the state folder's file `token` (openssl rand -hex 32), or listen on 127.0.0.1",
      },
    );
  }
  const answer = (request: IncomingMessage, response: ServerResponse): void =>
    serve(options, loopback, request, response);
  const first = await listen(createServer(answer), host === "localhost" ? "127.0.0.1" : host, port);
  const servers = [first];
  if (loopback && host !== "::1") {
    const second = await listen(createServer(answer), "::1", portOf(first)).catch(() => undefined);
    if (second) servers.push(second);
  }
  return {
    port: portOf(first),
    close: async () => {
      await Promise.all(servers.map(close));
    },
  };
}

function serve(
  options: StatusServerOptions,
  loopback: boolean,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { status, type, body } = answerOf(options, loopback, request);
  response.writeHead(status, { "content-type": type, "x-content-type-options": "nosniff" }).end(body);
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

function answerOf(options: StatusServerOptions, loopback: boolean, request: IncomingMessage): Answer {
  const path = (request.url ?? "/").split("?")[0];
  if (path === "/healthz") return plain(200, "ok");
  const refused = refusal(options, loopback, request);
  if (refused !== undefined) return plain(refused, "not allowed");
  if (request.method !== "GET" && request.method !== "HEAD") return plain(405, "GET only");
  if (path === "/metrics")
    return { status: 200, type: "text/plain; version=0.0.4", body: options.metrics.text() };
  if (path !== "/readyz") return plain(404, "/metrics, /healthz or /readyz");
  const why = options.notReady();
  return plain(why === undefined ? 200 : 503, why ?? "ready");
}

function plain(status: number, text: string): Answer {
  return { status, type: "text/plain", body: `${text}\n` };
}

/** The status of a refusal: a page of another site must not read this one through a name of its own (DNS rebinding). */
function refusal(
  options: StatusServerOptions,
  loopback: boolean,
  request: IncomingMessage,
): number | undefined {
  if (loopback) {
    const name = (request.headers.host ?? "").replace(/:\d+$/, "").replace(/^\[|\]$/g, "");
    return loopbackNames.includes(name) && request.headers.origin === undefined ? undefined : 403;
  }
  const given = Buffer.from(request.headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${options.token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted) ? undefined : 401;
}

function listen(server: Server, host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, host, port)));
    server.listen({ host: host === "" ? "::" : host, port }, () => resolve(server));
  });
}

function listenError(error: Error, host: string, port: number): SeamarkError {
  const taken = systemCodeOf(error) === "EADDRINUSE";
  const what = taken ? "another process listens there" : messageOf(error);
  return new SeamarkError("bad_config", `cannot listen on ${host}:${port}: ${what}`, {
    hint: "Choose another address with --listen",
    cause: error,
  });
}

function portOf(server: Server): number {
  return (server.address() as { port: number }).port;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
