import { expect, test } from "vitest";
import type { Host } from "../api/types.ts";
import { waitsForDocker } from "./docker-wait.ts";

const since = "2026-11-22T15:00:00.000Z";
const startMs = Date.parse(since);
const docker = (state: "connected" | "waiting", error?: string): Pick<Host, "docker"> => ({
  docker: { state, socket: "/var/run/docker.sock", since, ...(error === undefined ? {} : { error }) },
});

test("a collector that has just started does not wait for Docker yet", () => {
  expect(waitsForDocker(docker("waiting"), startMs + 2_999)).toBe(false);
  expect(waitsForDocker(docker("waiting"), startMs + 3_000)).toBe(true);
});

test("a collector whose Docker did not answer waits at once, a connected one never", () => {
  expect(waitsForDocker(docker("waiting", "connect ENOENT"), startMs)).toBe(true);
  expect(waitsForDocker(docker("connected"), startMs + 60_000)).toBe(false);
  expect(waitsForDocker({ docker: null }, startMs)).toBe(false);
});
