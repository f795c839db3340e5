import { existsSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import Docker from "dockerode";
import { systemClock } from "../../common/base/clock.ts";
import { helpOf, parseFlag, type Settings } from "../../common/base/config.ts";
import { messageOf, SeamarkError } from "../../common/base/errors.ts";
import { withProgress } from "../../demo/machine/command-line.ts";
import { defaultSocket, ensureEngine } from "../../demo/machine/engine.ts";
import { Shop } from "../../demo/shop.ts";
import { type Console, createConsole } from "../up/console.ts";
import { readTyped, type TypedSettings } from "../up/forwarded-settings.ts";
import { type Lifetime, runUntilSignal } from "../up/lifetime.ts";
import { startSeamark, upSettings } from "../up/seamark.ts";
import type { Command } from "./command.ts";

/** The demo's own folder, which goes with it; a folder that was there before belongs to its owner. */
const defaultState = ".seamark/demo";
const jobEveryMs = 20_000;

export const demoSettings: Settings = {
  ...upSettings,
  name: {
    flag: "name",
    value: "NAME",
    fallback: "seamark-demo",
    help: "First part of the names of the demo's containers, network and images",
    parse: parseName,
  },
  keep: {
    flag: "keep",
    help: "Keep the demo's state folder at the end",
    fallback: "false",
    parse: parseFlag,
  },
};

/** What Docker allows in the name of an image. */
function parseName(text: string): string {
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(text)) throw new Error("expected small letters, digits and dashes");
  return text;
}

export const demo: Command = {
  name: "demo",
  summary: "a small shop in containers and Seamark on top (npm run demo)",
  run: async (argv) => {
    const typed = new Map(readTyped(demoSettings, { argv, env: process.env }));
    if (typed.has("help")) {
      process.stdout.write(helpOf("Usage: npm run demo -- [--flag value …]", demoSettings));
      return 0;
    }
    if (!typed.has("state")) typed.set("state", defaultState);
    const console = createConsole();
    return await runUntilSignal(console, (lifetime) => begin(typed, console, lifetime));
  },
};

async function begin(typed: TypedSettings, console: Console, lifetime: Lifetime): Promise<void> {
  const { note } = console;
  const { signal } = lifetime;
  const socket = typed.get("docker-socket") ?? defaultSocket;
  const state = resolve(typed.get("state")!);
  const ours = state === resolve(defaultState) || !existsSync(state);
  if (ours && typed.get("keep") !== "true") lifetime.began(async () => removeFolder(state));
  const engine = await ensureEngine(join(state, "engine"), { socket, note, signal });
  if (engine) lifetime.began(() => engine.stop());
  signal.throwIfAborted();
  const shop = new Shop({
    docker: new Docker({ socketPath: socket }),
    prefix: typed.get("name") ?? "seamark-demo",
    note,
    signal,
  });
  lifetime.began(() => shop.remove());
  await withProgress("starting a small shop: edge, 2 × API, payment, worker, load", note, () =>
    shop.start().catch((error) => {
      signal.throwIfAborted();
      throw explainShop(error, socket);
    }),
  );
  await startSeamark(typed, console, lifetime);
  note("  The payment service fails for 40 s about a minute from now, and again every four minutes.");
  note("  Ctrl-C stops everything and removes the containers, the network and the images.\n");
  void runJobs(shop, signal);
}

/** What the engine refuses is not a bug of the demo: say what it said, and where to look. */
function explainShop(error: unknown, socket: string): unknown {
  if (error instanceof SeamarkError) return error;
  return new SeamarkError("unavailable", `the shop does not start: ${messageOf(error).trim()}`, {
    hint: `The Docker Engine at ${socket} said so; its own log may say more`,
    cause: error,
  });
}

async function runJobs(shop: Shop, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    // A job that cannot start says nothing about Seamark; the next one is due soon.
    await shop.runJob().catch(() => undefined);
    await systemClock.sleep(jobEveryMs, signal).catch(() => undefined);
  }
}

function removeFolder(state: string): void {
  rmSync(state, { recursive: true, force: true });
  try {
    rmdirSync(dirname(state));
  } catch {
    // Not empty: `npm start` keeps its state there.
  }
}
