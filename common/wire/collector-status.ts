import Type, { type Static } from "typebox";

/**
 * What a collector says of itself with every post. A collector with nothing to send posts an empty body under the
 * last sequence that was acknowledged, once a second: it is not stored, but moves the watermark and the status.
 */
export const CollectorStatus = Type.Object({
  host: Type.String(),
  docker: Type.Object({
    state: Type.Union([Type.Literal("connected"), Type.Literal("waiting")]),
    socket: Type.String(),
    /** Since when, RFC 3339. */
    since: Type.String(),
    /** Engine version when connected. */
    version: Type.Optional(Type.String()),
    /** Why not, when waiting. */
    error: Type.Optional(Type.String()),
  }),
  /** Containers whose log is being read. */
  containers: Type.Integer(),
  /** Milliseconds between a line's time and its reading, worst container. */
  lagMs: Type.Number(),
  spoolBytes: Type.Integer(),
  /** Lines known to be lost since the collector's state folder was made. */
  lostLines: Type.Integer(),
});
export type CollectorStatus = Static<typeof CollectorStatus>;
