/** What event rows told of a container run. Times are nanoseconds since the epoch, as text: JSON keeps them whole. */
export interface ContainerState {
  readonly state: "running" | "exited" | "removed" | "unknown";
  readonly startedNs?: string;
  readonly finishedNs?: string;
  readonly exitCode?: number;
  readonly oomKilled?: boolean;
  readonly starts: number;
  /** The last event that was applied: events up to it change nothing, so a batch can be applied again. */
  readonly appliedNs: string;
  readonly appliedSequence: number;
}

export interface ContainerEvent {
  readonly timeNs: bigint;
  readonly sequence: number;
  readonly action: string;
  readonly exitCode: number | undefined;
}

export const unknownState: ContainerState = {
  state: "unknown",
  starts: 0,
  appliedNs: "0",
  appliedSequence: -1,
};

/** The state after one more event row; events come in the order of time within an origin. */
export function afterEvent(before: ContainerState, event: ContainerEvent): ContainerState {
  const appliedNs = BigInt(before.appliedNs);
  const known =
    event.timeNs < appliedNs || (event.timeNs === appliedNs && event.sequence <= before.appliedSequence);
  if (known) return before;
  const after = { ...before, appliedNs: String(event.timeNs), appliedSequence: event.sequence };
  const at = String(event.timeNs);
  switch (event.action) {
    case "start":
      return {
        state: "running",
        starts: before.starts + 1,
        startedNs: at,
        appliedNs: after.appliedNs,
        appliedSequence: after.appliedSequence,
      };
    case "oom":
      return { ...after, oomKilled: true };
    case "die":
      return {
        ...after,
        state: before.state === "removed" ? "removed" : "exited",
        finishedNs: at,
        ...(event.exitCode === undefined ? {} : { exitCode: event.exitCode }),
      };
    case "destroy":
      return { ...after, state: "removed" };
    default:
      return after;
  }
}

/** The exit code that a `die` row states as its attribute `exitCode`. */
export function exitCodeOf(attrs: unknown): number | undefined {
  const code = (attrs as { readonly exitCode?: unknown } | null)?.exitCode;
  return typeof code === "number" && Number.isInteger(code) ? code : undefined;
}
