import { readdirSync, readFileSync } from "node:fs";

/** The words of a process's command line; empty when it is gone. */
export function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
  } catch {
    return "";
  }
}

export interface Child {
  readonly pid: number;
  readonly command: string;
}

/** The direct children of a process. */
export function childrenOf(parent: number): Child[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === parent)
    .map((name) => ({ pid: Number(name), command: commandOf(Number(name)) }));
}

/** Field 4 of stat, behind the name in parentheses, which may hold anything. */
function parentOf(pid: string): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
  } catch {
    return undefined;
  }
}

/** Ticks per second of the times in stat: USER_HZ, 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** User and system time that a process has used, all threads, in seconds; fields 14 and 15 of stat. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The first process whose command line matches. */
export function findProcess(pattern: RegExp): number | undefined {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const found = pids.find((name) => pattern.test(commandOf(Number(name))));
  return found === undefined ? undefined : Number(found);
}

/** Resident memory in MiB. */
export function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}
