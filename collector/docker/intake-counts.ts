/** What was counted since the container's intake was made. */
export interface IntakeCounts {
  lines: number;
  bytes: number;
  /** Frames that the daemon sent again inside a live stream. */
  repeated: number;
  /** Frames passed over after a reconnect. */
  passed: number;
  truncated: number;
  gaps: number;
  /** Frames without a time, which took the time of the one before. */
  unstamped: number;
}

export function noCounts(): IntakeCounts {
  return { lines: 0, bytes: 0, repeated: 0, passed: 0, truncated: 0, gaps: 0, unstamped: 0 };
}

/** What was counted since `before`. */
export function countsSince(now: IntakeCounts, before: IntakeCounts): IntakeCounts {
  const out = { ...now };
  for (const key of Object.keys(before) as (keyof IntakeCounts)[]) out[key] -= before[key];
  return out;
}
