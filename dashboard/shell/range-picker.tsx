import { createSignal, For, onCleanup, onMount, Show } from "solid-js";
import { formatDayTime, localZone, utcZone } from "../format/zone.ts";
import { endMs, presets, type RangeText, rangeLabel, readEnd } from "../state/time-range.ts";
import { useApp } from "./app-context.ts";
import { Icon } from "./icons.tsx";

/** The button with the range on it, and the panel to choose another. */
export function RangePicker(props: { readonly tall?: boolean; readonly label?: string }) {
  const app = useApp();
  const [open, setOpen] = createSignal(false);
  let holder!: HTMLDivElement;
  const label = () => rangeLabel(app.state().range, app.now(), app.zone());

  const outside = (event: PointerEvent) => {
    if (!holder.contains(event.target as Node)) setOpen(false);
  };
  const close = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || !open()) return;
    event.stopPropagation();
    setOpen(false);
    holder.querySelector("button")?.focus();
  };
  onMount(() => {
    document.addEventListener("pointerdown", outside);
    holder.addEventListener("keydown", close);
  });
  onCleanup(() => document.removeEventListener("pointerdown", outside));

  const choose = (range: RangeText) => {
    setOpen(false);
    app.update({ range, brush: undefined, live: false, line: undefined, context: undefined });
  };
  return (
    <div class="anchor" ref={holder}>
      <button
        type="button"
        class="btn"
        classList={{ hbtn: props.tall === true, on: open() }}
        aria-haspopup="dialog"
        aria-expanded={open()}
        onClick={() => setOpen(!open())}
      >
        <Icon name="clock" />
        <span>{props.label ?? label().interval}</span>
        <span class="dim hide-n">{props.label === undefined ? label().name : ""}</span>
        <Icon name="chev" />
      </button>
      <Show when={open()}>
        <RangePanel choose={choose} />
      </Show>
    </div>
  );
}

function RangePanel(props: { readonly choose: (range: RangeText) => void }) {
  const app = useApp();
  const { range } = app.state();
  const shown = (end: string) =>
    end.startsWith("now") || end === "today"
      ? end
      : formatDayTime(endMs(end, app.now(), app.zone()), app.zone());
  const [from, setFrom] = createSignal(shown(range.from));
  const [to, setTo] = createSignal(shown(range.to));
  const read = () => ({
    from: readEnd(from(), app.now(), app.zone()),
    to: readEnd(to(), app.now(), app.zone()),
  });
  const wrong = (): string => {
    const { from: start, to: end } = read();
    if (start === undefined) return `“${from()}” is not a time.`;
    if (end === undefined) return `“${to()}” is not a time.`;
    const ordered = endMs(start, app.now(), app.zone()) < endMs(end, app.now(), app.zone());
    return ordered ? "" : "The start must be before the end.";
  };
  const apply = () => {
    const { from: start, to: end } = read();
    if (wrong() === "" && start !== undefined && end !== undefined) props.choose({ from: start, to: end });
  };
  return (
    <div class="pop range" role="dialog" aria-label="Time range">
      <div class="presets">
        <For each={presets}>
          {(preset) => (
            <button
              type="button"
              class="it"
              classList={{ on: preset.range.from === range.from && preset.range.to === range.to }}
              onClick={() => props.choose(preset.range)}
            >
              {preset.label}
              <span class="n">{preset.short}</span>
            </button>
          )}
        </For>
      </div>
      <form
        class="ends"
        onSubmit={(event) => {
          event.preventDefault();
          apply();
        }}
      >
        <label class="lab">
          From
          <input class="field mono" value={from()} onInput={(event) => setFrom(event.currentTarget.value)} />
        </label>
        <label class="lab">
          To
          <input class="field mono" value={to()} onInput={(event) => setTo(event.currentTarget.value)} />
        </label>
        <p class="help" classList={{ c4: wrong() !== "" }} role="status">
          {wrong() || "Also: 2h, -90m, 14:20, yesterday 9:00, unix or ISO time"}
        </p>
        <div class="zones">
          <ZoneSwitch />
          <span class="sp" />
          <button type="submit" class="btn pri" disabled={wrong() !== ""}>
            Apply
          </button>
        </div>
      </form>
    </div>
  );
}

/** UTC or the browser's zone; all times on the page follow. */
function ZoneSwitch() {
  const app = useApp();
  return (
    <fieldset class="seg" aria-label="Times in">
      <For each={[utcZone, localZone]}>
        {(zone) => (
          <button
            type="button"
            class={app.state().zone === zone.id ? "on" : ""}
            aria-pressed={app.state().zone === zone.id}
            onClick={() => app.update({ zone: zone.id }, { replace: true })}
          >
            {zone.id === "local" && zone.name === "UTC" ? "Local" : zone.name}
          </button>
        )}
      </For>
    </fieldset>
  );
}
