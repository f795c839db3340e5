import { render } from "solid-js/web";
import { systemClock } from "../common/base/clock.ts";
import { ApiClient } from "./api/client.ts";
import type { Socket } from "./api/tail.ts";
import { App } from "./shell/app.tsx";

/** The only file that touches the browser's globals for network and time; everything else gets them from here. */
const api = new ApiClient((url, init) => fetch(url, init));

function connect(path: string): Socket {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(url) as unknown as Socket;
}

const root = document.getElementById("app");
if (!root) throw new Error("index.html has no #app.");
render(() => <App api={api} clock={systemClock} connect={connect} />, root);
