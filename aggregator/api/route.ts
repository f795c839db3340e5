import type { IncomingHttpHeaders } from "node:http";
import type { Static, TObject, TSchema } from "typebox";
import type { Need } from "./guard.ts";

/** One request as a handler sees it: validated, with defaults filled in. */
export interface Call<Query = unknown, Params = unknown> {
  readonly query: Query;
  readonly params: Params;
  readonly headers: IncomingHttpHeaders;
  /** Of routes that take NDJSON; else empty. */
  readonly body: Buffer;
  /** The request carried a valid token. */
  readonly trusted: boolean;
  /** Aborts when the client disconnects. */
  readonly signal: AbortSignal;
  /** Sets the status of the answer when it is not the route's first one. */
  status(status: number): void;
  header(name: string, value: string): void;
}

export interface Answer {
  readonly description: string;
  /** Absent: no body. */
  readonly schema?: TSchema;
  /** Default `application/json`. */
  readonly contentType?: string;
}

/**
 * One row of the route table. The HTTP server registers from it, requests are validated by its schemas, and the
 * OpenAPI document is printed from it, so the three cannot part.
 */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  /** OpenAPI's form: `/dead-letters/{id}`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly need: Need;
  readonly query?: TObject;
  readonly params?: TObject;
  /** Header name → what it is, for the document; the handler checks them. */
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly required: boolean }>>;
  /** The largest NDJSON body in bytes as sent; absent: no body. */
  readonly bodyBytesMax?: number;
  /** The answers that are not problems, by status; the first is the usual one. */
  readonly answers: Readonly<Record<number, Answer>>;
  readonly handle: (call: Call) => Promise<unknown> | unknown;
}

interface TypedRoute<Q extends TObject, P extends TObject>
  extends Omit<Route, "handle" | "query" | "params"> {
  readonly query?: Q;
  readonly params?: P;
  readonly handle: (call: Call<Static<Q>, Static<P>>) => Promise<unknown> | unknown;
}

/** A route whose handler gets the types of its own schemas. */
export function route<Q extends TObject, P extends TObject>(typed: TypedRoute<Q, P>): Route {
  // The server validates with these very schemas before it calls the handler.
  return typed as unknown as Route;
}

export const apiPrefix = "/api/v1";
