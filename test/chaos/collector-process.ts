// A collector without Docker: numbered lines of three origins go through the real pipeline, spool and shipper.
// It is killed at any moment and started again, and goes on from its stored positions.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createPipeline } from "../../collector/ship/segment-pipeline.ts";
import { createShipper } from "../../collector/ship/shipper.ts";
import { systemClock } from "../../common/base/clock.ts";
import { createLogger } from "../../common/base/log.ts";
import { Metrics } from "../../common/base/metrics.ts";
import { formatNanos } from "../../common/base/nanotime.ts";
import { openSpool } from "../../common/spool/disk-spool.ts";

const [folder = "", aggregator = "", totalText = "0"] = process.argv.slice(2);
const total = Number(totalText);
mkdirSync(folder, { recursive: true });
const spool = await openSpool({
  folder: join(folder, "spool"),
  sizeBytesMax: 4 * 1024 * 1024,
  nowMs: Date.now,
});
const metrics = new Metrics();
const host = "host-1";
const hostOrigin = { "origin.id": "00000000000000ff", "host.name": host };
const log = createLogger("collector", "error");
const next = new Map<string, number>();
const pipeline = createPipeline({
  ...{ spool, metrics, log, hostOrigin, clock: systemClock },
  // Line n of an origin has the time n ms: all up to the slowest origin's last one have been given.
  watermark: () => formatNanos(BigInt(Math.max(0, Math.min(...next.values()) - 1)) * 1_000_000n),
});
const shipper = createShipper({
  ...{ spool, pipeline, metrics, log, clock: systemClock, random: Math.random },
  aggregators: [aggregator],
  collectorId: collectorId(),
  status: () => ({
    host,
    docker: { state: "connected", socket: "", since: "2026-11-22T18:00:00Z" },
    ...{ containers: 3, lagMs: 0, spoolBytes: spool.sizeBytes, lostLines: 0 },
  }),
});

function collectorId(): string {
  const path = join(folder, "id");
  try {
    return readFileSync(path, "utf8");
  } catch {
    writeFileSync(path, "00000000000000c1");
    return "00000000000000c1";
  }
}

const origins = ["000000000000000a", "000000000000000b", "000000000000000c"];
for (const id of origins) {
  pipeline.origin({ "origin.id": id, "host.name": host, "service.name": `app-${id.at(-1)}` });
  next.set(id, (pipeline.storedPosition(`container/${id}`) as number | undefined) ?? 1);
}

process.stdout.write("started\n");
while (origins.some((id) => next.get(id)! <= total)) {
  for (const id of origins) {
    for (let i = 0; i < 20 && next.get(id)! <= total; i++) {
      const n = next.get(id)!;
      next.set(id, n + 1);
      const row = {
        ...{ "@timestamp": formatNanos(BigInt(n) * 1_000_000n), "origin.id": id, "event.sequence": n },
        message: `line ${n} of ${id}: ${"x".repeat(n % 300)}`,
      };
      pipeline.row(row, `container/${id}`, () => next.get(id)!);
    }
  }
  if (pipeline.paused) await pipeline.whenReady();
  await systemClock.sleep(4);
}
await pipeline.flush();
while (spool.segments > 0) await systemClock.sleep(20);
await pipeline.close(1000);
await shipper.stop(1000);
await spool.close();
process.stdout.write("done\n", () => process.exit(0));
