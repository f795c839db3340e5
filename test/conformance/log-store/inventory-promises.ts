import { expect, test } from "vitest";
import { formatNanos } from "../../../common/base/nanotime.ts";
import { originId, originOf, rowOf, second } from "../batches.ts";
import { type Bench, type NewBench, now, query, rowsOf } from "./bench.ts";

export function inventoryPromises(newBench: NewBench): void {
  test("containers have the state that their events told, also after a restart and a repeated batch", async () => {
    const bench = await newBench();
    const container = (n: number) => originOf(n, { "container.id": `c${n}`, "service.name": "shop" });
    const event = (n: number, at: bigint, sequence: number, action: string, exitCode?: number) =>
      rowOf(n, now - at, sequence, {
        "event.kind": "event",
        "event.action": action,
        ...(exitCode === undefined ? {} : { attrs: { exitCode } }),
      });
    const events = bench.batches.logs([
      event(1, 100n * second, 1, "start"),
      event(2, 90n * second, 1, "start"),
      event(2, 80n * second, 2, "oom"),
      event(2, 80n * second, 3, "die", 137),
      event(2, 70n * second, 4, "start"),
      event(3, 60n * second, 1, "start"),
      event(3, 50n * second, 2, "die", 0),
      event(3, 40n * second, 3, "destroy"),
      rowOf(4, now, 1),
    ]);
    await bench.logs.append([bench.batches.origins([1, 2, 3, 4].map(container).concat(originOf(5))), events]);
    const check = (one: Bench) => {
      const found = new Map(
        one.store.inventory.containers().map((record) => [record.origin["container.id"], record]),
      );
      expect([...found.keys()].sort()).toEqual(["c1", "c2", "c3", "c4"]);
      expect(found.get("c1")).toMatchObject({
        state: "running",
        starts: 1,
        startedAt: formatNanos(now - 100n * second),
      });
      expect(found.get("c2")).toMatchObject({
        state: "running",
        starts: 2,
        startedAt: formatNanos(now - 70n * second),
      });
      expect(found.get("c2")!.exitCode).toBeUndefined();
      expect(found.get("c3")).toMatchObject({
        state: "removed",
        exitCode: 0,
        finishedAt: formatNanos(now - 50n * second),
        firstSeen: formatNanos(now - 60n * second),
      });
      expect(found.get("c4")).toMatchObject({ state: "unknown", starts: 0, lastSeen: formatNanos(now) });
      expect(one.store.inventory.origin(originId(1))).toEqual(container(1));
      expect(one.store.inventory.origin(originId(9))).toBeUndefined();
    };
    check(bench);
    await bench.logs.append([events]);
    check(bench);
    check(await bench.reopen());
  });

  test("an origin that is told again replaces what was known", async () => {
    const { store, logs, batches } = await newBench();
    await logs.append([batches.origins([originOf(1, { "service.name": "a", "service.version": "1" })])]);
    await logs.append([
      batches.origins([originOf(1, { "service.name": "b" })]),
      batches.logs([rowOf(1, now, 1)]),
    ]);
    expect(store.inventory.origin(originId(1))).toEqual(originOf(1, { "service.name": "b" }));
    expect((await rowsOf(logs, query("app:b").filter))[0]!["service.version"]).toBeUndefined();
    expect(await rowsOf(logs, query("app:a").filter)).toHaveLength(0);
  });
}
