import type { Server } from "node:http";
import net from "node:net";
import type { Clock } from "../../common/base/clock.ts";
import type { HostPort } from "../../common/base/config.ts";
import { messageOf, SeamarkError, systemCodeOf } from "../../common/base/errors.ts";
import type { Logger } from "../../common/base/log.ts";

/** Ports that are tried when any will do (port 0) and the other address family has the first one in use. */
const attemptsMax = 10;

export interface Listening {
  /** The port, also when 0 was asked for. */
  readonly port: number;
  /** As `host:port`. */
  readonly addresses: readonly string[];
  /** Takes no more connections; resolves when the last request was answered, or cut off after the deadline. */
  close(deadlineMs: number): Promise<void>;
}

/**
 * Listens on the address; `127.0.0.1`, `::1` and `localhost` mean both families, because a browser may resolve
 * `localhost` to either. The second family's connections are handed to the same HTTP server, so all limits hold.
 * Throws SeamarkError `unavailable` when the address is taken.
 */
export async function listen(
  server: Server,
  wished: HostPort,
  parts: { readonly log: Logger; readonly clock: Clock },
): Promise<Listening> {
  const twin = { "127.0.0.1": "::1", localhost: "::1", "::1": "127.0.0.1" }[wished.host];
  const host = wished.host === "localhost" ? "127.0.0.1" : wished.host || "::";
  for (let attempt = 1; ; attempt++) {
    const port = await bind(server, host, wished.port);
    const second = net.createServer({ noDelay: true }, (socket) => server.emit("connection", socket));
    second.maxConnections = server.maxConnections;
    try {
      const both = twin !== undefined && (await bindTwin(second, twin, port, parts.log));
      const addresses = [host, ...(both ? [twin] : [])].map((one) => addressText(one, port));
      const servers = both ? [server, second] : [server];
      return { port, addresses, close: (deadlineMs) => drain(server, servers, parts.clock, deadlineMs) };
    } catch (error) {
      await closed(server);
      if (wished.port !== 0 || attempt >= attemptsMax) throw error;
    }
  }
}

async function drain(
  http: Server,
  servers: readonly net.Server[],
  clock: Clock,
  deadlineMs: number,
): Promise<void> {
  const finished = new AbortController();
  const all = Promise.all(servers.map(closed)).then(() => finished.abort());
  http.closeIdleConnections();
  await clock.sleep(deadlineMs, finished.signal).catch(() => undefined);
  http.closeAllConnections();
  await all;
}

function closed(server: net.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

/** A machine without IPv6 is served on IPv4 alone. */
async function bindTwin(server: net.Server, host: string, port: number, log: Logger): Promise<boolean> {
  try {
    await bind(server, host, port);
    return true;
  } catch (error) {
    const code = systemCodeOf((error as Error).cause);
    if (code !== "EADDRNOTAVAIL" && code !== "EAFNOSUPPORT") throw error;
    log.info("this machine has only one address family on loopback", { missing: host });
    return false;
  }
}

function bind(server: net.Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error) => reject(bindError(error, host, port));
    server.once("error", failed);
    server.listen({ host, port }, () => {
      server.off("error", failed);
      resolve((server.address() as net.AddressInfo).port);
    });
  });
}

function bindError(error: Error, host: string, port: number): SeamarkError {
  const used = systemCodeOf(error) === "EADDRINUSE";
  const detail = used ? "another program listens there" : messageOf(error);
  return new SeamarkError("unavailable", `Cannot listen on ${addressText(host, port)}: ${detail}.`, {
    cause: error,
    hint: `Stop it (ss -ltnp 'sport = :${port}' names it), or choose another --listen`,
  });
}

function addressText(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
