import type { ImageName } from "./container-names.ts";

/** What a container tells of itself. */
export interface ContainerFacts {
  readonly name: string;
  readonly image: ImageName;
  readonly labels: Readonly<Record<string, string>>;
  /** The named variables of the environment. */
  readonly variables: ReadonlyMap<string, string>;
}

/** Who a container is. `app` is always known: the image's name at the least. */
export interface AppIdentity {
  readonly app: string;
  readonly orchestrator: string;
  readonly instance?: string | undefined;
  readonly version?: string | undefined;
  readonly environment?: string | undefined;
  readonly tenant?: string | undefined;
  readonly taskId?: string | undefined;
  readonly taskName?: string | undefined;
}

interface Resolver {
  readonly orchestrator: string;
  /** Undefined when the container is not of this orchestrator. */
  readonly read: (facts: ContainerFacts) => Omit<AppIdentity, "orchestrator"> | undefined;
}

/** The first that knows the container names it; what it does not say, a later one may. */
const orchestrators: readonly Resolver[] = [
  { orchestrator: "marathon", read: readMarathon },
  { orchestrator: "swarm", read: readSwarm },
  { orchestrator: "compose", read: readCompose },
  { orchestrator: "kubernetes", read: readKubernetes },
  { orchestrator: "nomad", read: readNomad },
  { orchestrator: "ecs", read: readEcs },
];

/** Own labels win over what an orchestrator says, field by field; the image's name is the last resort. */
export function resolveApp(facts: ContainerFacts): AppIdentity {
  const own = (key: string): string | undefined => filled(facts.labels[`seamark.${key}`]);
  const found = readOrchestrator(facts);
  return {
    app: own("app") ?? found?.app ?? facts.image.short,
    orchestrator: found?.orchestrator ?? "none",
    instance: own("instance") ?? found?.instance ?? facts.name,
    version: own("version") ?? found?.version ?? filled(facts.labels["org.opencontainers.image.version"]),
    environment: own("environment") ?? found?.environment,
    tenant: own("tenant") ?? found?.tenant,
    taskId: own("task") ?? found?.taskId,
    taskName: found?.taskName,
  };
}

function readOrchestrator(facts: ContainerFacts): AppIdentity | undefined {
  for (const { orchestrator, read } of orchestrators) {
    const identity = read(facts);
    if (identity) return { ...identity, orchestrator };
  }
  return undefined;
}

/** Marathon sets variables, and the label `MESOS_TASK_ID`. Source: TaskBuilder.scala. */
function readMarathon({ labels, variables }: ContainerFacts): Omit<AppIdentity, "orchestrator"> | undefined {
  const taskId = filled(labels.MESOS_TASK_ID) ?? variables.get("MESOS_TASK_ID");
  const app = variables.get("MARATHON_APP_ID")?.replace(/^\//, "") ?? marathonApp(taskId);
  if (app === undefined) return undefined;
  return { app, taskId, instance: taskId, version: variables.get("MARATHON_APP_VERSION") };
}

/** `shop_web.instance-5f3….marathon-x` or `shop_web.5f3…` of the app `shop/web`. */
function marathonApp(taskId: string | undefined): string | undefined {
  return taskId === undefined ? undefined : filled(taskId.split(".")[0]!.replaceAll("_", "/"));
}

/** Source: moby daemon/cluster/executor/container/container.go. The task's name is `service.slot.task`. */
function readSwarm({ labels }: ContainerFacts): Omit<AppIdentity, "orchestrator"> | undefined {
  const service = filled(labels["com.docker.swarm.service.name"]);
  if (service === undefined) return undefined;
  const stack = filled(labels["com.docker.stack.namespace"]);
  const app =
    stack !== undefined && service.startsWith(`${stack}_`) ? service.slice(stack.length + 1) : service;
  const taskName = filled(labels["com.docker.swarm.task.name"]);
  const taskId = filled(labels["com.docker.swarm.task.id"]);
  return { app, environment: stack, taskId, taskName, instance: taskName?.split(".").slice(0, 2).join(".") };
}

/** Source: docker/compose pkg/api/labels.go. */
function readCompose({ labels }: ContainerFacts): Omit<AppIdentity, "orchestrator"> | undefined {
  const app = filled(labels["com.docker.compose.service"]);
  if (app === undefined) return undefined;
  const project = filled(labels["com.docker.compose.project"]);
  const number = filled(labels["com.docker.compose.container-number"]);
  const taskName = project === undefined ? app : `${project}/${app}`;
  return {
    app,
    environment: project,
    taskName,
    instance: number === undefined ? undefined : `${app}-${number}`,
  };
}

/** Source: kubelet types/labels.go. The pod's own labels are only on its sandbox, so the app is the container's name. */
function readKubernetes({ labels }: ContainerFacts): Omit<AppIdentity, "orchestrator"> | undefined {
  const pod = filled(labels["io.kubernetes.pod.name"]);
  if (pod === undefined) return undefined;
  return {
    app: filled(labels["io.kubernetes.container.name"]) ?? pod,
    environment: filled(labels["io.kubernetes.pod.namespace"]),
    taskId: filled(labels["io.kubernetes.pod.uid"]),
    taskName: pod,
    instance: pod,
  };
}

/** Source: nomad drivers/docker/driver.go; only the allocation's id is always there. */
function readNomad({ labels, variables }: ContainerFacts): Omit<AppIdentity, "orchestrator"> | undefined {
  const label = (key: string): string | undefined => filled(labels[`com.hashicorp.nomad.${key}`]);
  const taskId = label("alloc_id") ?? variables.get("NOMAD_ALLOC_ID");
  const job = label("job_name") ?? variables.get("NOMAD_JOB_NAME");
  if (taskId === undefined && job === undefined) return undefined;
  const task = label("task_name") ?? variables.get("NOMAD_TASK_NAME");
  const app = job ?? task;
  if (app === undefined) return undefined;
  return { app, taskId, taskName: task, environment: label("namespace") ?? variables.get("NOMAD_NAMESPACE") };
}

/** Source: Amazon ECS container agent; the family of the task definition is the service. */
function readEcs({ labels }: ContainerFacts): Omit<AppIdentity, "orchestrator"> | undefined {
  const label = (key: string): string | undefined => filled(labels[`com.amazonaws.ecs.${key}`]);
  const app = label("task-definition-family");
  if (app === undefined) return undefined;
  return {
    app,
    version: label("task-definition-version"),
    taskId: label("task-arn"),
    taskName: label("container-name"),
    environment: label("cluster"),
  };
}

function filled(text: string | undefined): string | undefined {
  return text === undefined || text.trim() === "" ? undefined : text;
}
