/** Every expected failure of Seamark; the union is closed so that callers can decide by code. */
export type ErrorCode =
  | "bad_config"
  | "bad_request"
  | "bad_query"
  | "not_found"
  | "unauthorized"
  | "forbidden"
  | "conflict"
  | "too_large"
  | "full"
  | "timeout"
  | "cancelled"
  | "unavailable"
  | "corrupt"
  | "refused";

/**
 * An expected failure. `message` says what is wrong and where, `hint` how to mend it.
 * A bug is not a SeamarkError: it throws a plain Error and ends the part.
 */
export class SeamarkError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "SeamarkError";
    this.code = code;
    this.hint = options.hint;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Node's error code (`ENOENT`, `ECONNREFUSED`, …) of anything that was thrown, if it has one. */
export function systemCodeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}
