import type { GapReason, LogRow } from "../../common/wire/row.ts";

/** A row that is not a line: an event or a gap. */
export type NoteRow = Omit<LogRow, "origin.id" | "event.sequence">;

/** A row that stands for lines that are lost; undefined when no time is known. */
export function gapRow(
  reason: GapReason,
  start: string | undefined,
  end: string | undefined,
): NoteRow | undefined {
  const time = start ?? end;
  if (time === undefined) return undefined;
  return {
    "@timestamp": time,
    message: gapMessages[reason] ?? `Lines are missing: ${reason}`,
    "event.kind": "gap",
    "event.reason": reason,
    ...(start === undefined ? {} : { "event.start": start }),
    ...(end === undefined ? {} : { "event.end": end }),
  };
}

const gapMessages: Partial<Record<GapReason, string>> = {
  rotated_away: "Lines are missing: Docker rotated the log away before it was read",
  removed_before_read: "Lines are missing: the container was removed before its log was read",
  unreadable_driver: "The log of this container cannot be read: its log driver does not give lines back",
};
