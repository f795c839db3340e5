import type { LineDraft } from "./line-draft.ts";
import { isDigit } from "./line-time.ts";
import { setRequestLine, withoutPort } from "./request-parts.ts";
import { levelOfStatus } from "./severity.ts";
import { nanosOf } from "./span.ts";
import { splitFields, type TextField } from "./text-fields.ts";

const prefixLengthMax = 256;

/**
 * Reads HAProxy's HTTP format (https://docs.haproxy.org/2.6/configuration.html#8.2.3): `[process:] client:port
 * [time] frontend backend/server TR/Tw/Tc/Tr/Ta status bytes … "request"`. The line stays the message; frontend,
 * backend and server go to `attrs`. False when it is something else.
 */
export function scanHaproxy(text: string, draft: LineDraft): boolean {
  const open = text.indexOf(" [");
  if (open < 4 || open > prefixLengthMax || !isDigit(text.charCodeAt(open + 2))) return false;
  const created = draft.time.clf(text, open + 2, draft.timeMs);
  if (created === undefined || text.charCodeAt(draft.time.end) !== 93) return false;
  const fields = splitFields(text, draft.time.end + 1);
  const [frontend, server, timers, status, size] = fields.map(({ value }) => value);
  const total = timers === undefined ? undefined : totalMs(timers);
  if (total === undefined || !server!.includes("/") || Number.isNaN(Number(status))) return false;
  draft.set("event.created", created);
  setCounts(draft, Number(status), Number(size), total);
  const client = text.slice(text.lastIndexOf(" ", open - 1) + 1, open);
  draft.set("source.ip", withoutPort(client));
  setServer(draft, frontend!, server!);
  const last: TextField | undefined = fields.at(-1);
  if (last?.kind === "quoted") setRequestLine(draft, last.value);
  return true;
}

/** A status of -1 says that no answer was sent; a time that starts with + is that of a log before the end. */
function setCounts(draft: LineDraft, status: number, size: number, totalMs: number): void {
  if (status >= 100 && status < 1000) {
    draft.set("http.response.status_code", status);
    draft.set("log.level", levelOfStatus(status));
  }
  if (Number.isSafeInteger(size) && size >= 0) draft.set("http.response.body.bytes", size);
  const nanos = nanosOf(totalMs, "ms");
  if (nanos !== undefined) draft.set("event.duration", nanos);
}

function setServer(draft: LineDraft, frontend: string, backendAndServer: string): void {
  const slash = backendAndServer.indexOf("/");
  draft.attribute("haproxy.frontend_name", frontend);
  draft.attribute("haproxy.backend_name", backendAndServer.slice(0, slash));
  draft.attribute("haproxy.server_name", backendAndServer.slice(slash + 1));
}

/** The last of five times `10/0/30/69/109`; undefined when these are no times. */
function totalMs(timers: string): number | undefined {
  const parts = timers.split("/").map(Number);
  return parts.length === 5 && parts.every(Number.isInteger) ? parts[4] : undefined;
}
