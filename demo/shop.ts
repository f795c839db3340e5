import type Docker from "dockerode";
import { messageOf, SeamarkError } from "../common/base/errors.ts";
import { busyboxEntries, importImage, shopEntries } from "./image.ts";
import { environmentOf, healthUrl, type ServicePlan, shopPlan } from "./shop-plan.ts";

/** The label by which everything that a shop made is found again, also after a crash. */
const ownerLabel = "seamark.demo";

export interface ShopOptions {
  readonly docker: Docker;
  /** First part of every name that the shop makes. */
  readonly prefix: string;
  /** Further environment of a service, such as `{ load: ["REQUESTS_MAX=100"] }`. */
  readonly environment?: Readonly<Partial<Record<ServicePlan["service"], readonly string[]>>>;
  readonly note: (text: string) => void;
  readonly signal: AbortSignal;
}

/** How many answers of each status the load generator got. */
export interface LoadCounts {
  readonly final: boolean;
  readonly total: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** A small real shop in containers: edge, two API instances, payment, worker and load. */
export class Shop {
  readonly #options: ShopOptions;
  /** On the host's network, because this engine has no bridge networks. */
  #shared = false;
  #jobs = 0;

  constructor(options: ShopOptions) {
    this.#options = options;
  }

  get #docker(): Docker {
    return this.#options.docker;
  }

  get #network(): string {
    return `${this.#options.prefix}-network`;
  }

  /** Makes the images and starts every member; throws when the signal aborts. */
  async start(): Promise<void> {
    const { note, signal } = this.#options;
    await this.remove();
    await this.#makeImages();
    signal.throwIfAborted();
    await this.#startInNetwork();
    if (!(await this.#answers(["payment"]))) {
      note("containers do not reach each other over a bridge network here: the shop uses the host's network");
      await this.#removeContainers();
      await this.#startShared();
    }
    signal.throwIfAborted();
    await this.#startMembers(shopPlan.filter(({ service }) => service !== "payment" && service !== "load"));
    if (!(await this.#answers(["api-1", "api-2", "edge"]))) {
      throw new SeamarkError("unavailable", "the shop's edge and API do not answer", {
        hint: `See docker logs ${this.#options.prefix}-edge`,
      });
    }
    await this.#startMembers(shopPlan.filter(({ service }) => service === "load"));
  }

  /** Runs a short-lived `--rm` job; resolves when it is started. */
  async runJob(): Promise<void> {
    const { prefix } = this.#options;
    this.#jobs += 1;
    const id = this.#jobs;
    const container = await this.#docker.createContainer({
      name: `${prefix}-job-${id}`,
      Image: `${prefix}/jobs:1.4.2`,
      Cmd: ["/bin/sh", "-c", jobScript(id)],
      Labels: { [ownerLabel]: prefix, "seamark.app": "jobs", "seamark.version": "1.4.2" },
      HostConfig: { AutoRemove: true, NetworkMode: "none" },
    });
    await container.start();
  }

  /** Ends the load after the requests under way and answers its exact counts. */
  async stopLoad(): Promise<LoadCounts> {
    const container = this.#docker.getContainer(`${this.#options.prefix}-load`);
    await container.stop({ t: 30 });
    const logs = await container.logs({ stdout: true, stderr: false, follow: false, tail: 1 });
    const text = logs.toString("utf8");
    return JSON.parse(text.slice(text.indexOf("{"))) as LoadCounts;
  }

  /** Removes every container, the network and the images, also those of a run that was killed. */
  async remove(): Promise<void> {
    await this.#removeContainers();
    await this.#docker.getNetwork(this.#network).remove().catch(ignoreMissing);
    const filters = { reference: [`${this.#options.prefix}/*`] };
    for (const image of await this.#docker.listImages({ filters })) {
      for (const tag of image.RepoTags ?? [])
        await this.#docker.getImage(tag).remove({ force: true }).catch(ignoreMissing);
    }
  }

  async #removeContainers(): Promise<void> {
    const filters = { label: [`${ownerLabel}=${this.#options.prefix}`] };
    const containers = await this.#docker.listContainers({ all: true, filters });
    await Promise.all(
      containers.map(({ Id }) =>
        this.#docker.getContainer(Id).remove({ force: true, v: true }).catch(ignoreMissing),
      ),
    );
  }

  async #makeImages(): Promise<void> {
    const { docker, prefix, note } = this.#options;
    const base = `${prefix}/base:latest`;
    await importImage(docker, base, await shopEntries(note));
    for (const { service, version } of shopPlan) {
      await docker.getImage(base).tag({ repo: `${prefix}/${service}`, tag: version });
    }
    await importImage(docker, `${prefix}/jobs:1.4.2`, await busyboxEntries(note));
  }

  async #startInNetwork(): Promise<void> {
    const { docker, prefix } = this.#options;
    try {
      const Labels = { [ownerLabel]: prefix };
      await docker.createNetwork({ Name: this.#network, Driver: "bridge", Labels });
      await this.#startMembers(shopPlan.filter(({ service }) => service === "payment"));
    } catch (error) {
      this.#options.note(`no bridge network (${messageOf(error)}): the shop uses the host's network`);
      await this.#removeContainers();
      await this.#startShared();
    }
  }

  async #startShared(): Promise<void> {
    this.#shared = true;
    await this.#startMembers(shopPlan.filter(({ service }) => service === "payment"));
  }

  async #startMembers(plans: readonly ServicePlan[]): Promise<void> {
    for (const plan of plans) {
      const { prefix, environment } = this.#options;
      const container = await this.#docker.createContainer({
        name: `${prefix}-${plan.name}`,
        Image: `${prefix}/${plan.service}:${plan.version}`,
        Cmd: ["/bin/node", `/shop/${plan.service}.ts`],
        Env: [...environmentOf(plan, this.#shared), ...(environment?.[plan.service] ?? [])],
        Labels: { ...plan.labels, [ownerLabel]: prefix },
        HostConfig: {
          NetworkMode: this.#shared ? "host" : this.#network,
          LogConfig: { Type: "json-file", Config: { "max-size": "20m", "max-file": "3" } },
        },
        ...(this.#shared
          ? {}
          : { NetworkingConfig: { EndpointsConfig: { [this.#network]: { Aliases: [plan.name] } } } }),
      });
      await container.start();
    }
  }

  /** Whether the members answer each other, asked from a container in the same network. */
  async #answers(names: readonly string[]): Promise<boolean> {
    const { docker, prefix } = this.#options;
    const container = await docker.createContainer({
      Image: `${prefix}/base:latest`,
      Cmd: ["/bin/node", "/shop/probe.ts", ...names.map((name) => healthUrl(name, this.#shared))],
      Env: ["PATH=/bin"],
      Labels: { [ownerLabel]: prefix, "seamark.logs": "off" },
      HostConfig: { NetworkMode: this.#shared ? "host" : this.#network },
    });
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    await container.remove({ force: true });
    return StatusCode === 0;
  }
}

function jobScript(id: number): string {
  const task = ["report", "cleanup", "reindex"][id % 3]!;
  const items = 20 + ((id * 37) % 80);
  const lines = [
    `echo "INFO job ${task} #${id} started"`,
    `for i in 1 2 3; do echo "INFO ${task} part $i of 3: ${items} items"; sleep 0.3; done`,
  ];
  if (id % 7 === 0)
    lines.push(`echo "ERROR ${task} #${id} failed: lock is held by another run" >&2`, "exit 1");
  lines.push(`echo "INFO job ${task} #${id} done"`);
  return lines.join("\n");
}

/** 404 and 409: what should be removed is gone or being removed. */
function ignoreMissing(error: unknown): void {
  const status = (error as { statusCode?: number }).statusCode;
  if (status !== 404 && status !== 409) throw error;
}
