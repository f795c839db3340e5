import { WebSocket } from "ws";
import type { JoinedRow } from "../../common/wire/row.ts";
import type { Cluster } from "./parts.ts";
import { until } from "./parts.ts";

const pageRowsMax = 10_000;
/** A count reads every row: asked too often it would take the store's time from the rows that it waits for. */
const countEveryMs = 400;

/** The JSON at a path of the API. */
export async function get<T>(cluster: Cluster, path: string): Promise<T> {
  const response = await fetch(`${cluster.url}/api/v1${path}`);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** The lines of an app, without what is told about it: gaps and events of its containers. */
export function linesOf(app: string): string {
  return `app:${app} -event.kind:*`;
}

/** How many rows match; 0 also while the aggregator is being started again. */
export async function countRows(cluster: Cluster, query: string): Promise<number> {
  const path = `/logs?query=${encodeURIComponent(`${query} | count`)}&from=now-1h`;
  const answer = await get<{ groups: { count: number }[] }>(cluster, path).catch(() => undefined);
  return answer?.groups[0]?.count ?? 0;
}

/** Every row that matches, oldest first. */
export async function allRows(cluster: Cluster, query: string): Promise<JoinedRow[]> {
  const base = `/logs?query=${encodeURIComponent(query)}&order=asc&limit=${pageRowsMax}`;
  interface Page {
    rows: JoinedRow[];
    cursor: string | null;
    from: string;
    to: string;
  }
  let page = await get<Page>(cluster, `${base}&from=now-1h`);
  const { from, to } = page;
  const rows = page.rows;
  while (page.cursor !== null) {
    page = await get<Page>(
      cluster,
      `${base}&from=${from}&to=${to}&cursor=${encodeURIComponent(page.cursor)}`,
    );
    rows.push(...page.rows);
  }
  return rows;
}

/** Waits until at least so many rows are stored. */
export async function waitForRows(
  cluster: Cluster,
  query: string,
  count: number,
  maxMs: number,
): Promise<void> {
  let found = 0;
  const said = (): string =>
    [cluster.aggregator, ...cluster.collectors].map((part) => part.output).join("\n--\n");
  await until(
    `${count} rows of ${query}`,
    async () => {
      found = await countRows(cluster, query);
      return found >= count;
    },
    maxMs,
    () => `found ${found}\n${said()}`,
    countEveryMs,
  );
}

/** The numbers of `line N …`, in the order of the rows. */
export function numbersOf(rows: readonly JoinedRow[]): number[] {
  return rows.map(({ message }) => Number(/^line (\d+)/.exec(message)?.[1]));
}

export interface Tally {
  readonly missing: number;
  readonly repeated: number;
  readonly outOfOrder: number;
}

/** Compares the numbers of one stream with 1…count: what is missing, what came twice, what came too early. */
export function tally(numbers: readonly number[], count: number): Tally {
  const seen = new Set(numbers);
  let missing = 0;
  for (let i = 1; i <= count; i++) if (!seen.has(i)) missing += 1;
  const outOfOrder = numbers.filter((number, i) => i > 0 && number < numbers[i - 1]!).length;
  return { missing, repeated: numbers.length - seen.size, outOfOrder };
}

export const exactly: Tally = { missing: 0, repeated: 0, outOfOrder: 0 };

/** Rows by event.sequence, which is the order in which the lines were read. */
export function inOrder(rows: readonly JoinedRow[]): JoinedRow[] {
  return [...rows].sort((a, b) => a["event.sequence"] - b["event.sequence"]);
}

/** A live tail that keeps what it gets. */
export async function openTail(
  cluster: Cluster,
  query: string,
): Promise<{ rows: JoinedRow[]; close: () => void }> {
  const url = `${cluster.url.replace("http", "ws")}/api/v1/logs/tail?query=${encodeURIComponent(query)}`;
  const socket = new WebSocket(url);
  const rows: JoinedRow[] = [];
  socket.on("message", (data) => {
    const message: unknown = JSON.parse(String(data));
    if (Array.isArray(message)) rows.push(...(message as JoinedRow[]));
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  return { rows, close: () => socket.terminate() };
}
