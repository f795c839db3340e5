/** What the shop consists of, as data. */
export interface ServicePlan {
  /** Name within the shop; also its name in the network. */
  readonly name: string;
  /** File in services/, and the image's name. */
  readonly service: "edge" | "api" | "payment" | "worker" | "load";
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Environment variables whose value is the address of other members: `API` = `api-1:8080,api-2:8080`. */
  readonly peers: Readonly<Record<string, readonly string[]>>;
}

function labels(app: string, instance: string, version: string): Record<string, string> {
  return {
    "seamark.app": app,
    "seamark.instance": instance,
    "seamark.version": version,
    "seamark.environment": "demo",
  };
}

/** In the order of their start. */
export const shopPlan: readonly ServicePlan[] = [
  {
    name: "payment",
    service: "payment",
    version: "3.0.1",
    labels: labels("payment", "payment-1", "3.0.1"),
    peers: {},
  },
  {
    name: "api-1",
    service: "api",
    version: "1.4.2",
    labels: labels("shop", "shop-1", "1.4.2"),
    peers: { PAYMENT: ["payment"] },
  },
  {
    name: "api-2",
    service: "api",
    version: "1.4.2",
    labels: labels("shop", "shop-2", "1.4.2"),
    peers: { PAYMENT: ["payment"] },
  },
  {
    name: "worker",
    service: "worker",
    version: "1.4.2",
    labels: labels("worker", "worker-1", "1.4.2"),
    peers: {},
  },
  {
    name: "edge",
    service: "edge",
    version: "2.1.0",
    labels: { ...labels("edge", "edge-1", "2.1.0"), "seamark.edge": "true" },
    peers: { API: ["api-1", "api-2"] },
  },
  {
    name: "load",
    service: "load",
    version: "1.0.0",
    // Not part of the shop: its counts are for tests, not for people.
    labels: { "seamark.logs": "off" },
    peers: { EDGE: ["edge"] },
  },
];

/** Every port is the same inside a network; on the host's network each member has its own, from here. */
export const containerPort = 8080;
export const hostPortFirst = 17_380;

/** The environment of a member: where it listens and where its peers are. */
export function environmentOf(plan: ServicePlan, shared: boolean): string[] {
  const portOf = (name: string): number =>
    shared ? hostPortFirst + shopPlan.findIndex((other) => other.name === name) : containerPort;
  const addressOf = (name: string): string => `${shared ? "127.0.0.1" : name}:${portOf(name)}`;
  const own = [
    `PORT=${portOf(plan.name)}`,
    `HOST=${shared ? "127.0.0.1" : "0.0.0.0"}`,
    `VERSION=${plan.version}`,
  ];
  const peers = Object.entries(plan.peers).map(([key, names]) => `${key}=${names.map(addressOf).join(",")}`);
  return [...own, ...peers, "PATH=/bin", "NODE_NO_WARNINGS=1"];
}

/** Where a member answers `/healthz`, for the probe. */
export function healthUrl(name: string, shared: boolean): string {
  const plan = shopPlan.find((other) => other.name === name)!;
  const port = environmentOf(plan, shared)[0]!.slice("PORT=".length);
  return `http://${shared ? "127.0.0.1" : name}:${port}/healthz`;
}
