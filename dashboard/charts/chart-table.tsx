import { For } from "solid-js";
import { formatCount } from "../format/numbers.ts";

export interface ChartColumn {
  readonly name: string;
  readonly values: readonly number[];
}

/** The same figures as the chart shows, newest first, for those who read tables. */
export function ChartTable(props: {
  readonly times: readonly string[];
  readonly columns: readonly ChartColumn[];
}) {
  const rows = () => props.times.map((_, at) => props.times.length - 1 - at);
  return (
    <div class="chart-table">
      <table>
        <thead>
          <tr>
            <th>Time</th>
            <For each={props.columns}>{(column) => <th class="num">{column.name}</th>}</For>
          </tr>
        </thead>
        <tbody>
          <For each={rows()}>
            {(at) => (
              <tr>
                <td class="mono">{props.times[at]}</td>
                <For each={props.columns}>
                  {(column) => (
                    <td class="num" classList={{ zero: column.values[at] === 0 }}>
                      {formatCount(column.values[at] ?? 0)}
                    </td>
                  )}
                </For>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  );
}
