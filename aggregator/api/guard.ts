import { RequestError } from "./problem.ts";
import type { Token } from "./token.ts";

/** What a route asks of a request: nothing (probes), that it may read, or that it may change something. */
export type Need = "nothing" | "read" | "change";

export interface GuardOptions {
  /** Only this machine can connect: reading needs no token, but the Host header must name this machine. */
  readonly loopback: boolean;
  /** As configured; a valid Host beside the loopback names. */
  readonly listenHost: string;
  readonly token: Token;
  /** Carries the port, because a cookie of one port is sent to all ports of its host. */
  readonly cookieName: () => string;
}

/** The headers that decide; names as Node gives them. */
export interface GuardedHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly authorization?: string | undefined;
  readonly cookie?: string | undefined;
}

const tokenHint =
  "Send Authorization: Bearer with the text of the file `token` in the state folder, or open the console's start link";

/**
 * Decides on one request; throws a RequestError `forbidden` or `unauthorized`, else says whether it carried a
 * valid token. On loopback a page of another site can make the browser connect to us (DNS rebinding makes it even
 * same-origin there), so Host must name this machine and Origin, when sent, must be our own.
 */
export function admit(
  need: Need,
  headers: GuardedHeaders,
  options: GuardOptions,
): { readonly trusted: boolean } {
  if (options.loopback) checkHost(headers.host, options.listenHost);
  checkOrigin(headers.origin, headers.host);
  const bearer = bearerOf(headers.authorization);
  if (bearer !== undefined && options.token.isBearer(bearer)) return { trusted: true };
  const cookie = cookieOf(headers.cookie, options.cookieName());
  const trustedCookie = cookie !== undefined && options.token.isCookie(cookie);
  // Browsers send Origin with everything that changes; a cookie without it was not sent by our page.
  if (trustedCookie && (need !== "change" || headers.origin !== undefined)) return { trusted: true };
  if (need === "change" || (need === "read" && !options.loopback)) {
    const wrong = bearer !== undefined;
    throw new RequestError("unauthorized", wrong ? "The token is not valid." : "This needs the token.", {
      hint: tokenHint,
    });
  }
  return { trusted: false };
}

function checkHost(host: string | undefined, listenHost: string): void {
  const name = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i.exec(host ?? "")?.[1]?.toLowerCase();
  const own = ["localhost", "127.0.0.1", "[::1]", listenHost.toLowerCase(), `[${listenHost.toLowerCase()}]`];
  if (name !== undefined && own.includes(name)) return;
  throw new RequestError("forbidden", `Host ${JSON.stringify(host ?? "")} is not a name of this machine.`, {
    hint: "Open http://localhost with the port; to be reached by another name, --listen beyond loopback",
  });
}

function checkOrigin(origin: string | undefined, host: string | undefined): void {
  if (origin === undefined) return;
  const from = URL.parse(origin);
  const own = from && URL.parse(`${from.protocol}//${host ?? ""}`);
  if (from && own && /^https?:$/.test(from.protocol) && from.host === own.host) return;
  throw new RequestError("forbidden", `A page of ${JSON.stringify(origin)} may not use this aggregator.`, {
    hint: "Only the dashboard that this address serves may",
  });
}

function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? "")?.[1];
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? "").split(";")) {
    const [key, value] = pair.trim().split("=", 2);
    if (key === name && value !== undefined) return value;
  }
  return undefined;
}
