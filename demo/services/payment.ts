/**
 * The payment service. Logs logfmt on standard output and stack traces over many lines on standard error. Every few
 * minutes its nightly settlement runs at the wrong time, holds the whole connection pool and charges fail.
 */
import { ConnectionPool, PoolExhaustedError } from "./connection-pool.ts";
import { answer, hex, pause, readJson, serve, workMs } from "./http-service.ts";

const firstIncidentMs = Number(process.env.FIRST_INCIDENT_S ?? 60) * 1000;
const incidentEveryMs = Number(process.env.INCIDENT_EVERY_S ?? 240) * 1000;
const incidentMs = Number(process.env.INCIDENT_S ?? 40) * 1000;
/** Of the charges that fail during an incident, this share breaks half-way instead of being refused. */
const brokenShare = 0.3;

const pool = new ConnectionPool();
let settling = false;

function log(level: string, msg: string, fields: Record<string, string | number>): void {
  let line = `time=${new Date().toISOString()} level=${level} msg="${msg}"`;
  for (const [key, value] of Object.entries(fields)) line += ` ${key}=${value}`;
  process.stdout.write(`${line}\n`);
}

class ChargeError extends Error {
  constructor(order: string, cause: unknown) {
    super(`charge of ${order} failed`, { cause });
    this.name = "ChargeError";
  }
}

async function charge(order: string, total: number): Promise<string> {
  try {
    await pool.acquire();
  } catch (error) {
    throw new ChargeError(order, error);
  }
  try {
    await pause(workMs(25));
    return `${order}-${Math.round(total)}-${hex(3)}`;
  } finally {
    pool.release();
  }
}

function failed(
  error: unknown,
  fields: Record<string, string | number>,
): { status: number; code: string; detail: string } {
  const cause = error instanceof Error ? error.cause : undefined;
  const exhausted = cause instanceof PoolExhaustedError;
  const detail = exhausted ? cause.message : String(error);
  log("error", "charge failed", { ...fields, error: JSON.stringify(detail), in_use: pool.inUse });
  console.error(error);
  const broken = Math.random() < brokenShare;
  return {
    status: exhausted && !broken ? 503 : 500,
    code: exhausted ? "pool_exhausted" : "charge_failed",
    detail,
  };
}

async function incidents(): Promise<void> {
  await pause(firstIncidentMs);
  for (;;) {
    settling = true;
    log("warn", "settlement run started outside its window", { batch: hex(3), connections: "all" });
    await pool.settle(incidentMs);
    settling = false;
    log("info", "settlement run finished", { took_s: incidentMs / 1000 });
    await pause(incidentEveryMs - incidentMs);
  }
}

serve(
  async (request, response) => {
    if (request.url === "/healthz") return answer(response, 200, { ok: true });
    const startedMs = performance.now();
    const { order = "unknown", total = 0 } = await readJson(request);
    const fields = {
      order: String(order),
      total: Number(total),
      trace_id: String(request.headers["x-trace-id"] ?? "-"),
    };
    try {
      const receipt = await charge(fields.order, fields.total);
      const duration = `${(performance.now() - startedMs).toFixed(1)}ms`;
      log("info", "charge accepted", { ...fields, receipt, duration });
      answer(response, 200, { receipt });
    } catch (error) {
      const { status, code, detail } = failed(error, fields);
      answer(response, status, { code, detail, settling });
    }
  },
  (error, response) => {
    console.error(error);
    answer(response, 500, { code: "internal", detail: String(error) });
  },
);
log("info", "payment service ready", { pool: "bank", version: process.env.VERSION ?? "dev" });
void incidents();
