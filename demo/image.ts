import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type Docker from "dockerode";
import { SeamarkError } from "../common/base/errors.ts";
import { type TarEntry, tarOf } from "./image-tar.ts";
import { canInstall, installPackages } from "./machine/debian.ts";

const services = fileURLToPath(new URL("./services", import.meta.url));
const busyboxPlaces = ["/bin/busybox", "/usr/bin/busybox", "/bin/busybox-static"];

/** Busybox and a shell: enough for containers that print. */
export async function busyboxEntries(note: (text: string) => void): Promise<readonly TarEntry[]> {
  let file = staticBusybox();
  if (file === undefined && canInstall()) {
    await installPackages(["busybox-static"], note);
    file = staticBusybox();
  }
  if (file === undefined) {
    throw new SeamarkError("unavailable", "a static busybox is needed to make images without pulling any", {
      hint: "Install it: apt-get install busybox-static",
    });
  }
  const links = ["sh", "cat", "sleep", "seq", "date", "echo"];
  return [
    { path: "bin/busybox", file },
    ...links.map((name) => ({ path: `bin/${name}`, link: "busybox" })),
    { path: "etc/passwd", text: "root:x:0:0:root:/:/bin/sh\n" },
    { path: "tmp/.keep", text: "" },
  ];
}

function staticBusybox(): string | undefined {
  return busyboxPlaces.find((path) => existsSync(path) && librariesOf(path).length === 0);
}

/** Paths of the shared libraries that a program loads, with the loader; none when it is static. */
export function librariesOf(program: string): readonly string[] {
  try {
    const text = execFileSync("ldd", [program], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    return [...text.matchAll(/(?:=> |^\s+)(\/\S+) \(0x/gm)].map((match) => match[1]!);
  } catch {
    return [];
  }
}

/** This Node, what it loads, busybox, and the shop's services. */
export async function shopEntries(note: (text: string) => void): Promise<readonly TarEntry[]> {
  const node = process.execPath;
  const sources = readdirSync(services).filter((name) => name.endsWith(".ts"));
  return [
    ...(await busyboxEntries(note)),
    { path: "bin/node", file: node },
    ...librariesOf(node).map((file) => ({ path: file.slice(1), file })),
    { path: "shop/package.json", text: '{"type":"module"}\n' },
    ...sources.map((name) => ({
      path: `shop/${basename(name)}`,
      text: readFileSync(join(services, name), "utf8"),
    })),
  ];
}

/** Makes an image from files of this machine; nothing is pulled. */
export async function importImage(docker: Docker, name: string, entries: readonly TarEntry[]): Promise<void> {
  const [repo, tag = "latest"] = name.split(":");
  const answer = await docker.importImage(Readable.from(tarOf(entries)), { repo, tag });
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(answer, (error, events: { error?: string }[] | null) => {
      const failure = error?.message ?? events?.find((event) => event.error !== undefined)?.error;
      if (failure === undefined) resolve();
      else reject(new SeamarkError("unavailable", `docker import of ${name}: ${failure}`));
    });
  });
}
