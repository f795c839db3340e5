import { ingestHeaders, ingestLimits, type SegmentKind, segmentKinds } from "../../common/wire/ingest.ts";
import type { IngestResult } from "../ingest/ingest.ts";
import type { ApiParts } from "./parts.ts";
import type { Problem } from "./problem.ts";
import { type Call, type Route, route } from "./route.ts";

/** Posts that are handled at once; each may hold its body and what it decompresses to. */
export const postsMax = 32;

const headers = {
  "content-encoding": { description: "zstd or gzip", required: false },
  [ingestHeaders.collector]: { description: "Stable id of the collector, 16 hex digits", required: true },
  [ingestHeaders.epoch]: { description: "Made with the spool folder", required: true },
  [ingestHeaders.sequence]: { description: "Rises by one per segment within an epoch", required: true },
  [ingestHeaders.watermark]: {
    description: "RFC 3339: everything read up to this time is in this or an earlier segment",
    required: false,
  },
  [ingestHeaders.status]: {
    description: "The collector's status as JSON, percent-encoded",
    required: false,
  },
};

export function ingestRoutes(parts: Pick<ApiParts, "ingest" | "metrics">): readonly Route[] {
  const refused = parts.metrics.counter(
    "seamark_api_ingest_refused_total",
    "Posts of collectors that were refused",
  );
  refused.add(0);
  let posts = 0;
  return segmentKinds.map((kind) =>
    route({
      method: "POST",
      path: `/ingest/${kind}`,
      tag: "ingest",
      need: "change",
      summary: `Takes a segment of ${kind} (NDJSON)`,
      description:
        "204 means durable. An empty body under the last sequence moves watermark and status only.",
      bodyBytesMax: ingestLimits.compressedBytesMax,
      headers,
      answers: { 204: { description: "On disk, or seen before" } },
      handle: async (call) => {
        posts += 1;
        try {
          const result = posts > postsMax ? busy : await accept(parts, kind, call);
          if (result.status !== 204) refused.add(1);
          return answer(call, result);
        } finally {
          posts -= 1;
        }
      },
    }),
  );
}

const busy: IngestResult = {
  status: 429,
  detail: `${postsMax} posts are being taken already.`,
  hint: "Wait and post it again",
  retryAfterS: 1,
};

function accept({ ingest }: Pick<ApiParts, "ingest">, kind: SegmentKind, call: Call): Promise<IngestResult> {
  const encoding = call.headers["content-encoding"];
  return ingest.accept({ kind, headers: call.headers, body: call.body, encoding });
}

const titles = {
  400: "Malformed segment",
  413: "Too large",
  415: "Encoding not known",
  429: "Full",
  503: "Not available",
} as const;

function answer(call: Call, result: IngestResult): Problem | undefined {
  call.status(result.status);
  if (result.status === 204) {
    for (const [name, value] of Object.entries(result.headers)) call.header(name, value);
    return undefined;
  }
  if (result.retryAfterS !== undefined) call.header("retry-after", String(result.retryAfterS));
  call.header("content-type", "application/problem+json");
  return {
    type: "https://seamark.dev/problems/ingest",
    title: titles[result.status],
    status: result.status,
    detail: result.detail,
    hint: result.hint,
    ...(result.line === undefined ? {} : { where: { parameter: "body", line: result.line } }),
  };
}
