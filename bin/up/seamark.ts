import { hostname } from "node:os";
import { resolve } from "node:path";
import { aggregatorSettings } from "../../aggregator/config.ts";
import { collectorSettings } from "../../collector/config.ts";
import { systemClock } from "../../common/base/clock.ts";
import { type HostPort, parseHostPort, type Settings } from "../../common/base/config.ts";
import type { Console } from "./console.ts";
import { buildDashboard } from "./dashboard-build.ts";
import { partArgs, partEnv, type TypedSettings } from "./forwarded-settings.ts";
import type { Lifetime } from "./lifetime.ts";
import { localUrl, planPorts, requireFree, textOf } from "./ports.ts";
import { Stack } from "./stack.ts";

// Where the collector sends is decided here; everything else of the parts can be set for `up`.
const { aggregatorUrls: _, ...collectorOwn } = collectorSettings;

/** The settings of `up` and `demo`. */
export const upSettings: Settings = { ...collectorOwn, ...aggregatorSettings };

/** Starts Seamark within the lifetime and prints its address and what it reads. */
export async function startSeamark(
  typed: TypedSettings,
  console: Console,
  lifetime: Lifetime,
): Promise<Stack> {
  const listen = parseHostPort(typed.get("listen") ?? aggregatorSettings.listen.fallback);
  const ports = planPorts(listen);
  await requireFree("aggregator", ports.aggregator);
  await requireFree("collector", ports.collector);
  const state = resolve(typed.get("state") ?? aggregatorSettings.state.fallback);
  const dashboard = resolve(typed.get("dashboard") ?? (await buildDashboard(console.note)));
  lifetime.signal.throwIfAborted();
  const aggregator = localUrl(ports.aggregator);
  const stack = new Stack({
    aggregator: {
      listen: ports.aggregator,
      args: partArgs(aggregatorSettings, typed, { state, dashboard }),
    },
    collector: {
      args: partArgs(collectorSettings, typed, { state, listen: textOf(ports.collector), aggregator }),
    },
    state,
    env: partEnv(process.env),
    clock: systemClock,
    signal: lifetime.signal,
    ...console,
  });
  lifetime.began(
    () => stack.stop(),
    () => stack.kill(),
  );
  await stack.start();
  console.note(`\n  Seamark: ${startLink(listen, stack.token())}`);
  console.note(`  ${await stack.stateLine()}\n`);
  return stack;
}

/** The address with the token, which the page turns into a cookie. */
function startLink(listen: HostPort, token: string | undefined): string {
  const everywhere = ["", "0.0.0.0", "::"].includes(listen.host);
  const base = everywhere ? `http://${hostname()}:${listen.port}` : localUrl(listen);
  return token === undefined ? `${base}/` : `${base}/?token=${token}`;
}
