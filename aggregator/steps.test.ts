import { expect, test } from "vitest";
import { systemClock } from "../common/base/clock.ts";
import { createLogger } from "../common/base/log.ts";
import { Steps } from "./steps.ts";

test("parts stop in reverse, also those behind one that fails, and each step is on the console", async () => {
  const lines: string[] = [];
  const stopped: string[] = [];
  const steps = new Steps(
    systemClock,
    createLogger("test", "info", (line) => lines.push(line)),
  );
  await steps.start(
    "first",
    () => 1,
    (part) => void stopped.push(`first ${part}`),
  );
  await steps.start(
    "second",
    async () => 2,
    () => {
      throw new Error("stuck");
    },
  );
  await steps.start(
    "third",
    () => 3,
    (part) => void stopped.push(`third ${part}`),
  );
  await expect(
    steps.start(
      "fourth",
      () => Promise.reject(new Error("no")),
      () => {},
    ),
  ).rejects.toThrow("no");
  expect(await steps.stopAll()).toBe(false);
  expect(stopped).toEqual(["third 3", "first 1"]);
  expect(lines.map((line) => /msg="([^"]*)"/.exec(line)?.[1])).toEqual([
    "started first",
    "started second",
    "started third",
    "stopped third",
    "could not stop second",
    "stopped first",
  ]);
  expect(lines[0]).toMatch(/ms=\d+/);
});
