import { setImmediate as nextTurn } from "node:timers/promises";
import { Backoff, type Random } from "../../common/base/backoff.ts";
import type { Clock } from "../../common/base/clock.ts";
import { messageOf, SeamarkError } from "../../common/base/errors.ts";
import type { Logger } from "../../common/base/log.ts";
import { formatNanos, msToNanos } from "../../common/base/nanotime.ts";
import type { CollectorStatus } from "../../common/wire/ingest.ts";
import type { FilterFacts } from "../metadata/container-filter.ts";
import { containerName } from "../metadata/container-names.ts";
import type { ContainerDetails, ContainerSummary, Engine, EngineEvent } from "./engine.ts";
import type { ReaderSet } from "./reader-set.ts";
import { reconcile } from "./reconcile.ts";
import { eventTime } from "./run-journal.ts";

/** Events can be missed (the engine drops them for a subscriber that is busy for 100 ms), so the list is read again. */
const reconcileMs = 30_000;
const retryFirstMs = 200;
/** Trying a socket costs nothing, and a person who has just started Docker watches the page. */
const retryMaxMs = 1_000;
/** Containers asked for at once when many are found together. */
const parallelMax = 8;
const verifyMs = 250;
const tickMs = 1_000;
/** Lines and events reach us this much after their time, when nothing is behind. */
const marginMs = 1_000;

export interface DiscoveryOptions {
  readonly engine: Engine;
  readonly readers: ReaderSet;
  readonly accepts: (facts: FilterFacts) => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  /** Everything before was read or is too old, milliseconds: where the watermark begins. */
  readonly completeFromMs: number;
}

/** Finds the containers of the engine and keeps a reader for each. Survives an engine that is absent or restarts. */
export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #starting = new Set<string>();
  #docker: CollectorStatus["docker"];
  #seenMs: number;
  #watermarkMs: number;
  #listedOnce = false;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
    this.#seenMs = options.completeFromMs;
    this.#watermarkMs = options.completeFromMs;
    this.#docker = this.#state("waiting", {});
  }

  /** Whether and since when the engine answers. */
  get docker(): CollectorStatus["docker"] {
    return this.#docker;
  }

  /** Whether every container was looked at once. */
  get listedOnce(): boolean {
    return this.#listedOnce;
  }

  /** Up to this time every line of every container was given to the pipeline; never goes back. Milliseconds. */
  watermarkMs(): number {
    const completeMs = this.#options.readers.completeMs() ?? this.#seenMs;
    this.#watermarkMs = Math.max(this.#watermarkMs, Math.min(this.#seenMs, completeMs));
    return this.#watermarkMs;
  }

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    // Handled at once: the loops end with the signal, long before anybody waits for them.
    const beats = Promise.all([this.#verifyLoop(signal), this.#tickLoop(signal)]).catch((error) => {
      if (!signal.aborted) throw error;
    });
    const { clock, random, log } = this.#options;
    const backoff = new Backoff({ firstMs: retryFirstMs, maxMs: retryMaxMs, random });
    while (!signal.aborted) {
      const error = await this.#session(signal, () => backoff.reset());
      if (signal.aborted) break;
      if (this.#docker.state === "connected") log.warn("the Docker Engine went away", { error });
      else if (backoff.attempts === 0) log.info("waiting for Docker", { socket: this.#docker.socket, error });
      this.#docker = this.#state("waiting", { error });
      await clock.sleep(backoff.nextMs(), signal).catch(() => undefined);
    }
    await beats;
    await this.#options.readers.stopped();
  }

  /** One connection to the engine: events first, then the list, so that nothing falls in between. Resolves with why it ended. */
  async #session(signal: AbortSignal, connected: () => void): Promise<string> {
    const { engine, clock } = this.#options;
    const session = new AbortController();
    const ended = AbortSignal.any([signal, session.signal]);
    try {
      const version = await engine.version();
      const ready = Promise.withResolvers<void>();
      const events = engine
        .events(ended, ready.resolve, (event) => this.#onEvent(event))
        .catch((error: unknown) => messageOf(error))
        .then((reason) => {
          session.abort(new Error(reason ?? "the engine closed the events stream"));
          ready.resolve();
        });
      await ready.promise;
      while (!ended.aborted) {
        await this.#reconcile();
        connected();
        this.#connected(version);
        await clock.sleep(reconcileMs, ended).catch(() => undefined);
      }
      await events;
      return messageOf(session.signal.reason);
    } catch (error) {
      return messageOf(error);
    } finally {
      session.abort(new Error("the session ended"));
    }
  }

  #connected(version: string): void {
    this.#listedOnce = true;
    if (this.#docker.state === "connected") return;
    this.#docker = this.#state("connected", { version });
    this.#options.log.info("reading Docker's logs", { socket: this.#docker.socket, version });
  }

  #onEvent(event: EngineEvent): void {
    const { readers } = this.#options;
    const { ID: id, Attributes: attributes } = event.Actor;
    const [action] = event.Action.split(":");
    const time = eventTime(event.timeNano);
    const exitCode = attributes.exitCode === undefined ? undefined : Number(attributes.exitCode);
    if (action === "oom") readers.tellOutOfMemory(id);
    else if (action === "die") readers.tellEnd(id, time, exitCode);
    else if (action === "rename") readers.announce(id);
    if (readers.has(id)) this.#tell(id, action, time);
    else if (action !== "destroy") void this.#begin(id, attributes);
  }

  #tell(id: string, action: string | undefined, time: string): void {
    if (action === "start" || action === "restart") this.#options.readers.started(id, time);
    else this.#options.readers.wake(id);
  }

  async #reconcile(): Promise<void> {
    const { engine, readers, accepts, clock } = this.#options;
    const list = await engine.list();
    const desired = list.filter((container) => accepts(factsOf(container)));
    const plan = reconcile(desired, readers.actual(), clock.nowMs());
    for (const id of plan.listed) readers.markListed(id);
    for (const id of plan.missing) readers.markMissing(id, clock.nowMs());
    for (const id of plan.wake) readers.wake(id);
    for (const id of plan.forget) readers.forget(id);
    const waiting = [...plan.begin];
    const worker = async (): Promise<void> => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) await this.#begin(id, undefined);
    };
    await Promise.all(Array.from({ length: parallelMax }, worker));
    readers.settleUnknown(new Set(list.map(({ Id }) => Id)));
  }

  /** Inspects a container and starts its reader; `attributes` are those of the event that told of it. */
  async #begin(id: string, attributes: EngineEvent["Actor"]["Attributes"] | undefined): Promise<void> {
    const { engine, readers, accepts, log } = this.#options;
    if (readers.has(id) || this.#starting.has(id)) return;
    this.#starting.add(id);
    try {
      const details = await engine.inspect(id);
      if (accepts(inspectedFacts(details))) readers.begin(details);
    } catch (error) {
      const gone = error instanceof SeamarkError && error.code === "not_found";
      if (gone && attributes) this.#missed(id, attributes);
      else if (!gone)
        log.debug("a container could not be inspected", { container: id, error: messageOf(error) });
    } finally {
      this.#starting.delete(id);
    }
  }

  /** A container that was removed before it could be looked at: its lines are lost, and that is said (T11). */
  #missed(id: string, attributes: EngineEvent["Actor"]["Attributes"]): void {
    const { accepts, readers } = this.#options;
    const { name = id.slice(0, 12), image = "", ...labels } = attributes;
    if (accepts({ id, name, image, labels })) readers.missed(id, name, image, labels);
  }

  async #verifyLoop(signal: AbortSignal): Promise<void> {
    const { clock, readers } = this.#options;
    while (!signal.aborted) {
      const nowMs = clock.nowMs();
      // After two turns of the event loop everything that the sockets held at `nowMs` was taken.
      await nextTurn();
      await nextTurn();
      readers.verify(nowMs);
      const current = this.#docker.state === "connected" && this.#starting.size === 0;
      if (current) this.#seenMs = Math.max(this.#seenMs, nowMs - marginMs);
      await clock.sleep(verifyMs, signal);
    }
  }

  async #tickLoop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#options.clock.sleep(tickMs, signal);
      this.#options.readers.tick();
    }
  }

  #state(
    state: "connected" | "waiting",
    more: { version?: string; error?: string },
  ): CollectorStatus["docker"] {
    const { engine, clock } = this.#options;
    const same = this.#docker?.state === state ? this.#docker.since : undefined;
    const since = same ?? formatNanos(msToNanos(clock.nowMs()));
    return { state, socket: engine.socketPath, since, ...more };
  }
}

function factsOf(container: ContainerSummary): FilterFacts {
  const name = (container.Names[0] ?? "").replace(/^\//, "");
  return { id: container.Id, name, image: container.Image, labels: container.Labels };
}

function inspectedFacts(container: ContainerDetails): FilterFacts {
  const { Image, Labels } = container.Config;
  return { id: container.Id, name: containerName(container), image: Image, labels: Labels ?? {} };
}
