import { expect, test } from "vitest";
import { type Clock, systemClock } from "../common/base/clock.ts";
import { createLogger } from "../common/base/log.ts";
import { RetentionLoop } from "./retention-loop.ts";

test("retention is enforced every minute, also after a turn that failed, until the stop", async () => {
  const slept: number[] = [];
  const clock: Clock = {
    ...systemClock,
    sleep: async (ms, signal) => {
      slept.push(ms);
      if (slept.length === 3) return systemClock.sleep(60_000, signal);
      return undefined;
    },
  };
  const lines: string[] = [];
  let turns = 0;
  const loop = new RetentionLoop({
    enforce: async () => {
      turns += 1;
      if (turns === 2) throw new Error("disk is gone");
    },
    clock,
    log: createLogger("test", "info", (line) => lines.push(line)),
  });
  await expect.poll(() => slept.length).toBe(3);
  await loop.stop();
  expect([turns, slept]).toEqual([3, [60_000, 60_000, 60_000]]);
  expect(lines.join("")).toContain("disk is gone");
});
