import Type, { type Static } from "typebox";
import type { ErrorCode } from "../../common/base/errors.ts";
import { SeamarkError } from "../../common/base/errors.ts";

/** Where in the request the problem is; offsets count UTF-16 units of the parameter's value. */
export const Where = Type.Object({
  parameter: Type.String(),
  from: Type.Optional(Type.Integer()),
  to: Type.Optional(Type.Integer()),
  line: Type.Optional(Type.Integer({ description: "1-based, of a body" })),
});
export type Where = Static<typeof Where>;

/** The body of every error answer, `application/problem+json`. Source: RFC 9457. */
export const Problem = Type.Object({
  type: Type.String({ description: "URI whose last part is the code" }),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String({ description: "What is wrong" }),
  hint: Type.Optional(Type.String({ description: "How to mend it" })),
  where: Type.Optional(Where),
});
export type Problem = Static<typeof Problem>;

export const problemType = "application/problem+json";

const known: Readonly<Record<ErrorCode | "internal", { readonly status: number; readonly title: string }>> = {
  bad_config: { status: 500, title: "Bad configuration" },
  bad_request: { status: 400, title: "Bad request" },
  bad_query: { status: 400, title: "Bad query" },
  not_found: { status: 404, title: "Not found" },
  unauthorized: { status: 401, title: "Token needed" },
  forbidden: { status: 403, title: "Forbidden" },
  conflict: { status: 409, title: "Conflict" },
  too_large: { status: 413, title: "Too large" },
  full: { status: 429, title: "Full" },
  timeout: { status: 504, title: "Took too long" },
  cancelled: { status: 499, title: "Cancelled" },
  unavailable: { status: 503, title: "Not available" },
  corrupt: { status: 500, title: "Corrupt" },
  refused: { status: 422, title: "Refused" },
  internal: { status: 500, title: "Internal error" },
};

/** An expected failure of a request that also knows which parameter is to blame. */
export class RequestError extends SeamarkError {
  readonly where: Where | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; where?: Where } = {}) {
    super(code, message, options.hint === undefined ? {} : { hint: options.hint });
    this.where = options.where;
  }
}

/** The answer for anything that was thrown; a bug gives nothing of itself away. */
export function problemOf(error: unknown): Problem {
  if (error instanceof SeamarkError) return seamarkProblem(error);
  const framework = frameworkProblem(error);
  return framework ?? problem("internal", "The aggregator failed on this request; its console says why.");
}

/** Whether it was expected; what was not belongs on the console. */
export function isBug(error: unknown): boolean {
  return !(error instanceof SeamarkError) && frameworkProblem(error) === undefined;
}

function seamarkProblem(error: SeamarkError): Problem {
  const where = error instanceof RequestError ? error.where : undefined;
  return {
    ...problem(error.code, error.message),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(where === undefined ? {} : { where }),
  };
}

/** What the HTTP framework itself refuses, such as a body over the limit. */
function frameworkProblem(error: unknown): Problem | undefined {
  const { statusCode, message } = (error ?? {}) as { statusCode?: unknown; message?: unknown };
  if (typeof statusCode !== "number" || statusCode < 400 || statusCode > 499) return undefined;
  const detail = typeof message === "string" ? message : "The request is malformed.";
  const code = statusCode === 413 ? "too_large" : "bad_request";
  return { ...problem(code, detail), status: statusCode };
}

function problem(code: ErrorCode | "internal", detail: string): Problem {
  const { status, title } = known[code];
  return { type: `https://seamark.dev/problems/${code}`, title, status, detail };
}
