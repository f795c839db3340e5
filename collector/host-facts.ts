import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { SeamarkError, systemCodeOf } from "../common/base/errors.ts";

/** The first IPv4 address that is not loopback, else the first such IPv6 one that is not link-local. */
export function hostAddress(
  interfaces: ReturnType<typeof networkInterfaces> = networkInterfaces(),
): string | undefined {
  const addresses = Object.entries(interfaces)
    // Bridges of the engine have addresses that mean nothing outside of the host.
    .filter(([name]) => !/^(docker|br-|veth|cni|flannel|virbr)/.test(name))
    .flatMap(([, entries]) => entries ?? [])
    .filter(({ internal }) => !internal);
  const found =
    addresses.find(({ family }) => family === "IPv4") ??
    addresses.find(({ family, address }) => family === "IPv6" && !address.startsWith("fe80:"));
  return found?.address;
}

/** The id of the container that this process runs in; undefined outside of one. */
export function ownContainerId(mountInfo: string): string | undefined {
  return /\/containers\/([0-9a-f]{64})\//.exec(mountInfo)?.[1];
}

/** The collector's id, 16 hex digits, made once with its folder. */
export function collectorId(folder: string): string {
  const path = join(folder, "id");
  const known = readTextFile(path);
  if (known !== undefined && /^[0-9a-f]{16}$/.test(known)) return known;
  mkdirSync(folder, { recursive: true });
  const id = randomBytes(8).toString("hex");
  writeFileSync(`${path}.new`, `${id}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
  return id;
}

/** The trimmed text of a file; undefined when there is no such file. */
export function readTextFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return undefined;
    throw new SeamarkError("bad_config", `${path} cannot be read`, { cause: error });
  }
}
