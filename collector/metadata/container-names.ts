import type { ContainerDetails } from "../docker/engine.ts";

/** Docker's name without the leading slash. */
export function containerName(container: Pick<ContainerDetails, "Name">): string {
  return container.Name.replace(/^\//, "");
}

export interface ImageName {
  /** Without tag and digest; as it was typed, registry included. */
  readonly name: string;
  readonly tag?: string;
  /** The last part of the path: `nginx` of `registry:5000/library/nginx:1.27`. */
  readonly short: string;
}

/** Takes `registry:5000/team/app:1.2@sha256:…` apart. An image that was only known by its digest has no name. */
export function parseImage(image: string): ImageName {
  const plain = image.replace(/@sha256:[0-9a-f]+$/, "");
  if (/^(sha256:)?[0-9a-f]{12,64}$/.test(plain)) return { name: plain, short: plain };
  const slash = plain.lastIndexOf("/");
  const colon = plain.indexOf(":", slash + 1);
  const name = colon < 0 ? plain : plain.slice(0, colon);
  const short = name.slice(name.lastIndexOf("/") + 1);
  return { name, short, ...(colon < 0 ? {} : { tag: plain.slice(colon + 1) }) };
}

/**
 * Variables of a container's environment that name its task. No other variable is ever read: environments
 * hold passwords.
 */
const namedVariables = [
  "MARATHON_APP_ID",
  "MARATHON_APP_VERSION",
  "MESOS_TASK_ID",
  "MESOS_CONTAINER_NAME",
  "NOMAD_JOB_NAME",
  "NOMAD_GROUP_NAME",
  "NOMAD_TASK_NAME",
  "NOMAD_ALLOC_ID",
  "NOMAD_NAMESPACE",
];

/** The named variables that are set. */
export function readVariables(env: readonly string[] | null | undefined): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const entry of env ?? []) {
    const at = entry.indexOf("=");
    const name = entry.slice(0, at);
    if (at > 0 && namedVariables.includes(name) && at + 1 < entry.length)
      found.set(name, entry.slice(at + 1));
  }
  return found;
}
