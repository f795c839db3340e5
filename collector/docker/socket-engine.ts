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
import { askJson, openAnswer } from "./engine-request.ts";
import { readLogs } from "./log-connection.ts";

/** An answer to a small question comes within this time, or the engine counts as away. */
const answerMs = 30_000;
/** Events that we act on; `create` lets the metadata be there before the first line. */
const actions = ["create", "start", "restart", "die", "oom", "destroy", "rename", "unpause"];
/** An event is about 1 KiB; a line longer than this is no event. */
const eventBytesMax = 1024 * 1024;

/** The engine behind a Unix socket. */
export function createSocketEngine(socketPath: string): Engine {
  return {
    socketPath,
    version: async () => (await askJson<{ Version: string }>(socketPath, "/version", answerMs)).Version,
    list: () => askJson<readonly ContainerSummary[]>(socketPath, "/containers/json?all=1", answerMs),
    inspect: (id) =>
      askJson<ContainerDetails>(socketPath, `/containers/${encodeURIComponent(id)}/json`, answerMs),
    events: (signal, ready, onEvent) => followEvents(socketPath, signal, ready, onEvent),
    logs: (request: LogRequest, sink: LogSink, signal: AbortSignal): Promise<LogEnd> =>
      readLogs(socketPath, request, sink, signal),
  };
}

async function followEvents(
  socketPath: string,
  signal: AbortSignal,
  ready: () => void,
  onEvent: (event: EngineEvent) => void,
): Promise<void> {
  const filters = encodeURIComponent(JSON.stringify({ type: ["container"], event: actions }));
  const stream = await openAnswer(socketPath, `/events?filters=${filters}`, signal);
  ready();
  let rest = "";
  stream.setEncoding("utf8");
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
    stream.destroy();
  }
}
