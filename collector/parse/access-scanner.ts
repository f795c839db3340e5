import type { LineDraft } from "./line-draft.ts";
import { isDigit, isDigits } from "./line-time.ts";
import { isAddress, setDomain, setRequestLine, withoutPort } from "./request-parts.ts";
import { levelOfStatus } from "./severity.ts";
import { nanosOf, nanosOfText } from "./span.ts";
import { endOfQuoted, splitFields, type TextField, unescapedField } from "./text-fields.ts";

/** No server puts more than this before the time: longer ones are text that happens to hold a bracket. */
const prefixLengthMax = 1_024;

/**
 * Reads an access line of Apache, nginx, Traefik, gunicorn and others that follow the common or combined format
 * (https://httpd.apache.org/docs/2.4/logs.html): `[vhost] host ident user [time] "request" status bytes`, then
 * referrer and user agent, then what administrators append. The line stays the message; its level is made from the
 * status. False when it is something
 * else; the draft is then half written.
 */
export function scanAccess(text: string, draft: LineDraft): boolean {
  const open = text.indexOf("[");
  if (open < 2 || open > prefixLengthMax || text.charCodeAt(open - 1) !== 32) return false;
  if (!isDigit(text.charCodeAt(open + 1))) return false;
  const created = draft.time.clf(text, open + 1, draft.timeMs);
  const close = draft.time.end;
  if (created === undefined || !text.startsWith('] "', close)) return false;
  const requestEnd = endOfQuoted(text, close + 3);
  if (requestEnd < 0) return false;
  const sizeAt = setStatus(text, requestEnd + 2, draft);
  if (sizeAt < 0) return false;
  draft.set("event.created", created);
  setRequestLine(draft, unescapedField(text.slice(close + 3, requestEnd)));
  setPrefix(text.slice(0, open - 1), draft);
  setRest(text, setSize(text, sizeAt, draft), draft);
  return true;
}

/** Reads the status, gives the place of the size; -1 when there is no status. */
function setStatus(text: string, at: number, draft: LineDraft): number {
  const after = text.charCodeAt(at + 3);
  if (after !== 32 && !Number.isNaN(after)) return -1;
  const digits = text.slice(at, at + 3);
  if (!isDigits(digits) || digits < "100") return -1;
  const status = Number(digits);
  draft.set("http.response.status_code", status);
  draft.set("log.level", levelOfStatus(status));
  return at + 4;
}

/** Reads `2326` or `-`; gives the place behind it. */
function setSize(text: string, at: number, draft: LineDraft): number {
  let end = at;
  while (isDigit(text.charCodeAt(end))) end++;
  if (end > at && end - at <= 15) draft.set("http.response.body.bytes", Number(text.slice(at, end)));
  return end === at && text.charCodeAt(at) === 45 ? at + 1 : end;
}

/** `host ident user`, `vhost:port host ident user`, or `address, address ident user` (proxies). */
function setPrefix(prefix: string, draft: LineDraft): void {
  // Nearly all lines have no user: those are not taken apart.
  if (prefix.indexOf(" ") === prefix.length - 4 && prefix.endsWith(" - -"))
    setHost(prefix.slice(0, -4), draft);
  else setPrefixWords(prefix, draft);
}

function setHost(host: string, draft: LineDraft): void {
  if (host !== "-" && host !== "") draft.set("source.ip", isAddress(host) ? host : withoutPort(host));
}

function setPrefixWords(prefix: string, draft: LineDraft): void {
  const words = prefix.split(" ");
  let at = 0;
  if (words.length >= 4 && isAddress(words[1]!) && !words[0]!.endsWith(",")) setDomain(draft, words[at++]!);
  const first = words[at++]!;
  setHost(first.endsWith(",") ? first.slice(0, -1) : first, draft);
  while (words[at - 1]!.endsWith(",") && at < words.length) at++;
  const user = words.slice(at + 1).join(" ");
  if (user !== "" && user !== "-") draft.attribute("user.name", user);
}

/** Referrer, user agent, forwarded addresses and the request time, as far as they are there. */
function setRest(text: string, from: number, draft: LineDraft): void {
  if (from >= text.length) return;
  const fields = splitFields(text, from);
  const quoted = fields.filter(({ kind }) => kind === "quoted");
  const [first, second, third] = quoted.map(({ value }) => value);
  const single = second === undefined && first !== undefined && !isReferrer(first);
  if (!single && present(first)) draft.set("http.request.referrer", first);
  const agent = single ? first : second;
  if (present(agent)) draft.set("user_agent.original", agent);
  if (present(third) && isAddress(third.split(",")[0]!))
    draft.attribute("http.request.headers.x-forwarded-for", third);
  const nanos = durationOf(fields);
  if (nanos !== undefined) draft.set("event.duration", nanos);
}

function present(value: string | undefined): value is string {
  return value !== undefined && value !== "-" && value !== "";
}

function isReferrer(value: string): boolean {
  return value === "-" || value === "" || value.startsWith("/") || value.includes("://");
}

/**
 * The request time among what is appended, decided by its shape: `rt=0.003` by its name, `0.003` is seconds
 * (nginx $request_time, Apache %{ms}T with a point), `12ms` has its unit (Traefik), and one single whole number is
 * microseconds (Apache %D). Of several whole numbers none is the time (nginx $request_length, mod_logio).
 */
function durationOf(fields: readonly TextField[]): number | undefined {
  const bare = fields.filter(({ kind, value }) => kind === "bare" && value !== "-").map(({ value }) => value);
  for (const value of bare) {
    const named = namedSeconds(value);
    if (named !== undefined) return named;
  }
  const decimal = bare.find(isDecimal);
  if (decimal !== undefined) return nanosOf(decimal, "s");
  const spans = bare.map(nanosOfText).filter((nanos) => nanos !== undefined);
  if (spans.length > 0) return spans[0];
  const whole = bare.filter((value) => !Number.isNaN(Number(value)));
  return whole.length === 1 ? nanosOf(whole[0], "us") : undefined;
}

const timeNames = new Set(["rt", "request_time", "duration", "time", "rtime", "response_time"]);

function namedSeconds(field: string): number | undefined {
  const equals = field.indexOf("=");
  if (equals < 0 || !timeNames.has(field.slice(0, equals))) return undefined;
  return nanosOf(field.slice(equals + 1).replaceAll('"', ""), "s");
}

/** Digits with one point among them, so no address. */
function isDecimal(value: string): boolean {
  const point = value.indexOf(".");
  return point > 0 && point < value.length - 1 && !Number.isNaN(Number(value));
}
