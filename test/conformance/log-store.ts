import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe } from "vitest";
import type { Store } from "../../aggregator/store/log-store.ts";
import type { Clock } from "../../common/base/clock.ts";
import { Batches, clockAt } from "./batches.ts";
import { appendPromises } from "./log-store/append-promises.ts";
import { type Bench, now, retentionMs } from "./log-store/bench.ts";
import { figurePromises } from "./log-store/figure-promises.ts";
import { filterPromises } from "./log-store/filter-promises.ts";
import { inventoryPromises } from "./log-store/inventory-promises.ts";
import { limitPromises } from "./log-store/limit-promises.ts";
import { retentionPromises } from "./log-store/retention-promises.ts";
import { searchPromises } from "./log-store/search-promises.ts";

export interface StoreSetup {
  /** Empty, or that of a store that was closed. */
  readonly folder: string;
  readonly clock: Clock;
  readonly retentionMs: number;
}
export type OpenStore = (setup: StoreSetup) => Promise<Store>;

/** Every promise of `LogStore`, `AppCounters` and `Inventory`, checked on a driver. */
export function logStoreConformance(name: string, openStore: OpenStore): void {
  const folders: string[] = [];
  const open: Store[] = [];

  afterAll(async () => {
    for (const store of open) await store.logs.close();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  async function newBench(): Promise<Bench> {
    const folder = mkdtempSync(join(tmpdir(), "seamark-store-"));
    folders.push(folder);
    const clock = clockAt(now);
    const batches = new Batches(join(folder, "batches"), now);
    const openIt = async (): Promise<Bench> => {
      const store = await openStore({ folder: join(folder, "store"), clock, retentionMs });
      open.push(store);
      const reopen = async () => {
        await store.logs.close();
        return openIt();
      };
      return { store, logs: store.logs, batches, clock, reopen };
    };
    return openIt();
  }

  describe(`${name}: append`, () => appendPromises(newBench));
  describe(`${name}: search`, () => searchPromises(newBench));
  describe(`${name}: filters agree with the predicate of the live tail`, () => filterPromises(newBench));
  describe(`${name}: figures`, () => figurePromises(newBench));
  describe(`${name}: limits of a read`, () => limitPromises(newBench));
  describe(`${name}: retention`, () => retentionPromises(newBench));
  describe(`${name}: inventory`, () => inventoryPromises(newBench));
}
