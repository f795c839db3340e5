import type { HostsAnswer } from "../api/types.ts";
import { useApp } from "./app-context.ts";
import { createPoll, type Poll } from "./poll.ts";

const hostsIntervalMs = 5000;

export function createHosts(): Poll<HostsAnswer> {
  const app = useApp();
  return createPoll((signal) => app.api.hosts(signal), { clock: app.clock, intervalMs: hostsIntervalMs });
}
