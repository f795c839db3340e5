const storageKey = "seamark.queries";
const queriesMax = 12;

/** Queries that were run in this browser, the last one first. */
export function recentQueries(): readonly string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? "[]");
    return Array.isArray(stored)
      ? stored.filter((query) => typeof query === "string").slice(0, queriesMax)
      : [];
  } catch {
    return [];
  }
}

export function rememberQuery(query: string): void {
  if (query.trim() === "") return;
  const queries = [query, ...recentQueries().filter((other) => other !== query)].slice(0, queriesMax);
  try {
    localStorage.setItem(storageKey, JSON.stringify(queries));
  } catch {
    // Storage is full or forbidden; the palette then has no recent queries.
  }
}
