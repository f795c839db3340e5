import type { LineDraft } from "./line-draft.ts";
import { isDigit } from "./line-time.ts";

const methods = new Set(
  (
    "GET POST PUT DELETE PATCH HEAD OPTIONS CONNECT TRACE PROPFIND PROPPATCH MKCOL COPY MOVE LOCK UNLOCK " +
    "REPORT SEARCH PURGE LINK UNLINK BAN MKCALENDAR SUBSCRIBE UNSUBSCRIBE NOTIFY M-SEARCH QUERY PRI"
  ).split(" "),
);

/** The method in capitals; undefined for a word that is none, so that `"method":"getUser"` stays what it is. */
export function methodOf(word: string): string | undefined {
  if (methods.has(word)) return word;
  const upper = word.length <= 16 ? word.toUpperCase() : "";
  return methods.has(upper) ? upper : undefined;
}

/** Sets url.original and its parts: `/path?query`, `http://host/path?query`, `host:443` of a CONNECT, `*`. */
export function setTarget(draft: LineDraft, target: string): boolean {
  if (target === "" || !draft.set("url.original", target)) return false;
  let from = 0;
  if (target.charCodeAt(0) !== 47) {
    const scheme = target.indexOf("://");
    if (scheme < 0 || scheme > 8) return true;
    const slash = endOfAuthority(target, scheme + 3);
    setDomain(draft, target.slice(scheme + 3, slash));
    from = slash;
  }
  const hash = target.indexOf("#", from);
  const end = hash < 0 ? target.length : hash;
  const mark = target.indexOf("?", from);
  const hasQuery = mark >= 0 && mark < end;
  const path = target.slice(from, hasQuery ? mark : end);
  draft.set("url.path", path === "" ? "/" : path);
  if (hasQuery && mark + 1 < end) draft.set("url.query", target.slice(mark + 1, end));
  return true;
}

function endOfAuthority(target: string, from: number): number {
  for (let at = from; at < target.length; at++) {
    const code = target.charCodeAt(at);
    if (code === 47 || code === 63 || code === 35) return at;
  }
  return target.length;
}

/** `GET /path HTTP/1.1`; false, and nothing set, for garbage such as a TLS handshake sent to a plain port. */
export function setRequestLine(draft: LineDraft, request: string): boolean {
  const blank = request.indexOf(" ");
  const word = request.slice(0, blank);
  if (blank <= 0 || !isMethodShape(word)) return false;
  const versionAt = request.lastIndexOf(" HTTP/");
  const target = request.slice(blank + 1, versionAt > blank ? versionAt : request.length);
  if (target === "" || !draft.set("http.request.method", word)) return false;
  setTarget(draft, target);
  if (versionAt > blank) draft.set("http.version", request.slice(versionAt + 6));
  return true;
}

/** Capitals, `-` and `_`: also methods that nobody has heard of, but no handshakes and no prose. */
function isMethodShape(word: string): boolean {
  if (word.length > 20) return false;
  for (let at = 0; at < word.length; at++) {
    const code = word.charCodeAt(at);
    if ((code < 65 || code > 90) && code !== 45 && code !== 95) return false;
  }
  return true;
}

/** `HTTP/1.1`, `1.1`, `h2`, `HTTP/2.0` → `1.1`, `2`; undefined for what is no version. */
export function httpVersionOf(text: string): string | undefined {
  const bare = text.startsWith("HTTP/") ? text.slice(5) : text.startsWith("h") ? text.slice(1) : text;
  if (bare.length > 3 || !isDigit(bare.charCodeAt(0))) return undefined;
  return bare;
}

/** A host without its port and user. */
export function setDomain(draft: LineDraft, authority: string): boolean {
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  const domain = withoutPort(host);
  return domain !== "" && draft.set("url.domain", domain);
}

/** `1.2.3.4:80` → `1.2.3.4`, `[::1]:80` → `::1`, `::1` as it is. */
export function withoutPort(host: string): string {
  if (host.startsWith("[")) {
    const close = host.indexOf("]");
    return close < 0 ? host : host.slice(1, close);
  }
  const colon = host.indexOf(":");
  return colon < 0 || host.indexOf(":", colon + 1) >= 0 ? host : host.slice(0, colon);
}

/** True for what looks like an IPv4 or IPv6 address: not checked further, log lines print what the kernel gave. */
export function isAddress(text: string): boolean {
  if (text.length < 2 || text.length > 45) return false;
  let marks = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 46 || code === 58) marks++;
    else if (!isHex(code)) return code === 37 && marks > 1;
  }
  return text.includes(":") ? marks >= 2 : marks === 3 && isDigit(text.charCodeAt(0));
}

function isHex(code: number): boolean {
  return isDigit(code) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
}
