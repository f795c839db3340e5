/**
 * Loaded into every part that `seamark up` starts (`node --import`). The parent holds the other end of standard
 * input: when the parent is gone, however it went, the pipe closes and the part leaves as on SIGTERM. So a part
 * needs to know nothing of `up`, and `kill -9` of `up` leaves no orphan.
 */
import { isMainThread } from "node:worker_threads";

/** A part that has not left by then is stuck; milliseconds. */
const graceMs = 15_000;

function leave(): void {
  process.kill(process.pid, "SIGTERM");
  setTimeout(() => process.kill(process.pid, "SIGKILL"), graceMs).unref();
}

if (isMainThread) {
  // What a part says after its parent is gone has no reader; the failed write must not end it before it has saved.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  process.stdin.on("end", leave);
  process.stdin.on("error", leave);
  process.stdin.resume();
  (process.stdin as { unref?: () => void }).unref?.();
}
