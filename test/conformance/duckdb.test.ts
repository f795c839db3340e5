import { openDuckdbStore } from "../../aggregator/store/duckdb/duckdb-store.ts";
import { createLogger } from "../../common/base/log.ts";
import { Metrics } from "../../common/base/metrics.ts";
import { logStoreConformance } from "./log-store.ts";

logStoreConformance("DuckDB", ({ folder, clock, retentionMs }) =>
  openDuckdbStore({
    folder,
    clock,
    retentionMs,
    retentionBytes: 10 * 1024 ** 3,
    memoryLimitBytes: 512 * 1024 ** 2,
    log: createLogger("store", "error"),
    metrics: new Metrics(),
  }),
);
