import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { SeamarkError } from "../../common/base/errors.ts";
import type { Logger } from "../../common/base/log.ts";
import type { Metrics } from "../../common/base/metrics.ts";
import type { DashboardFiles } from "./dashboard-files.ts";
import { answerPage } from "./dashboard-pages.ts";
import { admit, type GuardOptions, type Need } from "./guard.ts";
import type { MountedRoute } from "./openapi.ts";
import { isBug, type Problem, problemOf, problemType, RequestError } from "./problem.ts";
import type { Call, Route } from "./route.ts";
import { securityHeaders } from "./security-headers.ts";
import { answerStartLink } from "./start-link.ts";
import { validationProblem } from "./validation.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** It carried a valid token. */
    trusted: boolean;
  }
  interface FastifyContextConfig {
    need?: Need;
  }
}

/** Bounds for clients that send or read slowly on purpose; milliseconds, bytes, connections. */
const limits = {
  /** All headers must be there by then; checked every two seconds. */
  headersMs: 5000,
  checkMs: 2000,
  /** The whole request must be there by then: 16 MiB at 3 Mbit/s. */
  requestMs: 45_000,
  /** Nothing was sent or received for so long; longer than the longest read. */
  idleMs: 75_000,
  headerBytes: 24 * 1024,
  bodyBytes: 64 * 1024,
  connections: 2000,
} as const;

export interface HttpServerOptions {
  readonly routes: readonly MountedRoute[];
  readonly dashboard: DashboardFiles;
  readonly guard: GuardOptions;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** The HTTP side of the aggregator: the route table and the dashboard's files behind one guard. */
export function createHttpServer(options: HttpServerOptions): FastifyInstance {
  const app = fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    connectionTimeout: limits.idleMs,
    routerOptions: { maxParamLength: 256 },
    // A path that cannot be decoded never reaches a route or a hook.
    frameworkErrors: (error, request, reply) => {
      sendProblem(reply.headers(securityHeaders), problemOf(error), request);
    },
    http: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      connectionsCheckingInterval: limits.checkMs,
    },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true } },
    forceCloseConnections: "idle",
  });
  app.server.maxConnections = limits.connections;
  app.decorateRequest("trusted", false);
  app.removeAllContentTypeParsers();
  addHooks(app, options);
  addErrorAnswers(app, options.log);
  for (const mounted of options.routes) addRoute(app, mounted);
  app.get("/*", (request, reply) => answerPage(options.dashboard, request, reply));
  return app;
}

function addHooks(app: FastifyInstance, { guard, metrics }: HttpServerOptions): void {
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(securityHeaders);
    if (request.url.startsWith("/api/")) reply.header("cache-control", "no-store");
    if (answerStartLink(request, reply, guard)) return reply;
    const need = request.routeOptions.config.need ?? "read";
    request.trusted = admit(need, request.headers, guard).trusted;
    return undefined;
  });
  const requests = metrics.counter("seamark_api_requests_total", "HTTP requests by route and status");
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "none";
    requests.add(1, { method: request.method, route, status: String(reply.statusCode) });
  });
}

function addErrorAnswers(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((error: Error & { validation?: never }, request, reply) => {
    const expected = error.validation
      ? validationProblem(error.validation, parametersOf(request))
      : (error as unknown);
    if (isBug(expected)) {
      log.error("request failed", { url: request.url, error: error.stack ?? String(error) });
    }
    return sendProblem(reply, problemOf(expected), request);
  });
  app.setNotFoundHandler((request) => {
    throw new RequestError("not_found", `There is no ${request.method} ${request.url.split("?", 1)[0]}.`, {
      hint: "GET /api/v1/openapi.json lists the routes",
    });
  });
}

function parametersOf(request: FastifyRequest): readonly string[] {
  const schema = request.routeOptions.schema?.querystring as { properties?: object } | undefined;
  return Object.keys(schema?.properties ?? {});
}

/** For a person who opened the address without the start link. */
const tokenPage = `Seamark asks for its token here.

Open the start link that Seamark printed when it started: http://HOST:PORT/?token=...
The token is the text of the file "token" in the state folder of the aggregator (.seamark/token by default).
`;

function sendProblem(reply: FastifyReply, problem: Problem, request: FastifyRequest): FastifyReply {
  if (problem.status === 401) {
    reply.header("www-authenticate", 'Bearer realm="seamark"');
    // A link from another site does not bring a SameSite=Strict cookie along; loading the page again does.
    const { "sec-fetch-mode": mode, "sec-fetch-site": site } = request.headers;
    if (mode === "navigate" && site === "cross-site") reply.header("refresh", "0");
    if (mode === "navigate") return reply.code(401).type("text/plain; charset=utf-8").send(tokenPage);
  }
  if (problem.status === 503 || problem.status === 429) reply.header("retry-after", "1");
  return reply.code(problem.status).type(problemType).send(JSON.stringify(problem));
}

function addRoute(app: FastifyInstance, { route, path }: MountedRoute): void {
  // Each route is its own scope, so that only routes that take NDJSON have a parser for it.
  app.register(async (scope) => {
    if (route.bodyBytesMax !== undefined) {
      const parser = { parseAs: "buffer", bodyLimit: route.bodyBytesMax } as const;
      scope.addContentTypeParser("application/x-ndjson", parser, (_request, body, done) => done(null, body));
    }
    scope.route({
      method: route.method,
      url: path.replaceAll(/\{(\w+)\}/g, ":$1"),
      schema: {
        ...(route.query === undefined ? {} : { querystring: route.query }),
        ...(route.params === undefined ? {} : { params: route.params }),
      },
      config: { need: route.need },
      handler: (request, reply) => answerRoute(route, request, reply),
    });
  });
}

async function answerRoute(route: Route, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const [status, answer] = Object.entries(route.answers)[0]!;
  reply.code(Number(status));
  const body = await route.handle(callOf(request, reply));
  if (body === undefined) return reply.send();
  if (!reply.hasHeader("content-type")) reply.type(answer.contentType ?? "application/json; charset=utf-8");
  return typeof body === "string" ? body : JSON.stringify(body);
}

function callOf(request: FastifyRequest, reply: FastifyReply): Call {
  return {
    query: request.query,
    params: request.params,
    headers: request.headers,
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
    trusted: request.trusted,
    signal: disconnectSignal(reply),
    status: (status) => void reply.code(status),
    header: (name, value) => void reply.header(name, value),
  };
}

/** Aborts when the connection closes before the answer was written. */
function disconnectSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) gone.abort(new SeamarkError("cancelled", "The client disconnected."));
  });
  return gone.signal;
}
