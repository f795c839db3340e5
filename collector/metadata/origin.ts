import { createHash } from "node:crypto";
import type { Origin } from "../../common/wire/row.ts";
import type { ContainerDetails } from "../docker/engine.ts";
import { resolveApp } from "./app-resolver.ts";
import { containerName, parseImage, readVariables } from "./container-names.ts";
import { keepLabels } from "./kept-labels.ts";

/** The host that the collector runs on. */
export interface HostFacts {
  readonly name: string;
  /** The first address that is not loopback. */
  readonly ip: string | undefined;
}

/** The same on every start: the first 16 hex digits of SHA-256 over host and container. */
export function originId(hostName: string, containerId: string): string {
  return createHash("sha256").update(`${hostName}\n${containerId}`).digest("hex").slice(0, 16);
}

/** The origin of what belongs to no container. */
export function hostOrigin(host: HostFacts): Origin {
  return { "origin.id": originId(host.name, ""), ...hostFields(host) };
}

/** Everything that is the same for all lines of a container; resolved once. */
export function containerOrigin(host: HostFacts, container: ContainerDetails): Origin {
  const labels = container.Config.Labels ?? {};
  const name = containerName(container);
  const image = parseImage(container.Config.Image);
  const variables = readVariables(container.Config.Env);
  const identity = resolveApp({ name, image, labels, variables });
  const origin: Record<string, unknown> = {
    "origin.id": originId(host.name, container.Id),
    ...hostFields(host),
    "service.name": identity.app,
    "service.version": identity.version ?? image.tag,
    "service.environment": identity.environment,
    "service.node.name": identity.instance,
    "organization.name": identity.tenant,
    "container.id": container.Id,
    "container.name": name,
    "container.image.name": image.name,
    "container.image.tag": image.tag,
    "container.labels": keepLabels(labels),
    "orchestrator.type": identity.orchestrator,
    "orchestrator.resource.id": identity.taskId,
    "orchestrator.resource.name": identity.taskName,
    "seamark.edge": isTrue(labels["seamark.edge"]) ? true : undefined,
  };
  for (const key of Object.keys(origin)) if (origin[key] === undefined) delete origin[key];
  return origin as Origin;
}

function hostFields(host: HostFacts): Pick<Origin, "host.name" | "host.ip"> {
  return { "host.name": host.name, ...(host.ip === undefined ? {} : { "host.ip": host.ip }) };
}

function isTrue(text: string | undefined): boolean {
  return text !== undefined && /^(true|1|yes|on)$/i.test(text.trim());
}
