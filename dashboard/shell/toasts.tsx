import { createSignal, Show } from "solid-js";
import type { Clock } from "../../common/base/clock.ts";
import type { Toast } from "./app-context.ts";
import { Icon } from "./icons.tsx";

const shownMs = 6000;

export interface ToastStore {
  readonly current: () => Toast | undefined;
  readonly show: (toast: Toast) => void;
  readonly clear: () => void;
}

/** One at a time, for six seconds. */
export function createToasts(clock: Clock): ToastStore {
  const [current, setCurrent] = createSignal<Toast>();
  const show = (toast: Toast) => {
    setCurrent(toast);
    void clock.sleep(shownMs).then(() => {
      if (current() === toast) setCurrent(undefined);
    });
  };
  return { current, show, clear: () => setCurrent(undefined) };
}

export function Toasts(props: { readonly toasts: ToastStore }) {
  return (
    <div class="toasts" role="status">
      <Show when={props.toasts.current()}>
        {(toast) => (
          <div class="toast">
            <span class={toast().icon === "warn" ? "c4" : "c2"}>
              <Icon name={toast().icon ?? "check"} />
            </span>
            {toast().text}
            <span class="sp" />
            <button type="button" class="btn quiet" onClick={() => props.toasts.clear()}>
              Close
            </button>
          </div>
        )}
      </Show>
    </div>
  );
}
