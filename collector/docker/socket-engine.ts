import type { Readable } from "node:stream";
import Docker from "dockerode";
import { messageOf, SeamarkError } from "../../common/base/errors.ts";
import type {
  ContainerDetails,
  ContainerSummary,
  Engine,
  EngineEvent,
  LogEnd,
  LogRequest,
  LogSink,
} from "./engine.ts";
import { readLogs } from "./log-connection.ts";

/** An answer to a small question comes within this time, or the engine counts as away. */
const answerMs = 30_000;
/** Events that we act on; `create` lets the metadata be there before the first line. */
const actions = ["create", "start", "restart", "die", "oom", "destroy", "rename", "unpause"];
/** An event is about 1 KiB; a line longer than this is no event. */
const eventBytesMax = 1024 * 1024;

/** The engine behind a Unix socket. */
export function createSocketEngine(socketPath: string): Engine {
  const docker = new Docker({ socketPath, timeout: answerMs });
  const streaming = new Docker({ socketPath });
  return {
    socketPath,
    version: async () => (await expected(docker.version())).Version,
    list: async () => (await expected(docker.listContainers({ all: true }))) as unknown as ContainerSummary[],
    inspect: async (id) => (await expected(docker.getContainer(id).inspect())) as unknown as ContainerDetails,
    events: (signal, ready, onEvent) => followEvents(streaming, signal, ready, onEvent),
    logs: (request: LogRequest, sink: LogSink, signal: AbortSignal): Promise<LogEnd> =>
      readLogs(socketPath, request, sink, signal),
  };
}

async function followEvents(
  docker: Docker,
  signal: AbortSignal,
  ready: () => void,
  onEvent: (event: EngineEvent) => void,
): Promise<void> {
  const filters = JSON.stringify({ type: ["container"], event: actions });
  const stream = (await expected(docker.getEvents({ filters }))) as Readable;
  const close = (): void => void stream.destroy();
  signal.addEventListener("abort", close, { once: true });
  ready();
  let rest = "";
  try {
    for await (const chunk of stream) {
      const lines = (rest + String(chunk)).split("\n");
      rest = lines.pop()!;
      if (rest.length > eventBytesMax) throw new SeamarkError("corrupt", "an engine event has no end");
      for (const line of lines) if (line.trim() !== "") onEvent(JSON.parse(line) as EngineEvent);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw new SeamarkError("unavailable", `the engine's events ended: ${messageOf(error)}`, { cause: error });
  } finally {
    signal.removeEventListener("abort", close);
    stream.destroy();
  }
}

async function expected<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const status = (error as { statusCode?: number }).statusCode;
    const code = status === 404 ? "not_found" : status === 409 ? "conflict" : "unavailable";
    throw new SeamarkError(code, messageOf(error), { cause: error });
  }
}
