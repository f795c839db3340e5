import Docker from "dockerode";
import { busyboxEntries, importImage } from "../../demo/image.ts";
import { prefix } from "./parts.ts";

export const image = imageOf(prefix);

function imageOf(namePrefix: string): string {
  return `${namePrefix}-busybox:1`;
}

export interface ContainerOptions {
  readonly name: string;
  /** For the shell of busybox. */
  readonly script: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly log?: Readonly<Record<string, string>>;
  readonly tty?: boolean;
}

/** Containers on one engine, made from an image that is imported, never pulled. */
export class Containers {
  readonly docker: Docker;
  readonly #prefix: string;
  readonly #image: string;
  #names: string[] = [];

  constructor(socketPath = "/var/run/docker.sock", namePrefix = prefix) {
    this.docker = new Docker({ socketPath });
    this.#prefix = namePrefix;
    this.#image = imageOf(namePrefix);
  }

  async prepare(): Promise<void> {
    await importImage(this.docker, this.#image, await busyboxEntries(() => undefined));
  }

  async run({
    name,
    script,
    labels = {},
    log = {},
    tty = false,
  }: ContainerOptions): Promise<Docker.Container> {
    const full = `${this.#prefix}-${name}`;
    await this.#remove(full);
    this.#names.push(full);
    const container = await this.docker.createContainer({
      name: full,
      Image: this.#image,
      Cmd: ["/bin/sh", "-c", script],
      Labels: { ...labels },
      Tty: tty,
      HostConfig: { NetworkMode: "none", LogConfig: { Type: "json-file", Config: { ...log } } },
    });
    await container.start();
    return container;
  }

  /** Removes what was run, and the image. */
  async remove(): Promise<void> {
    await Promise.all(this.#names.splice(0).map((name) => this.#remove(name)));
    await this.docker.getImage(this.#image).remove({ force: true }).catch(ignoreMissing);
  }

  async #remove(name: string): Promise<void> {
    await this.docker.getContainer(name).remove({ force: true, v: true }).catch(ignoreMissing);
  }
}

function ignoreMissing(error: { statusCode?: number }): void {
  if (error.statusCode !== 404 && error.statusCode !== 409) throw error;
}

/**
 * Prints `line 1 …` to `line N …` on standard output, and the same on standard error when `both`, in steps of
 * `step` lines with a pause after each; `bytes` is the length of a line.
 */
export function numberedLines(options: {
  readonly count: number;
  readonly step: number;
  readonly pauseS: number;
  readonly bytes?: number;
  readonly both?: boolean;
}): string {
  const { count, step, pauseS, bytes = 40, both = false } = options;
  const error = both ? `print text > "/dev/stderr";` : "";
  const flush = both ? `fflush("/dev/stderr");` : "";
  const program = `BEGIN {
    pad = sprintf("%${bytes}s", ""); gsub(/ /, "x", pad);
    for (i = 1; i <= ${count}; i++) {
      text = substr("line " i " " pad, 1, ${bytes - 1}); print text; ${error}
      if (i % ${step} == 0) { fflush(); ${flush} system("sleep ${pauseS}"); }
    }
  }`;
  return `/bin/busybox awk '${program}'`;
}
