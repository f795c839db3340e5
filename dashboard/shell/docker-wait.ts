import type { Host } from "../api/types.ts";

/** So long a collector may take for its first try, before its silence counts as waiting. */
const firstTryMs = 3_000;

/** True when Docker did not answer; a collector that has only just started has not asked it yet. */
export function waitsForDocker({ docker }: Pick<Host, "docker">, nowMs: number): boolean {
  if (docker?.state !== "waiting") return false;
  return docker.error !== undefined || nowMs - Date.parse(docker.since) >= firstTryMs;
}
