/** Path data of a sparkline on a fixed scale from 0 to `max`; holes (undefined) break the line. */
export function sparkPath(
  values: readonly (number | undefined)[],
  max: number,
  width: number,
  height: number,
): { readonly line: string; readonly area: string } {
  const top = max > 0 ? max : 1;
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  const y = (value: number) => round(height - 1 - (Math.min(value, top) / top) * (height - 2));
  const runs: string[] = [];
  const areas: string[] = [];
  let run: string[] = [];
  let startX = 0;
  const close = (endAt: number) => {
    if (run.length > 0) {
      runs.push(`M${run.join("L")}`);
      areas.push(`M${round(startX)} ${height}L${run.join("L")}L${round(endAt * step)} ${height}Z`);
    }
    run = [];
  };
  for (const [at, value] of values.entries()) {
    if (value === undefined) {
      close(at - 1);
      continue;
    }
    if (run.length === 0) startX = at * step;
    run.push(`${round(at * step)} ${y(value)}`);
  }
  close(values.length - 1);
  return { line: runs.join(""), area: areas.join("") };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
