/**
 * Lines per second and CPU of collector and aggregator while one container prints 300,000 JSON lines of 200 bytes,
 * beside a minimal stateless reader of the same API on the same lines in the same run. CPU from /proc/<pid>/stat.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type Docker from "dockerode";
import { Containers } from "../cluster/containers.ts";
import { Cluster } from "../cluster/parts.ts";
import { cpuSeconds, findProcess, residentMiB } from "../cluster/processes.ts";
import { waitForRows } from "../cluster/rows.ts";

const count = 300_000;
const lineBytes = 200;
const socket = "/var/run/docker.sock";
const waitMaxMs = 300_000;

/** JSON request lines of exactly `lineBytes` with the newline, as fast as Docker takes them. */
const script = `/bin/busybox awk 'BEGIN {
  pad = sprintf("%${lineBytes}s", ""); gsub(/ /, "x", pad);
  for (i = 1; i <= ${count}; i++) {
    head = "{\\"level\\":30,\\"time\\":" 1795370400000 + i ",\\"msg\\":\\"request completed\\",\\"req\\":{\\"method\\":\\"GET\\",\\"url\\":\\"/items/" i "\\"},\\"res\\":{\\"statusCode\\":200},\\"responseTime\\":" i % 90 ",\\"pad\\":\\"";
    print substr(head pad, 1, ${lineBytes - 3}) "\\"}";
  }
}'`;

interface Measured {
  readonly seconds: number;
  /** CPU-seconds by process. */
  readonly cpu: Readonly<Record<string, number>>;
}

export async function run(): Promise<void> {
  const containers = new Containers(socket);
  await containers.prepare();
  try {
    const alone = await written(containers);
    report("nobody reads (the container and dockerd alone)", alone);
    report("minimal reader", await minimal(containers));
    report("Seamark: parsed, spooled, sent, stored, counted", await seamark(containers));
  } finally {
    await containers.remove();
  }
}

function report(what: string, { seconds, cpu }: Measured): void {
  const rate = Math.round(count / seconds).toLocaleString("en-GB");
  console.log(`  ${what}: ${seconds.toFixed(1)} s, ${rate} lines/s`);
  for (const [name, value] of Object.entries(cpu)) {
    const perMillion = ((value / count) * 1e6).toFixed(1);
    console.log(
      `    ${name.padEnd(12)} ${value.toFixed(2).padStart(7)} CPU-s  ${perMillion} per million lines`,
    );
  }
}

/** Runs `work` and measures the processes meanwhile. */
async function measured(
  pids: Readonly<Record<string, number>>,
  work: () => Promise<void>,
): Promise<Measured> {
  const before = Object.entries(pids).map(([name, pid]) => [name, cpuSeconds(pid)] as const);
  const startedMs = performance.now();
  await work();
  const seconds = (performance.now() - startedMs) / 1000;
  const cpu = Object.fromEntries(before.map(([name, value]) => [name, cpuSeconds(pids[name]!) - value]));
  return { seconds, cpu };
}

/** The machine's engine: the one whose command line names no other socket. */
function dockerd(): Record<string, number> {
  const pid = findProcess(/(^|\/)dockerd(?!.*sm-engine)/);
  return pid === undefined ? {} : { dockerd: pid };
}

function start(containers: Containers, name: string): Promise<Docker.Container> {
  const labels = { "seamark.app": `bench-${name}` };
  return containers.run({ name: `bench-${name}`, script, labels });
}

async function written(containers: Containers): Promise<Measured> {
  return await measured(dockerd(), async () => {
    await (await start(containers, "alone")).wait();
  });
}

async function minimal(containers: Containers): Promise<Measured> {
  let cpu = { user: 0, system: 0 };
  const rest = await measured(dockerd(), async () => {
    const container = await start(containers, "minimal");
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, "minimal-reader.ts"), socket, container.id],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    await once(child, "close");
    const result = JSON.parse(output) as { lines: number; cpu: typeof cpu };
    if (result.lines < count) throw new Error(`the minimal reader got ${result.lines} of ${count} lines`);
    cpu = result.cpu;
  });
  return { ...rest, cpu: { reader: (cpu.user + cpu.system) / 1e6, ...rest.cpu } };
}

async function seamark(containers: Containers): Promise<Measured> {
  const cluster = await Cluster.start({ include: "name=seamark-test-cluster-bench-seamark" });
  try {
    const collector = cluster.collectors[0]!.pid;
    const aggregator = cluster.aggregator.pid;
    const result = await measured({ collector, aggregator, ...dockerd() }, async () => {
      await start(containers, "seamark");
      await waitForRows(cluster, "app:bench-seamark -event.kind:*", count, waitMaxMs);
    });
    const memory = `collector ${residentMiB(collector).toFixed(0)} MiB, aggregator ${residentMiB(aggregator).toFixed(0)} MiB`;
    console.log(`  resident memory after the load: ${memory}`);
    return result;
  } finally {
    await cluster.stop();
  }
}
