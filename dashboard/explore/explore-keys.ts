import type { AppContext } from "../shell/app-context.ts";
import { hasModifier, isTyping } from "../shell/page-keys.ts";
import { shiftRange } from "../state/time-range.ts";
import type { Explore } from "./explore-data.ts";
import type { Line } from "./line-buffer.ts";
import type { ListHandle } from "./line-list.tsx";

interface Actions {
  readonly app: AppContext;
  readonly explore: Explore;
  readonly list: () => ListHandle | undefined;
  readonly filter: (field: string, value: string, exclude: boolean) => void;
  readonly copyLink: (id: string) => void;
  readonly toggleLive: () => void;
}

/** Keys of Explore: DESIGN.md, Interaction. */
export function exploreKeys(actions: Actions): (event: KeyboardEvent) => void {
  const bindings = bindingsOf(actions);
  return (event) => {
    if (isTyping(event) || hasModifier(event) || event.defaultPrevented) return;
    // Nothing acts behind an open dialog, and Escape is the dialog's own.
    if (document.querySelector("dialog[open]")) return;
    // Enter and Space on a button press it.
    const onControl = (event.target as HTMLElement | null)?.closest("button, a");
    if (onControl && (event.key === "Enter" || event.key === " ")) return;
    const action = bindings[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
}

function bindingsOf(actions: Actions): Readonly<Record<string, () => void>> {
  const { app, explore, list } = actions;
  const { buffer } = explore;
  const move = (step: number) => {
    const at = list()?.selected();
    const start = step > 0 ? buffer.first - 1 : buffer.end;
    list()?.select(Math.max(buffer.first, Math.min(buffer.end - 1, (at ?? start) + step)));
  };
  const line = (): Line | undefined => {
    const at = list()?.selected();
    return at === undefined ? undefined : buffer.at(at);
  };
  const onLine = (act: (line: Line) => void) => () => {
    const selected = line();
    if (selected) act(selected);
  };
  const appTerm = (exclude: boolean) =>
    onLine(({ row }) => {
      if (row["service.name"] !== undefined) actions.filter("app", row["service.name"], exclude);
    });
  const shift = (direction: -1 | 1) => () =>
    app.update({
      range: shiftRange(explore.range(), direction, app.clock.nowMs()),
      brush: undefined,
      live: false,
    });
  return {
    j: () => move(1),
    k: () => move(-1),
    ArrowDown: () => move(1),
    ArrowUp: () => move(-1),
    PageDown: () => move(list()?.pageRows() ?? 1),
    PageUp: () => move(-(list()?.pageRows() ?? 1)),
    Home: () => list()?.select(buffer.first),
    End: () => list()?.toEnd(),
    Enter: onLine(({ row }) =>
      app.update(
        { line: app.state().line === row.id ? undefined : row.id },
        { replace: app.state().line !== undefined },
      ),
    ),
    c: onLine(({ row }) => app.update({ context: row.id, line: undefined, live: false })),
    f: appTerm(false),
    x: appTerm(true),
    y: onLine(({ row }) => actions.copyLink(row.id)),
    n: () => nextFailure(actions),
    l: actions.toggleLive,
    "[": shift(-1),
    "]": shift(1),
    Escape: () => clearOne(actions),
  };
}

/** First the brush, then what is open, then the selection, then the context. */
function clearOne({ app, list }: Actions): void {
  const { brush, line, context } = app.state();
  if (brush) app.update({ brush: undefined });
  else if (line) app.update({ line: undefined });
  else if (context) app.update({ context: undefined });
  else list()?.clearSelection();
}

function isFailure({ row }: Line): boolean {
  const level = row["log.level"];
  return level === "error" || level === "fatal" || (row["http.response.status_code"] ?? 0) >= 500;
}

function nextFailure({ app, explore, list }: Actions): void {
  const { buffer } = explore;
  const from = list()?.selected() ?? buffer.first - 1;
  for (let index = from + 1; index < buffer.end; index += 1) {
    const line = buffer.at(index);
    if (line && isFailure(line)) {
      list()?.select(index);
      return;
    }
  }
  app.toast({ text: "No failure after this line in what is loaded.", icon: "warn" });
}
