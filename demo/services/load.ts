/**
 * The load: real HTTP requests against the edge, about 25 a second, as visitors, crawlers and buyers make them. It
 * counts every answer by status and prints the exact counts as a JSON line every few seconds and when it ends, so
 * that a test can compare them with what Seamark counted.
 */
import { Agent, request as httpRequest } from "node:http";
import { pause } from "./http-service.ts";

const [hostname, port] = (process.env.EDGE ?? "edge:8080").split(":");
const perSecond = Number(process.env.REQUESTS_PER_SECOND ?? 25);
const requestsMax = Number(process.env.REQUESTS_MAX ?? Number.POSITIVE_INFINITY);
const countsEveryMs = 2000;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

const browsers = [
  "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
];
const crawler = "ExampleBot/2.1 (+https://bot.example/about)";
const lost = ["/wp-login.php", "/.env", "/favicon.ico", "/old/catalogue.pdf", "/api/products/P999"];
const statics = ["/", "/assets/app.css", "/assets/app.js", "/assets/logo.svg", "/robots.txt"];

interface Visit {
  readonly method: string;
  readonly path: string;
  readonly agent: string;
  readonly body?: string;
}

const counts = new Map<string, number>();
const etags = new Map<string, string>();
let underWay = 0;
let sent = 0;
let stopping = false;

function pick<T>(values: readonly T[]): T {
  return values[Math.floor(Math.random() * values.length)]!;
}

function nextVisit(): Visit {
  const dice = Math.random();
  if (dice < 0.06) return { method: "GET", path: pick(lost), agent: crawler };
  if (dice < 0.46) return { method: "GET", path: pick(statics), agent: pick(browsers) };
  if (dice < 0.6) return { method: "GET", path: "/api/products", agent: pick(browsers) };
  if (dice < 0.82)
    return {
      method: "GET",
      path: `/api/products/P${100 + Math.floor(Math.random() * 40)}`,
      agent: pick(browsers),
    };
  const total = Math.round(500 + Math.random() * 12_000) / 100;
  return { method: "POST", path: "/api/checkout", agent: pick(browsers), body: JSON.stringify({ total }) };
}

function count(key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function send(visit: Visit): Promise<void> {
  const headers: Record<string, string> = {
    "user-agent": visit.agent,
    "x-demo-client": `203.0.113.${1 + Math.floor(Math.random() * 250)}`,
  };
  // Half of the visitors have been here before and ask whether their copy is still good: 304.
  const etag = etags.get(visit.path);
  if (etag !== undefined && Math.random() < 0.5) headers["if-none-match"] = etag;
  return new Promise((resolve) => {
    const request = httpRequest(
      { hostname, port, agent, method: visit.method, path: visit.path, headers },
      (response) => {
        if (response.headers.etag !== undefined) etags.set(visit.path, response.headers.etag);
        response.resume();
        response.on("end", () => {
          count(String(response.statusCode));
          resolve();
        });
      },
    );
    request.on("error", () => {
      count("failed");
      resolve();
    });
    request.end(visit.body);
  });
}

function printCounts(final: boolean): void {
  const total = [...counts.values()].reduce((sum, value) => sum + value, 0);
  process.stdout.write(`${JSON.stringify({ final, total, underWay, counts: Object.fromEntries(counts) })}\n`);
}

async function run(): Promise<void> {
  const timer = setInterval(() => printCounts(false), countsEveryMs);
  while (!stopping && sent < requestsMax) {
    sent += 1;
    underWay += 1;
    void send(nextVisit()).then(() => {
      underWay -= 1;
    });
    await pause((2 * Math.random() * 1000) / perSecond);
  }
  while (underWay > 0) await pause(20);
  clearInterval(timer);
  printCounts(true);
  process.exit(0);
}

process.on("SIGTERM", () => {
  stopping = true;
});
void run();
