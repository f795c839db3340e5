/** The shop's API. Logs JSON as pino does: numeric levels, `req` and `res`, `responseTime` in milliseconds. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { hostname } from "node:os";
import { answer, hex, pause, readJson, serve, workMs } from "./http-service.ts";

const payment = `http://${process.env.PAYMENT ?? "payment:8080"}`;
const levels = { debug: 20, info: 30, warn: 40, error: 50 };
const products = Array.from({ length: 40 }, (_, i) => ({ sku: `P${100 + i}`, price: 5 + ((i * 37) % 90) }));

function log(level: keyof typeof levels, msg: string, fields: Record<string, unknown>): void {
  const head = {
    level: levels[level],
    time: Date.now(),
    pid: process.pid,
    hostname: hostname(),
    name: "shop-api",
  };
  process.stdout.write(`${JSON.stringify({ ...head, ...fields, msg })}\n`);
}

/** Why an answer failed; told in the one line of its request, as pino-http does. */
const failures = new WeakMap<ServerResponse, Error & { code?: string }>();

function errorFields(response: ServerResponse): Record<string, unknown> {
  const error = failures.get(response);
  if (error === undefined) return {};
  return { err: { type: error.name, message: error.message, code: error.code, stack: error.stack } };
}

class PaymentError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "PaymentError";
    this.status = status;
    this.code = code;
  }
}

async function charge(order: string, total: number, traceId: string): Promise<void> {
  const response = await fetch(`${payment}/charge`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-trace-id": traceId },
    body: JSON.stringify({ order, total }),
    signal: AbortSignal.timeout(5000),
  });
  const body = (await response.json()) as { code?: string; detail?: string };
  if (response.ok) return;
  // A pool that is full may have room soon (503); a charge that broke half-way is our fault (500).
  const status = response.status === 503 ? 503 : 500;
  throw new PaymentError(status, body.code ?? "charge_failed", `payment: ${body.detail ?? response.status}`);
}

async function checkout(request: IncomingMessage, response: ServerResponse, traceId: string): Promise<void> {
  const body = await readJson(request);
  const order = `o-${hex(4)}`;
  const total = Number(body.total ?? 20);
  await pause(workMs(15));
  try {
    await charge(order, total, traceId);
  } catch (error) {
    const status = error instanceof PaymentError ? error.status : 500;
    failures.set(response, error as Error);
    answer(response, status, { error: "checkout failed", order });
    return;
  }
  log("info", "order placed", { trace_id: traceId, order: { id: order, total } });
  answer(response, 200, { order });
}

async function route(request: IncomingMessage, response: ServerResponse, traceId: string): Promise<void> {
  const path = new URL(request.url ?? "/", "http://api").pathname;
  const [, , what, id] = path.split("/");
  if (request.method === "POST" && what === "checkout") return await checkout(request, response, traceId);
  await pause(workMs(6));
  if (what === "products" && id === undefined) return answer(response, 200, products);
  const product = what === "products" ? products.find(({ sku }) => sku === id) : undefined;
  if (product === undefined) {
    log("debug", "no such product", { trace_id: traceId, sku: id });
    return answer(response, 404, { error: "not found" });
  }
  answer(response, 200, product);
}

serve(
  async (request, response) => {
    if (request.url === "/healthz") return answer(response, 200, { ok: true });
    const startedMs = performance.now();
    const traceId = String(request.headers["x-trace-id"] ?? hex(16));
    response.on("close", () => {
      const responseTime = Math.round((performance.now() - startedMs) * 10) / 10;
      const level = response.statusCode >= 500 ? "error" : response.statusCode >= 400 ? "warn" : "info";
      const req = {
        id: hex(4),
        method: request.method,
        url: request.url,
        remoteAddress: request.headers["x-demo-client"],
      };
      const failure = failures.get(response);
      const msg = failure === undefined ? "request completed" : `request errored: ${failure.message}`;
      const res = { statusCode: response.statusCode };
      log(level, msg, { trace_id: traceId, req, res, responseTime, ...errorFields(response) });
    });
    await route(request, response, traceId);
  },
  (error, response) => {
    log("error", "request failed", { err: { message: String(error) } });
    answer(response, 500, { error: "internal" });
  },
);
log("info", "listening", { port: Number(process.env.PORT ?? 8080), version: process.env.VERSION });
