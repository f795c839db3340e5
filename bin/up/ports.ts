import { createServer } from "node:net";
import { isLoopback } from "../../aggregator/config.ts";
import type { HostPort } from "../../common/base/config.ts";
import { SeamarkError, systemCodeOf } from "../../common/base/errors.ts";

export interface PortPlan {
  readonly aggregator: HostPort;
  readonly collector: HostPort;
}

/**
 * The aggregator listens where it was told, the collector on the port after it. The collector's own page needs no
 * reader from other hosts, so it stays on loopback.
 */
export function planPorts(listen: HostPort): PortPlan {
  const host = isLoopback(listen) ? listen.host : "127.0.0.1";
  return { aggregator: listen, collector: { host, port: listen.port + 1 } };
}

export function textOf({ host, port }: HostPort): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Where this host reaches what listens at `listen`. */
export function localUrl({ host, port }: HostPort): string {
  const everywhere = host === "" || host === "0.0.0.0" || host === "::";
  return `http://${textOf({ host: everywhere ? "127.0.0.1" : host, port })}`;
}

/** Throws `bad_config` that names the port and the flag when it cannot be listened at. */
export async function requireFree(part: string, listen: HostPort): Promise<void> {
  const problem = await listenProblem(listen);
  if (problem === undefined) return;
  const reason = problem === "EADDRINUSE" ? "is in use by another process" : `cannot be used (${problem})`;
  throw new SeamarkError("bad_config", `${textOf(listen)}, where the ${part} would listen, ${reason}`, {
    hint: "Stop that process or choose another place: npm start -- --listen 127.0.0.1:17280 (the collector takes the port after it)",
  });
}

function listenProblem({ host, port }: HostPort): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve(systemCodeOf(error) ?? error.message));
    server.listen({ port, host: host === "" ? "0.0.0.0" : host, exclusive: true }, () => {
      server.close(() => resolve(undefined));
    });
  });
}
