import { messageOf, SeamarkError, systemCodeOf } from "../../common/base/errors.ts";
import type { PostAnswer } from "./http-post.ts";

/** What a post came to. */
export type Outcome =
  /** Durable on the other side. */
  | { readonly kind: "acknowledged" }
  /** The aggregator says that this segment can never be taken. */
  | { readonly kind: "refused"; readonly reason: string }
  /** The same again later; `other` when another aggregator may do better. */
  | {
      readonly kind: "retry";
      readonly reason: RetryReason;
      readonly error: string;
      readonly other: boolean;
      readonly afterMs?: number;
    };

export type RetryReason =
  | "connection"
  | "timeout"
  | "busy"
  | "server"
  | "unauthorized"
  | "unexpected"
  | "disk";

/** A server may ask for patience, but not for more than this. */
const retryAfterMsMax = 60_000;

/**
 * Only a 204 acknowledges: a proxy's or a captive portal's 200 does not. And only the aggregator's own problem
 * document refuses for good, because what is refused is given up: a foreign server's 400 or 413 is tried again.
 */
export function outcomeOf(answer: PostAnswer): Outcome {
  const { status } = answer;
  if (status === 204) return { kind: "acknowledged" };
  const detail = detailOf(answer);
  const isOwn = (answer.headers["content-type"] ?? "").startsWith("application/problem+json");
  if ((status === 400 || status === 413) && isOwn) return { kind: "refused", reason: detail };
  const afterMs = retryAfterMs(answer.headers["retry-after"]);
  const after = afterMs === undefined ? {} : { afterMs };
  const error = `${status}: ${detail}`;
  const retry = (reason: RetryReason): Outcome => ({ kind: "retry", reason, error, other: false, ...after });
  if (status === 429) return retry("busy");
  if (status === 401 || status === 403) return retry("unauthorized");
  if (status >= 500) return retry("server");
  return retry("unexpected");
}

export function outcomeOfError(error: unknown): Outcome {
  const isTimeout = error instanceof SeamarkError && error.code === "timeout";
  const code = systemCodeOf(error);
  const message = messageOf(error) || code || "the connection failed";
  return { kind: "retry", reason: isTimeout ? "timeout" : "connection", error: message, other: true };
}

function detailOf(answer: PostAnswer): string {
  try {
    const problem = JSON.parse(answer.text) as { detail?: unknown } | null;
    if (typeof problem?.detail === "string") return problem.detail.slice(0, 500);
  } catch {
    // Not a problem document: the text itself says what it can.
  }
  return answer.text.replace(/\s+/g, " ").trim().slice(0, 200) || "no reason given";
}

/** Only seconds: the aggregator sends no dates. */
function retryAfterMs(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,6}(\.\d+)?$/.test(text)) return undefined;
  return Math.min(Number(text) * 1000, retryAfterMsMax);
}
