import { Show } from "solid-js";
import { formatSecond } from "../format/zone.ts";
import { useApp } from "./app-context.ts";
import { waitsForDocker } from "./docker-wait.ts";
import { createHosts } from "./hosts.ts";
import { Icon } from "./icons.tsx";

/** What is wrong with the whole page stands on top of it: no answer, or no Docker. */
export function Banner() {
  const app = useApp();
  const lost = () => app.status.error();
  return (
    <>
      <Show when={lost()}>
        {(error) => (
          <div class="banner bad" role="alert">
            <Icon name="warn" />
            <b>{error().code === "unavailable" ? "Connection lost, retrying." : error().message}</b>
            <span>
              <Show when={app.status.receivedMs()} fallback="Nothing has been heard from the aggregator yet.">
                {(ms) => `Shown data is from ${formatSecond(ms(), app.zone())} ${app.zone().name}.`}
              </Show>
            </span>
            <span class="sp" />
            <button type="button" class="btn" onClick={() => app.status.refresh()}>
              Retry
            </button>
          </div>
        )}
      </Show>
      <Show when={!lost() && (app.status.data()?.collectors.dockerWaiting ?? 0) > 0}>
        <WaitingForDocker />
      </Show>
      <Show when={!lost() && app.status.data()?.collectors.total === 0}>
        <div class="banner warn" role="status">
          <Icon name="wait" />
          <b>No collector has reported yet.</b>
          <span>Lines arrive as soon as one runs on a Docker host; nothing else is to be done.</span>
        </div>
      </Show>
    </>
  );
}

function WaitingForDocker() {
  const app = useApp();
  const hosts = createHosts();
  const waiting = () => (hosts.data()?.hosts ?? []).filter((host) => waitsForDocker(host, app.now()));
  const where = () =>
    waiting()
      .map((host) => `${host.docker?.socket} on ${host.host}`)
      .join(", ");
  return (
    <Show when={waiting().length > 0}>
      <div class="banner warn" role="status">
        <Icon name="wait" />
        <b>Waiting for Docker at {where()}</b>
        <span>{waiting()[0]?.docker?.error ?? ""} Reading starts by itself when Docker comes.</span>
      </div>
    </Show>
  );
}
