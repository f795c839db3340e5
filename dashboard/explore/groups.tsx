import { For } from "solid-js";
import { formatCount, formatShare } from "../format/numbers.ts";

/** The answer of `| count by …`: the largest groups first. */
export function Groups(props: {
  readonly groups: readonly { readonly key: readonly (string | null)[]; readonly count: number }[];
  readonly by: readonly string[];
}) {
  const total = () =>
    Math.max(
      1,
      props.groups.reduce((all, group) => all + group.count, 0),
    );
  return (
    <div class="groups">
      <table>
        <thead>
          <tr>
            <For each={props.by}>{(name) => <th>{name}</th>}</For>
            <th class="num">Lines</th>
            <th>Share of these</th>
          </tr>
        </thead>
        <tbody>
          <For each={props.groups}>
            {(group) => (
              <tr>
                <For each={group.key}>
                  {(value) => <td class="mono">{value ?? <span class="dim">– (without it)</span>}</td>}
                </For>
                <td class="num">{formatCount(group.count)}</td>
                <td>
                  <span class="meter">
                    <i style={{ width: `${(100 * group.count) / total()}%` }} />
                  </span>{" "}
                  <span class="dim">{formatShare(group.count / total())}</span>
                </td>
              </tr>
            )}
          </For>
        </tbody>
      </table>
    </div>
  );
}
