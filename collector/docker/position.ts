import type { Json } from "../../common/spool/spool.ts";
import type { OpenGroup } from "../parse/parsed-line.ts";

export const streamNames = ["stdout", "stderr"] as const;
export type StreamName = (typeof streamNames)[number];

/** Where the reading of one stream of a container stands. Times are RFC 3339 in UTC with nine digits. */
export interface StreamPosition {
  /** Time of the last frame taken. */
  readonly last: string;
  /** The latest time ever taken: later than `last` after the host's clock stepped back. */
  readonly high: string;
  /** How many frames before the last one of this stream share its time. */
  readonly ordinal: number;
  /** Time of the open line whose newline has not come; its parts are read again. */
  readonly open?: string;
  readonly group?: OpenGroup;
}

/** What is remembered of a container; plain JSON, stored with the lines that it stands for. */
export interface LogPosition {
  readonly version: 1;
  /** The next line's `event.sequence`. */
  readonly next: number;
  /** Where to begin reading again: far enough back that the frames up to the last one fill the replay ring. */
  readonly since?: string;
  /** The last frame taken: its hash, and which one it is of those of its stream that share its time. */
  readonly lastFrame?: { readonly hash: string; readonly ordinal: number };
  /** Hashes of the frames before it, at most eight. */
  readonly recent?: readonly string[];
  readonly stdout?: StreamPosition;
  readonly stderr?: StreamPosition;
  /** `State.StartedAt` and `State.FinishedAt` of the last run whose event rows were given. */
  readonly startedAt?: string;
  readonly finishedAt?: string;
  /** `State.StartedAt` of the last run that was read to its end. */
  readonly readRun?: string;
  /** The log driver cannot be read, and the gap row that says so was given. */
  readonly unreadable?: true;
  /** The engine does not know the container any more, and the event row that says so was given. */
  readonly removed?: true;
}

/** Reads a stored position; undefined when it is none, as when a later version wrote it. */
export function readPosition(stored: Json | undefined): LogPosition | undefined {
  if (typeof stored !== "object" || stored === null || Array.isArray(stored)) return undefined;
  const position = stored as unknown as LogPosition;
  if (position.version !== 1 || !Number.isSafeInteger(position.next)) return undefined;
  return position;
}

/** What is known of a container's runs, beside the lines. */
export type RunMarks = Pick<LogPosition, "startedAt" | "finishedAt" | "readRun" | "unreadable" | "removed">;

export function marksOf(position: LogPosition | undefined): RunMarks {
  if (!position) return {};
  const { startedAt, finishedAt, readRun, unreadable, removed } = position;
  return {
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(readRun === undefined ? {} : { readRun }),
    ...(unreadable === undefined ? {} : { unreadable }),
    ...(removed === undefined ? {} : { removed }),
  };
}
