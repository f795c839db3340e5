import { type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { SeamarkError } from "../../common/base/errors.ts";
import type { Filter, ParsedQuery } from "../../common/query/ast.ts";
import type { JoinedRow } from "../../common/wire/row.ts";
import { type TailClients, tailClientsMax } from "../live/tail-clients.ts";
import { admit, type GuardOptions } from "./guard.ts";
import { problemOf, problemType, RequestError } from "./problem.ts";
import { apiPrefix } from "./route.ts";
import { queryText } from "./schemas.ts";
import { type QueryParameters, readTailFilter } from "./search-input.ts";
import { securityHeaders } from "./security-headers.ts";
import { unknownParameter } from "./validation.ts";

export const tailPath = `${apiPrefix}/logs/tail`;

/** A client has nothing to say but closing. */
const messageBytesMax = 1024;

export interface TailSocketOptions {
  readonly guard: GuardOptions;
  readonly clients: TailClients;
  readonly parseQuery: (text: string) => ParsedQuery;
  readonly compilePredicate: (filter: Filter) => (row: JoinedRow) => boolean;
}

/** Serves the live tail: the same Host, Origin and token rules as every route, then a WebSocket. */
export function serveTail(server: Server, options: TailSocketOptions): void {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: messageBytesMax,
    perMessageDeflate: false,
    clientTracking: false,
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    // Without a listener a reset during the answer would end the process.
    socket.on("error", () => socket.destroy());
    try {
      const tail = readUpgrade(request, options);
      sockets.handleUpgrade(request, socket, head, (webSocket) => tail(webSocket));
    } catch (error) {
      refuse(socket, error);
    }
  });
}

function readUpgrade(request: IncomingMessage, options: TailSocketOptions): (socket: WebSocket) => void {
  const url = URL.parse(request.url ?? "/", "http://any");
  admit("read", request.headers, options.guard);
  if (url?.pathname !== tailPath) throw new RequestError("not_found", `Only ${tailPath} is a WebSocket.`);
  if (options.clients.full) {
    throw new RequestError("unavailable", `${tailClientsMax} live tails are connected already.`, {
      hint: "Close one and try again",
    });
  }
  const parameters = readParameters(url.searchParams);
  const { filter, queryError } = readTailFilter(parameters, options.parseQuery);
  const live = { text: parameters.query, matches: options.compilePredicate(filter) };
  const greeting = queryError === undefined ? [] : [{ queryError }];
  return (socket) => options.clients.add(socket, live, greeting);
}

function readParameters(given: URLSearchParams): QueryParameters {
  const known = Object.keys(queryText);
  for (const name of given.keys()) if (!known.includes(name)) throw unknownParameter(name, known);
  const query = given.get("query") ?? "";
  const longest = (queryText.query as { maxLength?: number }).maxLength ?? 0;
  if (query.length > longest) {
    throw new RequestError("bad_request", `query: longer than ${longest} characters.`, {
      where: { parameter: "query" },
    });
  }
  return { query, lenient: given.get("lenient") === "true" };
}

/** Answers the upgrade as an ordinary response, because there is no WebSocket yet. */
function refuse(socket: Duplex, error: unknown): void {
  if (!(error instanceof SeamarkError)) queueMicrotask(() => socket.destroy(error as Error));
  const problem = problemOf(error);
  const body = JSON.stringify(problem);
  const headers = {
    ...securityHeaders,
    "content-type": problemType,
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join("")}\r\n${body}`);
}
