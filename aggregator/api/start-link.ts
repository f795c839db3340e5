import type { FastifyReply, FastifyRequest } from "fastify";
import { admit, type GuardOptions } from "./guard.ts";
import { RequestError } from "./problem.ts";

/** How long a browser stays signed in; seconds. */
const cookieAgeS = 400 * 86_400;

/**
 * `GET /any/page?token=…`, the link that the console prints: trades the token for a cookie that scripts cannot
 * read and other sites cannot send, and leads to the same page without the token, so that it stays in no address
 * bar. Returns whether it answered; throws `unauthorized` for a wrong token.
 */
export function answerStartLink(request: FastifyRequest, reply: FastifyReply, guard: GuardOptions): boolean {
  if (request.method !== "GET" || request.url.startsWith("/api/")) return false;
  const url = URL.parse(request.url, "http://any");
  const token = url?.searchParams.get("token");
  if (!url || token === null || token === undefined) return false;
  // The Host and Origin rules hold here too; the token comes from the link instead of a header.
  admit("nothing", { host: request.headers.host, origin: request.headers.origin }, guard);
  if (!guard.token.isBearer(token)) {
    throw new RequestError("unauthorized", "The token of this link is not valid.", {
      hint: "Open the link that the console printed at the last start",
    });
  }
  url.searchParams.delete("token");
  const attributes = `Path=/; Max-Age=${cookieAgeS}; HttpOnly; SameSite=Strict`;
  reply.header("set-cookie", `${guard.cookieName()}=${guard.token.cookieValue}; ${attributes}`);
  reply.header("cache-control", "no-store");
  // Only the path: `//elsewhere` would lead to another host.
  reply
    .code(303)
    .header("location", `/${url.pathname.replace(/^[/\\]+/, "")}${url.search}`)
    .send();
  return true;
}
