import type { ContainerRule } from "../config.ts";

/** What the rules look at. */
export interface FilterFacts {
  readonly id: string;
  readonly name: string;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface FilterOptions {
  readonly include: readonly ContainerRule[];
  readonly exclude: readonly ContainerRule[];
  /** The id, or its first 12 digits, of the container that Seamark itself runs in. */
  readonly ownId: string | undefined;
}

/**
 * Decides whether a container is read. Seamark's own containers never are: a collector that reads its own
 * output prints more of it for ever.
 */
export function createContainerFilter(options: FilterOptions): (facts: FilterFacts) => boolean {
  const include = options.include.map(compile);
  const exclude = options.exclude.map(compile);
  return (facts) => {
    if (isOwn(facts, options.ownId) || isOff(facts.labels["seamark.logs"])) return false;
    if (exclude.some((matches) => matches(facts))) return false;
    return include.length === 0 || include.some((matches) => matches(facts));
  };
}

function isOwn(facts: FilterFacts, ownId: string | undefined): boolean {
  if (facts.labels["seamark.part"] !== undefined) return true;
  return ownId !== undefined && ownId.length >= 12 && facts.id.startsWith(ownId);
}

function isOff(value: string | undefined): boolean {
  return value !== undefined && /^(off|false|0|no)$/i.test(value.trim());
}

function compile(rule: ContainerRule): (facts: FilterFacts) => boolean {
  if (rule.of === "label") return compileLabel(rule.glob);
  const pattern = globPattern(rule.glob);
  if (rule.of === "name") return (facts) => pattern.test(facts.name);
  return (facts) => pattern.test(facts.image) || pattern.test(facts.image.replace(/:[^/]*$/, ""));
}

/** `team` (the label is there) or `team=web*`. */
function compileLabel(glob: string): (facts: FilterFacts) => boolean {
  const at = glob.indexOf("=");
  if (at < 0) return (facts) => facts.labels[glob] !== undefined;
  const key = glob.slice(0, at);
  const pattern = globPattern(glob.slice(at + 1));
  return (facts) => {
    const value = facts.labels[key];
    return value !== undefined && pattern.test(value);
  };
}

/** `*` is any text, `?` any one character. */
function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s");
}
