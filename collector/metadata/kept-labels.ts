/** A container has a handful of labels; build tools may add dozens. */
const labelsMax = 64;
/** A longer value is a document, not a label; Compose puts whole file lists into one. */
const labelBytesMax = 1024;

/** Labels that are long, change with every build, or say nothing that the origin does not say already. */
const dropped = [
  /^com\.docker\.compose\.(config-hash|depends_on|project\.config_files|project\.working_dir|image|replace|oneoff)$/,
  /^io\.kubernetes\.container\.(hash|ports|terminationMessagePath|terminationMessagePolicy)$/,
  /^annotation\./,
  /^desktop\.docker\.io\//,
];

/** The labels that go with every line of a container: short ones, at most 64, in the order of their names. */
export function keepLabels(labels: Readonly<Record<string, string>>): Record<string, string> | undefined {
  const kept = Object.entries(labels)
    .filter(([key, value]) => !dropped.some((rule) => rule.test(key)) && fits(key) && fits(value))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, labelsMax);
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function fits(text: string): boolean {
  return Buffer.byteLength(text) <= labelBytesMax;
}
