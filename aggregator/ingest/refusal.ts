/** What `accept` answers; the API sends everything but 204 as a problem document. */
export type IngestResult =
  | { readonly status: 204; readonly headers: Readonly<Record<string, string>> }
  | RefusedResult;

export interface RefusedResult {
  /** 400, 413 and 415 can never be taken; 429 and 503 can, later. */
  readonly status: 400 | 413 | 415 | 429 | 503;
  readonly detail: string;
  readonly hint: string;
  /** For the header `retry-after`, seconds. */
  readonly retryAfterS?: number;
  /** Number of the line that is wrong, from 1. */
  readonly line?: number;
}

/** Carries a refusal to the end of `accept`. */
export class Refusal extends Error {
  readonly result: RefusedResult;

  constructor(result: RefusedResult) {
    super(result.detail);
    this.result = result;
  }
}

export function malformed(detail: string, hint: string, line?: number): Refusal {
  return new Refusal({ status: 400, detail, hint, ...(line === undefined ? {} : { line }) });
}

export function tooLarge(detail: string, hint: string): Refusal {
  return new Refusal({ status: 413, detail, hint });
}
