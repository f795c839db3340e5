import Type from "typebox";
import type { HostPort } from "../../common/base/config.ts";
import type { Logger } from "../../common/base/log.ts";
import type { Filter } from "../../common/query/ast.ts";
import type { JoinedRow } from "../../common/wire/row.ts";
import { isLoopback } from "../config.ts";
import type { TailClients } from "../live/tail-clients.ts";
import { appsRoute } from "./apps-route.ts";
import { DashboardFiles } from "./dashboard-files.ts";
import { deadLetterRoutes } from "./dead-letter-routes.ts";
import type { GuardOptions } from "./guard.ts";
import { createHttpServer } from "./http-server.ts";
import { ingestRoutes } from "./ingest-routes.ts";
import { inventoryRoutes } from "./inventory-routes.ts";
import { listen } from "./listening.ts";
import { logsRoutes } from "./logs-routes.ts";
import { type MountedRoute, mount, openApiOf } from "./openapi.ts";
import type { ApiParts } from "./parts.ts";
import { type Route, route } from "./route.ts";
import { probeRoutes, type StatusSource, statusRoutes } from "./status-routes.ts";
import { serveTail } from "./tail-socket.ts";
import type { Token } from "./token.ts";

export interface ApiOptions extends ApiParts {
  readonly version: string;
  readonly listen: HostPort;
  readonly token: Token;
  /** Folder of the built dashboard. */
  readonly dashboard: string;
  readonly compilePredicate: (filter: Filter) => (row: JoinedRow) => boolean;
  readonly tails: TailClients;
  readonly status: StatusSource;
  readonly log: Logger;
}

export interface Api {
  readonly port: number;
  readonly addresses: readonly string[];
  /** Answers what is under way until the deadline, then cuts the rest off. */
  stop(deadlineMs: number): Promise<void>;
}

/** Starts to listen; rejects with SeamarkError `unavailable` when the address is taken. */
export async function startApi(options: ApiOptions): Promise<Api> {
  let port = options.listen.port;
  const guard: GuardOptions = {
    loopback: isLoopback(options.listen),
    listenHost: options.listen.host,
    token: options.token,
    cookieName: () => `seamark_${port}`,
  };
  const { metrics, log, clock } = options;
  const routes = allRoutes(options);
  const dashboard = new DashboardFiles(options.dashboard);
  const app = createHttpServer({ routes, dashboard, guard, metrics, log });
  serveTail(app.server, { ...options, guard, clients: options.tails });
  await app.ready();
  const listening = await listen(app.server, options.listen, { log, clock });
  port = listening.port;
  return {
    port,
    addresses: listening.addresses,
    stop: async (deadlineMs) => {
      await options.tails.close();
      await listening.close(deadlineMs);
      await app.close();
    },
  };
}

/** The whole route table, the document about it included. */
export function allRoutes(
  options: ApiParts & { readonly status: StatusSource; readonly version: string },
): readonly MountedRoute[] {
  const own = mount(
    [
      ...logsRoutes(options),
      appsRoute(options),
      ...inventoryRoutes(options),
      ...statusRoutes(options.status),
      ...deadLetterRoutes(options),
      ...ingestRoutes(options),
      documentRoute(() => openApiOf(own, options.version)),
    ],
    probeRoutes(options.status),
  );
  return own;
}

function documentRoute(document: () => object): Route {
  return route({
    method: "GET",
    path: "/openapi.json",
    tag: "self",
    need: "read",
    summary: "This document",
    answers: { 200: { description: "OpenAPI 3.1", schema: Type.Object({ openapi: Type.String() }) } },
    handle: document,
  });
}
