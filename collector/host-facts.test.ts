import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { collectorId, hostAddress, ownContainerId } from "./host-facts.ts";

const address = (family: "IPv4" | "IPv6", text: string, internal = false) => {
  const rest = { netmask: "", mac: "", cidr: null, internal, address: text };
  return family === "IPv4" ? { ...rest, family } : { ...rest, family, scopeid: 0 };
};

test("the host's address is neither loopback nor one of the engine's bridges", () => {
  const interfaces = {
    lo: [address("IPv4", "127.0.0.1", true)],
    docker0: [address("IPv4", "172.17.0.1")],
    eth0: [address("IPv6", "fe80::1"), address("IPv6", "2001:db8::1"), address("IPv4", "10.0.0.5")],
  };
  expect(hostAddress(interfaces)).toBe("10.0.0.5");
  expect(hostAddress({ eth0: interfaces.eth0.slice(0, 2) })).toBe("2001:db8::1");
  expect(hostAddress({ lo: interfaces.lo })).toBeUndefined();
});

test("a container knows its own id by its mounts, a host has none", () => {
  const id = "0123456789abcdef".repeat(4);
  const line = `1 2 8:1 /var/lib/docker/containers/${id}/hostname /etc/hostname rw - ext4 /dev/sda1 rw`;
  expect(ownContainerId(line)).toBe(id);
  expect(ownContainerId("1 2 8:1 / / rw - ext4 /dev/sda1 rw")).toBeUndefined();
});

test("the collector's id stays, and is made anew when it is damaged", () => {
  const folder = mkdtempSync(join(tmpdir(), "seamark-id-"));
  const id = collectorId(folder);
  expect(id).toMatch(/^[0-9a-f]{16}$/);
  expect(collectorId(folder)).toBe(id);
  writeFileSync(join(folder, "id"), "");
  expect(collectorId(folder)).toMatch(/^[0-9a-f]{16}$/);
  expect(collectorId(folder)).not.toBe(id);
  rmSync(folder, { recursive: true });
});
