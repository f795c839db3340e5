import { readFileSync } from "node:fs";
import { Compile, IsSchema } from "typebox/schema";
import { expect, test } from "vitest";
import { Metrics } from "../../common/base/metrics.ts";
import { allRoutes } from "./api.ts";
import { openApiOf } from "./openapi.ts";

const routes = allRoutes({ metrics: new Metrics(), status: {}, version: "1" } as Parameters<
  typeof allRoutes
>[0]);
/** As a client gets it. */
const document = JSON.parse(JSON.stringify(openApiOf(routes, "1"))) as Document;

interface Media {
  content?: Record<string, { schema: object }>;
}
interface Operation {
  operationId: string;
  summary: string;
  security: object[];
  parameters: { name: string; in: string; required: boolean; schema: object }[];
  requestBody?: Media;
  responses: Record<string, Media & { description: string }>;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

test("every route of the contract is there", () => {
  expect(operations.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual([
    "delete /api/v1/dead-letters/{id}",
    "get /api/v1/apps",
    "get /api/v1/containers",
    "get /api/v1/dead-letters",
    "get /api/v1/hosts",
    "get /api/v1/logs",
    "get /api/v1/logs/context",
    "get /api/v1/logs/fields",
    "get /api/v1/logs/histogram",
    "get /api/v1/logs/stats",
    "get /api/v1/logs/tail",
    "get /api/v1/logs/top",
    "get /api/v1/openapi.json",
    "get /api/v1/status",
    "get /healthz",
    "get /metrics",
    "get /readyz",
    "post /api/v1/dead-letters/{id}/replay",
    "post /api/v1/ingest/events",
    "post /api/v1/ingest/logs",
    "post /api/v1/ingest/origins",
  ]);
});

test("operations are told apart, say what they are, and what they may answer", () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { operation } of operations) {
    expect(operation.summary).not.toBe("");
    expect(Object.keys(operation.responses).length).toBeGreaterThan(1);
    expect(operation.responses.default?.content).toHaveProperty(["application/problem+json"]);
    for (const answer of Object.values(operation.responses)) expect(answer.description).not.toBe("");
  }
});

test("path parameters are exactly those of the path, and nothing with a default is required", () => {
  for (const { path, operation } of operations) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    const documented = operation.parameters.filter((one) => one.in === "path");
    expect(documented.map((one) => one.name)).toEqual(named);
    for (const one of documented) expect(one.required).toBe(true);
    for (const one of operation.parameters) if ("default" in one.schema) expect(one.required).toBe(false);
  }
});

test("what changes something asks for the token, what reads may", () => {
  for (const { method, operation } of operations) {
    const open = operation.security.some((one) => Object.keys(one).length === 0);
    const probe = operation.security.length === 0;
    expect(open || probe).toBe(method === "get");
  }
});

test("every schema is a JSON schema, and every reference leads somewhere", () => {
  const schemas = operations.flatMap(({ operation }) => [
    ...operation.parameters.map((one) => one.schema),
    ...[operation.requestBody ?? {}, ...Object.values(operation.responses)].flatMap((media) =>
      Object.values(media.content ?? {}).map((one) => one.schema),
    ),
  ]);
  expect(schemas.length).toBeGreaterThan(60);
  for (const schema of [...schemas, ...Object.values(document.components.schemas)]) {
    expect(IsSchema(schema)).toBe(true);
    expect(() => Compile(schema)).not.toThrow();
  }
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
  for (const [, name] of references) expect(document.components.schemas).toHaveProperty(name!);
});

test("a pair is written as JSON Schema 2020-12 has it, or generators refuse the document", () => {
  const text = JSON.stringify(document);
  expect(text).not.toMatch(/"items":\[|"additionalItems"/);
  expect(text).toContain('"prefixItems":[{"type":"integer"},{"type":"number"}],"items":false');
});

test("the version of the document is one that clients know", () => {
  expect(document.openapi).toMatch(/^3\.1\.\d$/);
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  expect(openApiOf(routes, version)).toMatchObject({ info: { version } });
});
