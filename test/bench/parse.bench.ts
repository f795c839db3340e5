import { pathToFileURL } from "node:url";
import { createLineParser } from "../../collector/parse/line-parser.ts";

/**
 * Lines per second and core of the parser, format by format, and beside each the physical limit of the same run:
 * `JSON.parse` of the same lines (of a JSON string of the line where the format is text), and a scan of the same
 * bytes for newlines.
 */
interface Sample {
  readonly format: string;
  readonly line: (index: number) => string;
}

const statuses = [200, 200, 200, 304, 404, 503];
const status = (index: number) => statuses[index % statuses.length]!;
const agent =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36";

const samples: readonly Sample[] = [
  {
    format: "json, pino request",
    line: (index) =>
      `{"level":30,"time":${1_790_000_000_000 + index},"pid":7,"hostname":"shop-api-1","req":{"method":"GET",` +
      `"url":"/api/items/${index}?page=2","remoteAddress":"10.0.0.${index % 250}"},"res":{"statusCode":` +
      `${status(index)}},"responseTime":${index % 90},"msg":"request completed"}`,
  },
  {
    format: "json, plain message",
    line: (index) =>
      `{"time":"2026-11-22T18:00:0${index % 10}.123Z","level":"info","msg":"order ${index} is paid","order":` +
      `{"id":${index},"total":12.5,"currency":"EUR"},"trace_id":"4bf92f3577b34da6a3ce929d0e0e${1000 + (index % 9000)}"}`,
  },
  {
    format: "json, escapes",
    line: (index) =>
      `{"level":50,"time":${1_790_000_000_000 + index},"msg":"could not \\"pay\\"","err":{"type":"PaymentError",` +
      `"message":"declined","stack":"PaymentError: declined\\n    at pay (/app/pay.js:${index}:7)\\n    at main"}}`,
  },
  {
    format: "access, combined + time",
    line: (index) =>
      `10.1.${index % 250}.7 - - [22/Nov/2026:18:00:0${index % 10} +0000] "GET /shop/item-${index}?ref=mail HTTP/1.1" ` +
      `${status(index)} ${1000 + (index % 9000)} "https://shop.test/" "${agent}" 0.0${10 + (index % 90)}`,
  },
  {
    format: "logfmt",
    line: (index) =>
      `time=2026-11-22T18:00:0${index % 10}Z level=info msg="payment accepted" order=${index} amount=12.50 ` +
      `provider=bank duration=12.5ms trace_id=4bf92f3577b34da6`,
  },
  {
    format: "text, log4j",
    line: (index) =>
      `2026-11-22 18:00:0${index % 10},123 [worker-${index % 8}] INFO  com.shop.mail.Sender - sent mail ${index} ` +
      `to the customer in ${index % 90} ms after 1 try`,
  },
  {
    format: "stack trace, frames",
    line: (index) =>
      index % 30 === 0
        ? `java.lang.IllegalStateException: order ${index} is not open`
        : `\tat com.shop.order.OrderService.close(OrderService.java:${index % 900})`,
  },
];

const linesPerFormat = 200_000;

export interface ParseRate {
  readonly format: string;
  readonly bytesPerLine: number;
  readonly linesPerSecond: number;
  readonly withStringify: number;
  readonly jsonParse: number;
  readonly newlineScan: number;
}

export function run(): ParseRate[] {
  const rates = samples.map(measure);
  for (const rate of rates) print(rate);
  return rates;
}

function measure({ format, line }: Sample): ParseRate {
  const lines = Array.from({ length: linesPerFormat }, (_, index) => flat(line(index)));
  const json = lines.map((text) => (text.startsWith("{") ? text : flat(JSON.stringify(text))));
  const bytes = Buffer.from(`${lines.join("\n")}\n`);
  const parser = createLineParser();
  const parse = () => {
    let count = 0;
    for (let index = 0; index < lines.length; index++)
      if (parser.parse(lines[index]!, index, 1_790_000_000_000).fields.message !== "") count++;
    return count;
  };
  const stringify = () => {
    let count = 0;
    for (let index = 0; index < lines.length; index++)
      count += JSON.stringify(parser.parse(lines[index]!, index, 1_790_000_000_000).fields).length;
    return count;
  };
  return {
    format,
    bytesPerLine: Math.round(bytes.length / lines.length),
    linesPerSecond: best(parse),
    withStringify: best(stringify),
    jsonParse: best(() => json.reduce((count, text) => count + (JSON.parse(text) ? 1 : 0), 0)),
    newlineScan: best(() => countNewlines(bytes)),
  };
}

/** A text of its own in memory, as the reader of a container's log makes it. */
function flat(text: string): string {
  return Buffer.from(text).toString();
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}

/** Lines per CPU-second of the best of four rounds, by CPU time, so that a shared machine disturbs less. */
function best(round: () => number): number {
  let rate = 0;
  for (let turn = 0; turn < 4; turn++) {
    const before = process.cpuUsage();
    if (round() === 0) throw new Error("nothing was measured");
    const { user, system } = process.cpuUsage(before);
    rate = Math.max(rate, (linesPerFormat * 1e6) / (user + system));
  }
  return Math.round(rate);
}

function print(rate: ParseRate): void {
  const column = (value: number) => String(value).padStart(10);
  console.log(
    `${rate.format.padEnd(26)} ${String(rate.bytesPerLine).padStart(4)} B${column(rate.linesPerSecond)} lines/s` +
      `${column(rate.withStringify)} with JSON.stringify${column(rate.jsonParse)} JSON.parse` +
      `${column(rate.newlineScan)} newline scan`,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) run();
