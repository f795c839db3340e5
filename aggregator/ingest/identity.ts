import Value from "typebox/value";
import { parseNanos } from "../../common/base/nanotime.ts";
import { CollectorStatus } from "../../common/wire/collector-status.ts";
import { ingestHeaders, type SegmentKind } from "../../common/wire/ingest.ts";
import { malformed } from "./refusal.ts";

export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Who posts what, from the headers. */
export interface Identity {
  readonly collector: string;
  readonly epoch: string;
  /** Absent only where origins are announced again. */
  readonly sequence?: number;
  readonly watermark?: string;
  readonly status?: CollectorStatus;
}

const statusCharactersMax = 4 * 1024;

/** Throws a Refusal that names the header. A status that cannot be read is left out: no row is refused for it. */
export function readIdentity(headers: Headers, kind: SegmentKind, isEmpty: boolean): Identity {
  const collector = hexOf(headers, ingestHeaders.collector);
  const epoch = hexOf(headers, ingestHeaders.epoch);
  const sequence = sequenceOf(headers, kind, isEmpty);
  const watermark = headers[ingestHeaders.watermark];
  if (watermark !== undefined && (typeof watermark !== "string" || parseNanos(watermark) === undefined)) {
    throw malformed(`header ${ingestHeaders.watermark} is not a time`, "send RFC 3339, or leave it out");
  }
  const status = statusOf(headers[ingestHeaders.status]);
  return {
    collector,
    epoch,
    ...(sequence === undefined ? {} : { sequence }),
    ...(watermark === undefined ? {} : { watermark }),
    ...(status === undefined ? {} : { status }),
  };
}

function hexOf(headers: Headers, name: string): string {
  const value = headers[name];
  if (typeof value === "string" && /^[0-9a-f]{16}$/.test(value)) return value;
  throw malformed(
    `header ${name} must be 16 hex digits`,
    "every post says which collector and epoch it is of",
  );
}

function sequenceOf(headers: Headers, kind: SegmentKind, isEmpty: boolean): number | undefined {
  const value = headers[ingestHeaders.sequence];
  if (value === undefined && kind === "origins" && !isEmpty) return undefined;
  const number = typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isSafeInteger(number) && number >= (isEmpty ? 0 : 1)) return number;
  throw malformed(
    `header ${ingestHeaders.sequence} must be an integer of at least 1`,
    "it rises by one per segment within an epoch",
  );
}

function statusOf(value: string | readonly string[] | undefined): CollectorStatus | undefined {
  if (typeof value !== "string" || value.length > statusCharactersMax) return undefined;
  try {
    const status: unknown = JSON.parse(decodeURIComponent(value));
    return Value.Check(CollectorStatus, status) ? status : undefined;
  } catch {
    return undefined;
  }
}
