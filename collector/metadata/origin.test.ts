import { describe, expect, test } from "vitest";
import type { ContainerDetails } from "../docker/engine.ts";
import { parseImage } from "./container-names.ts";
import { keepLabels } from "./kept-labels.ts";
import { containerOrigin, hostOrigin, originId } from "./origin.ts";

const host = { name: "h1", ip: "10.0.0.1" };

function container(
  labels: Record<string, string>,
  env: string[] = [],
  image = "team/web:1.2",
): ContainerDetails {
  const never = "0001-01-01T00:00:00Z";
  return {
    Id: "ab".repeat(32),
    Name: "/box",
    Created: never,
    State: { Status: "created", Running: false, ExitCode: 0, StartedAt: never, FinishedAt: never },
    Config: { Tty: false, Image: image, Labels: labels, Env: env },
    HostConfig: { LogConfig: { Type: "json-file" } },
  };
}

const app = (labels: Record<string, string>, env: string[] = []): unknown[] => {
  const origin = containerOrigin(host, container(labels, env));
  return [origin["orchestrator.type"], origin["service.name"], origin["service.node.name"]];
};

describe("the app of a container", () => {
  test.each([
    ["marathon", ["MARATHON_APP_ID=/shop/web", "MESOS_TASK_ID=shop_web.5f3"], {}, "shop/web", "shop_web.5f3"],
    ["marathon", [], { MESOS_TASK_ID: "shop_web.5f3" }, "shop/web", "shop_web.5f3"],
    [
      "swarm",
      [],
      {
        "com.docker.swarm.service.name": "stack_web",
        "com.docker.stack.namespace": "stack",
        "com.docker.swarm.task.name": "stack_web.2.x9",
      },
      "web",
      "stack_web.2",
    ],
    [
      "compose",
      [],
      { "com.docker.compose.service": "web", "com.docker.compose.container-number": "3" },
      "web",
      "web-3",
    ],
    [
      "kubernetes",
      [],
      { "io.kubernetes.pod.name": "web-7d-x", "io.kubernetes.container.name": "web" },
      "web",
      "web-7d-x",
    ],
    [
      "nomad",
      [],
      { "com.hashicorp.nomad.alloc_id": "a1", "com.hashicorp.nomad.job_name": "web" },
      "web",
      "box",
    ],
    ["nomad", ["NOMAD_JOB_NAME=web", "NOMAD_ALLOC_ID=a1"], {}, "web", "box"],
    ["ecs", [], { "com.amazonaws.ecs.task-definition-family": "web" }, "web", "box"],
    ["none", [], {}, "web", "box"],
  ])("is known from %s", (orchestrator, env, labels, name, instance) => {
    expect(app(labels as unknown as Record<string, string>, env)).toEqual([orchestrator, name, instance]);
  });

  test("own labels win, field by field, and the first orchestrator of the table", () => {
    const compose = { "com.docker.compose.service": "web", "com.docker.compose.container-number": "1" };
    expect(app({ ...compose, "seamark.app": "shop" })).toEqual(["compose", "shop", "web-1"]);
    expect(app({ ...compose, MESOS_TASK_ID: "a_b.1" })).toEqual(["marathon", "a/b", "a_b.1"]);
    expect(app({ ...compose, "com.docker.compose.service": " " })).toEqual(["none", "web", "box"]);
  });

  test("an edge is one by its label only", () => {
    expect(containerOrigin(host, container({ "seamark.edge": "true" }))["seamark.edge"]).toBe(true);
    expect(containerOrigin(host, container({ "seamark.edge": "false" }))).not.toHaveProperty("seamark.edge");
  });
});

test("an origin holds nothing of the environment but what names the task", () => {
  const origin = containerOrigin(host, container({}, ["DB_PASSWORD=hunter2", "NOMAD_TOKEN=hunter2"]));
  expect(JSON.stringify(origin)).not.toContain("hunter2");
});

test("the id is the same for the same host and container, and 16 hex digits", () => {
  expect(originId("h1", "c1")).toMatch(/^[0-9a-f]{16}$/);
  expect(originId("h1", "c1")).toBe(originId("h1", "c1"));
  expect(new Set([originId("h1", "c1"), originId("h2", "c1"), hostOrigin(host)["origin.id"]]).size).toBe(3);
});

test.each([
  ["nginx", "nginx", undefined, "nginx"],
  ["registry:5000/team/app:1.2", "registry:5000/team/app", "1.2", "app"],
  ["registry:5000/app", "registry:5000/app", undefined, "app"],
  [`app:2@sha256:${"0".repeat(64)}`, "app", "2", "app"],
  [`sha256:${"a".repeat(64)}`, `sha256:${"a".repeat(64)}`, undefined, `sha256:${"a".repeat(64)}`],
])("the image %s", (text, name, tag, short) => {
  expect(parseImage(text)).toEqual({ name, short, ...(tag === undefined ? {} : { tag }) });
});

test("labels are kept within bounds", () => {
  const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`l${i}`, "v"]));
  expect(Object.keys(keepLabels(many)!)).toHaveLength(64);
  const kept = keepLabels({ a: "x".repeat(2000), b: "1", "com.docker.compose.config-hash": "x" });
  expect(kept).toEqual({ b: "1" });
  expect(keepLabels({})).toBeUndefined();
});
