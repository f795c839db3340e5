import type { FastifyReply, FastifyRequest } from "fastify";
import { type DashboardFile, type DashboardFiles, encodedBody, pagePathOf } from "./dashboard-files.ts";
import { RequestError } from "./problem.ts";

/** Answers everything that is not a route: a file of the dashboard, or its page for every path without a dot. */
export async function answerPage(
  files: DashboardFiles,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const asked = pagePathOf(request.raw.url ?? "/");
  if (asked.kind === "bad") throw new RequestError("bad_request", "This path is not one of the dashboard.");
  const api = /^\/(api|healthz|readyz|metrics)(\/|$|\?)/.test(request.url);
  const file = asked.kind === "file" ? files.file(asked.path) : files.index();
  if (api || (file === undefined && asked.kind === "file")) {
    throw new RequestError("not_found", `There is no ${request.url.split("?", 1)[0]}.`, {
      hint: "GET /api/v1/openapi.json lists the routes",
    });
  }
  return file === undefined ? answerUnbuilt(reply) : answerFile(file, request, reply);
}

function answerUnbuilt(reply: FastifyReply): FastifyReply {
  reply.code(503).type("text/plain; charset=utf-8").header("cache-control", "no-store");
  return reply.send(
    "The dashboard is not built yet. `npm run build:dashboard` builds it; then load this page again.\n",
  );
}

async function answerFile(
  file: DashboardFile,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  reply.header("cache-control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  reply.header("etag", file.etag).header("vary", "accept-encoding");
  if (request.headers["if-none-match"]?.includes(file.etag)) return reply.code(304).send();
  const { body, encoding } = await encodedBody(file, String(request.headers["accept-encoding"] ?? ""));
  if (encoding !== undefined) reply.header("content-encoding", encoding);
  return reply.type(file.contentType).send(body);
}
