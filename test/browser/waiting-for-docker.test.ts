import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Containers } from "../cluster/containers.ts";
import { ExploreView } from "./explore-view.ts";
import { prefix, Site } from "./site.ts";

/** This machine's engine at another path, where it can come and go. */
class EngineDoor {
  readonly #folder = mkdtempSync(join(tmpdir(), "sm-door-"));
  readonly socket = join(this.#folder, "docker.sock");
  readonly #open = new Set<Socket>();
  #server: Server | undefined;

  async start(): Promise<void> {
    const server = createServer((client) => {
      const engine = createConnection("/var/run/docker.sock");
      for (const end of [client, engine]) {
        this.#open.add(end);
        end.on("error", () => undefined);
        end.on("close", () => this.#open.delete(end));
      }
      client.pipe(engine).pipe(client);
    });
    server.listen(this.socket);
    await once(server, "listening");
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    for (const end of this.#open) end.destroy();
    if (server) {
      server.close();
      await once(server, "close");
    }
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const door = new EngineDoor();
const containers = new Containers(undefined, prefix);
let site: Site;

beforeAll(async () => {
  await containers.prepare();
  site = await Site.start({ collector: ["--docker-socket", door.socket, "--host-name", "waiting-host"] });
});

afterAll(async () => {
  await containers.remove();
  await site.stop();
  await door.stop();
  door.remove();
});

afterEach(async () => expect(await site.closePages()).toEqual([]));

test("the page says which socket it waits for, and goes on by itself when Docker comes", async () => {
  const overview = await site.open("/");
  const waiting = overview.getByText(`Waiting for Docker at ${door.socket} on waiting-host`);
  await waiting.waitFor();
  const explore = new ExploreView(await site.open("/explore?live=1&q=app%3Alate"));
  await explore.page.getByText(`Waiting for Docker at ${door.socket}`).waitFor();
  await explore.page.getByText("Waiting for lines that match").waitFor();

  await containers.run({
    name: "late",
    script: "while true; do echo here I am; sleep 0.3; done",
    labels: { "seamark.app": "late" },
  });
  await door.start();
  await waiting.waitFor({ state: "detached", timeout: 40_000 });
  await overview.getByRole("row", { name: /^late/ }).waitFor({ timeout: 40_000 });
  await explore.row("here I am").first().waitFor({ timeout: 40_000 });

  await door.stop();
  await waiting.waitFor({ timeout: 40_000 });
  expect(await overview.getByRole("row", { name: /^late/ }).count()).toBe(1);
});
