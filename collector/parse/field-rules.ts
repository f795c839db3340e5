import type { LineDraft, Rule } from "./line-draft.ts";
import {
  httpVersionOf,
  isAddress,
  methodOf,
  setDomain,
  setRequestLine,
  setTarget,
  withoutPort,
} from "./request-parts.ts";
import { levelOfSeverityNumber, severityOfNumber, severityOfWord } from "./severity.ts";
import { nanosOf, type SpanUnit } from "./span.ts";

type TextName =
  | "log.logger"
  | "error.type"
  | "error.message"
  | "error.stack_trace"
  | "http.request.referrer"
  | "user_agent.original"
  | "url.path"
  | "url.query";

/** A text as it is. A number, an object or nothing is of the wrong type and stays in `attrs`. */
const text =
  (field: TextName): Rule =>
  (draft, value) =>
    typeof value === "string" && value !== "" && draft.set(field, value);

/** An id: numbers are taken as their text, because ids are often 64-bit numbers. */
const id =
  (field: "trace.id" | "span.id"): Rule =>
  (draft, value) => {
    if (typeof value === "number" && value > 0) return draft.set(field, String(value));
    return typeof value === "string" && value !== "" && draft.set(field, value);
  };

const message: Rule = (draft, value) => {
  if (typeof value !== "string" || value === "" || draft.fields.message !== "") return false;
  draft.fields.message = value;
  return true;
};

const level: Rule = (draft, value, name) => {
  const severity = severityOf(value);
  if (severity === undefined || draft.fields["log.level"] !== undefined) return false;
  draft.fields["log.level"] = severity.level;
  if (!severity.isExact) draft.attribute(name, value);
  return true;
};

function severityOf(value: unknown) {
  if (typeof value === "number") return severityOfNumber(value);
  if (typeof value !== "string") return undefined;
  const code = value.charCodeAt(0);
  return code >= 48 && code <= 57 && value.length <= 3
    ? severityOfNumber(Number(value))
    : severityOfWord(value);
}

const severityNumber: Rule = (draft, value) => {
  const found = typeof value === "number" ? levelOfSeverityNumber(value) : undefined;
  return found !== undefined && draft.set("log.level", found);
};

/** MongoDB prints one letter. */
const severityLetter: Rule = (draft, value) => {
  if (typeof value !== "string" || value.length > 2) return false;
  const found = ({ F: "fatal", E: "error", W: "warn", I: "info", D: "debug" } as const)[value.charAt(0)];
  return found !== undefined && draft.set("log.level", found);
};

const time: Rule = (draft, value) => {
  if (draft.fields["event.created"] !== undefined) return false;
  const found = timeOf(draft, value);
  if (found === undefined) return false;
  draft.fields["event.created"] = found;
  return true;
};

function timeOf(draft: LineDraft, value: unknown): string | undefined {
  if (typeof value === "number") {
    if (value < 1e11 && !Number.isInteger(value)) draft.timeInSeconds = true;
    return draft.time.epoch(value);
  }
  if (typeof value !== "string" || value.length > 40) return undefined;
  const { time: reader, timeMs } = draft;
  const found = reader.iso(value, 0, timeMs) ?? reader.clf(value, 0, timeMs);
  if (found !== undefined) return reader.end === value.length ? found : undefined;
  return reader.epoch(value);
}

const span =
  (unit: SpanUnit): Rule =>
  (draft, value) => {
    const nanos = nanosOf(value, unit);
    return nanos !== undefined && draft.set("event.duration", nanos);
  };

/**
 * `duration`, `latency`, `elapsed` without a unit: seconds where the line prints its own time as float seconds (zap,
 * Caddy), else milliseconds (Envoy, Node). The unit is a guess, so the printed value is kept in `attrs` as well.
 */
const spanOfGuessedUnit: Rule = (draft, value, name) => draft.defer("always", settleGuessedSpan, name, value);

const settleGuessedSpan: Rule = (draft, value, name) => {
  const nanos = nanosOf(value, draft.timeInSeconds ? "s" : "ms");
  if (nanos === undefined || !draft.set("event.duration", nanos)) return false;
  const saysUnit = typeof value === "string" && Number.isNaN(Number(value));
  if (!saysUnit) draft.attribute(name, value);
  return true;
};

const method: Rule = (draft, value) => {
  const found = typeof value === "string" ? methodOf(value) : undefined;
  return found !== undefined && draft.set("http.request.method", found);
};

/** A whole number, or its text. */
function wholeNumber(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && value !== "" && value.length <= 15 ? Number(value) : Number.NaN;
}

const status: Rule = (draft, value) => {
  const code = wholeNumber(value);
  if (!(Number.isInteger(code) && code >= 100 && code < 600)) return false;
  return draft.set("http.response.status_code", code);
};

const bytes: Rule = (draft, value) => {
  const size = wholeNumber(value);
  return Number.isSafeInteger(size) && size >= 0 && draft.set("http.response.body.bytes", size);
};

const target: Rule = (draft, value) => typeof value === "string" && setTarget(draft, value);
const domain: Rule = (draft, value) => typeof value === "string" && setDomain(draft, value);
const requestLine: Rule = (draft, value) => typeof value === "string" && setRequestLine(draft, value);

const version: Rule = (draft, value) => {
  const found = typeof value === "string" ? httpVersionOf(value) : undefined;
  return found !== undefined && draft.set("http.version", found);
};

const address: Rule = (draft, value) => {
  if (typeof value !== "string") return false;
  const bare = withoutPort(value);
  return isAddress(bare) && draft.set("source.ip", bare);
};

/** pino and bunyan print `pid` and `hostname`: then `name` is the logger's. */
const loggerMark: Rule = (draft) => {
  draft.fromLogger = true;
  return false;
};

const levelAndMark: Rule = (draft, value, name) => {
  draft.fromLogger = true;
  return level(draft, value, name);
};

/** Serilog's compact format leaves the level out where it is Information. */
const serilogTime: Rule = (draft, value, name) => {
  draft.levelDefault = "info";
  return time(draft, value, name);
};

const traefikSpan: Rule = (draft, value, name) =>
  typeof value === "number" && draft.fields["http.response.status_code"] !== undefined
    ? span("ns")(draft, value, name)
    : settleGuessedSpan(draft, value, name);

/** An exception as one text: its first line may tell type and message. */
const exceptionText: Rule = (draft, value) => {
  if (typeof value !== "string" || value === "") return false;
  return value.includes("\n") ? draft.set("error.stack_trace", value) : draft.set("error.message", value);
};

/** A text of several lines: `"stack":"production"` is none. */
const stackText: Rule = (draft, value) =>
  typeof value === "string" && value.includes("\n") && draft.set("error.stack_trace", value);

const inRequest =
  (rule: Rule): Rule =>
  (draft, value, name) =>
    draft.defer("request", rule, name, value);
const fromLogger =
  (rule: Rule): Rule =>
  (draft, value, name) =>
    draft.defer("logger", rule, name, value);
const atTheEnd =
  (rule: Rule): Rule =>
  (draft, value, name) =>
    draft.defer("always", rule, name, value);

/** Rule by rule the names that stand for it: those of the libraries, and the dictionary's own. */
const names: readonly (readonly [Rule, string])[] = [
  [message, "msg message Message Msg @message @m MESSAGE"],
  [atTheEnd(message), "log event text body Body short_message @mt textPayload"],
  [
    level,
    "level Level LEVEL lvl severity Severity log.level loglevel logLevel LogLevel log_level @l @level " +
      "severity_text severityText SeverityText error_severity",
  ],
  [levelAndMark, "levelname level_name"],
  [severityNumber, "severity_number severityNumber SeverityNumber"],
  [severityLetter, "s"],
  [
    time,
    "time timestamp ts @timestamp Time Timestamp TimeStamp date datetime asctime eventTime event_time " +
      "event.created time_local time_iso8601 msec start_time StartUTC t t.$date",
  ],
  [serilogTime, "@t"],
  [
    text("log.logger"),
    "logger logger_name loggerName log.logger logger.name SourceContext Category @module " +
      "Properties.SourceContext",
  ],
  [fromLogger(text("log.logger")), "name channel"],
  [loggerMark, "pid hostname"],
  [text("error.type"), "error.type err.type err.name error.name exception.type exception.class error.kind"],
  [text("error.type"), "exception.exception_class exceptionType error_type exc_type"],
  [text("error.message"), "error.message err.message exception.message exception.exception_message"],
  [text("error.message"), "error_message errorMessage err_msg"],
  [exceptionText, "error err exception Exception exc_info @x @exception thrown"],
  [text("error.stack_trace"), "error.stack_trace err.stack error.stack exception.stacktrace exception.stack"],
  [stackText, "stack stack_trace stackTrace stacktrace errorVerbose traceback StackTrace"],
  [
    id("trace.id"),
    "trace.id trace_id traceId traceID TraceId TraceID traceid dd.trace_id otelTraceID otel.trace_id @tr",
  ],
  [
    id("span.id"),
    "span.id span_id spanId spanID SpanId SpanID spanid dd.span_id otelSpanID otel.span_id @sp",
  ],
  [
    method,
    "http.request.method method http_method httpMethod request_method requestMethod RequestMethod req.method " +
      "request.method http.method verb httpRequest.requestMethod",
  ],
  [
    status,
    "http.response.status_code http.status_code status statusCode status_code StatusCode http_status " +
      "httpStatus res.statusCode response.status response.statusCode res.status DownstreamStatus " +
      "response_code httpRequest.status http.status",
  ],
  [
    bytes,
    "http.response.body.bytes http.response.bytes body_bytes_sent bytes_sent bytesSent response_size " +
      "responseSize response_bytes res.contentLength res.headers.content-length DownstreamContentSize " +
      "httpRequest.responseSize",
  ],
  [inRequest(bytes), "bytes size length content_length contentLength"],
  [
    target,
    "url.original req.url request.url request.uri request_uri requestUri RequestPath req.originalUrl " +
      "http.url http.target httpRequest.requestUrl originalUrl",
  ],
  [
    inRequest(target),
    "path uri url target endpoint request_path requestPath req.path request.path http.path",
  ],
  [text("url.path"), "url.path"],
  [text("url.query"), "url.query"],
  [domain, "url.domain request.host req.headers.host http_host httpHost RequestHost http.host"],
  [inRequest(domain), "host domain vhost server_name"],
  [requestLine, "request request_line"],
  [version, "http.version server_protocol request.proto RequestProtocol httpVersion httpRequest.protocol"],
  [inRequest(version), "protocol proto"],
  [
    address,
    "source.ip client.ip client_ip clientIp clientIP remote_addr remoteAddr remote_address remoteAddress " +
      "remote_ip remoteIp req.remoteAddress req.ip request.remote_ip request.client_ip ClientHost " +
      "httpRequest.remoteIp source.address client.address ip",
  ],
  [inRequest(address), "client remote peer address"],
  [
    text("http.request.referrer"),
    "http.request.referrer http_referrer http_referer referrer referer req.headers.referer " +
      "request_Referer httpRequest.referer",
  ],
  [
    text("user_agent.original"),
    "user_agent.original user_agent userAgent user-agent http_user_agent req.headers.user-agent " +
      "request_User-Agent httpRequest.userAgent useragent ua",
  ],
  [span("ns"), "event.duration duration_ns durationNs elapsed_ns latency_ns"],
  [span("us"), "duration_us durationUs elapsed_us latency_us request_time_us duration_micros"],
  [
    span("ms"),
    "duration_ms durationMs elapsed_ms elapsedMs latency_ms latencyMs took_ms response_time_ms responseTime " +
      "responseTimeMs request_time_ms duration_millis time_ms elapsedMilliseconds ElapsedMilliseconds Elapsed",
  ],
  [
    span("s"),
    "request_time duration_s duration_sec duration_seconds durationSeconds elapsed_seconds elapsed_s " +
      "latency_s latency_seconds httpRequest.latency",
  ],
  [spanOfGuessedUnit, "duration latency elapsed took response_time elapsed_time time_taken"],
  [atTheEnd(traefikSpan), "Duration"],
];

const ruleOf = new Map<string, Rule>();
for (const [rule, list] of names) for (const name of list.split(" ")) ruleOf.set(name, rule);

/** The rule of a (dotted) name that lines print; undefined for a name that means nothing to the dictionary. */
export function ruleOfName(name: string): Rule | undefined {
  return ruleOf.get(name);
}
