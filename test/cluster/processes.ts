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
