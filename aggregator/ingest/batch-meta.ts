import type { Json, Segment, Spool } from "../../common/spool/spool.ts";

/** Where a batch came from. Origins that are announced again and the aggregator's own rows have no source. */
export interface BatchSource {
  readonly collector: string;
  readonly epoch: string;
  readonly sequence: number;
}

/** What the aggregator keeps with every segment of its spool, beside the summary of its rows. */
export interface BatchMeta {
  readonly source?: BatchSource;
  readonly acceptedNs: bigint;
  /** RFC 3339. */
  readonly watermark?: string;
  /** The source's watermark before this batch: what is complete until it is loaded. */
  readonly watermarkBefore?: string;
  /** Rows that the aggregator itself made to stand for others: no gap stands for them in turn. */
  readonly isGap?: boolean;
}

export function encodeMeta(meta: BatchMeta): Record<string, Json> {
  const { source, acceptedNs, ...rest } = meta;
  return {
    acceptedNs: String(acceptedNs),
    ...(source ? { source: { ...source } } : {}),
    ...rest,
  };
}

export function decodeMeta(meta: Readonly<Record<string, Json>>): BatchMeta {
  const { acceptedNs, ...rest } = meta as unknown as Omit<BatchMeta, "acceptedNs"> & { acceptedNs: string };
  return { ...rest, acceptedNs: BigInt(acceptedNs) };
}

/** The batch's identity in the store. */
export function batchIdOf(spool: Spool, segment: Segment): string {
  const { source } = decodeMeta(segment.meta);
  if (!source) return `aggregator/${spool.epoch}/${segment.sequence}`;
  return `${source.collector}/${source.epoch}/${source.sequence}`;
}

/** What was taken of one collector, durably: the position under `<collector>/<epoch>`. */
export interface CollectorPosition {
  readonly sequence: number;
  readonly watermark?: string;
  readonly host?: string;
  readonly seenMs: number;
}

const key = /^([0-9a-f]{16})\/([0-9a-f]{16})$/;

export function positionKey(collector: string, epoch: string): string {
  return `${collector}/${epoch}`;
}

/** Every collector's position, the one that posted last at the end. */
export function* collectorPositions(positions: ReadonlyMap<string, Json>): Generator<{
  readonly key: string;
  readonly collector: string;
  readonly epoch: string;
  readonly position: CollectorPosition;
}> {
  for (const [name, value] of positions) {
    const match = key.exec(name);
    if (!match) continue;
    const position = value as unknown as CollectorPosition;
    yield { key: name, collector: match[1]!, epoch: match[2]!, position };
  }
}
