import { existsSync } from "node:fs";
import { SeamarkError } from "../../common/base/errors.ts";
import { runProgram, withProgress } from "./command-line.ts";

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Whether packages can be installed here: Debian or a child of it, as root. */
export function canInstall(): boolean {
  return isRoot() && existsSync("/usr/bin/apt-get");
}

/** Installs Debian packages; the list of packages is fetched only when it is missing or too old. */
export async function installPackages(names: readonly string[], note: (text: string) => void): Promise<void> {
  await withProgress(`installing ${names.join(", ")} from Debian (apt-get)`, note, async (progress) => {
    if (!(await areKnown(names))) await updateLists(progress);
    const first = await install(names, progress);
    if (first.code === 0) return;
    // Old lists name versions that the mirror has replaced.
    await updateLists(progress);
    const second = await install(names, progress);
    if (second.code === 0) return;
    throw new SeamarkError("unavailable", `apt-get could not install ${names.join(" ")}:\n${second.output}`, {
      hint: `Install them yourself, then try again: apt-get install ${names.join(" ")}`,
    });
  });
}

async function areKnown(names: readonly string[]): Promise<boolean> {
  const { output } = await runProgram("apt-cache", ["policy", ...names]);
  const candidates = output.match(/^ {2}Candidate: (?!\(none\))/gm) ?? [];
  return candidates.length >= names.length;
}

async function updateLists(progress: (text: string) => void): Promise<void> {
  progress("apt-get update");
  const { code, output } = await runProgram("apt-get", ["update", "-q"], progress);
  if (code !== 0) throw new SeamarkError("unavailable", `apt-get update failed:\n${output}`);
}

function install(names: readonly string[], progress: (text: string) => void): ReturnType<typeof runProgram> {
  const args = ["install", "-y", "-q", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0", ...names];
  return runProgram("apt-get", args, progress);
}
