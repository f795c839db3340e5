import type { TSchema } from "typebox";
import { Problem, problemType } from "./problem.ts";
import { type Answer, apiPrefix, type Route } from "./route.ts";

export interface MountedRoute {
  readonly route: Route;
  /** With the prefix. */
  readonly path: string;
}

/** Routes below `/api/v1` and those beside it, with their whole paths. */
export function mount(prefixed: readonly Route[], bare: readonly Route[]): readonly MountedRoute[] {
  return [
    ...prefixed.map((route) => ({ route, path: `${apiPrefix}${route.path}` })),
    ...bare.map((route) => ({ route, path: route.path })),
  ];
}

/**
 * TypeBox writes a tuple as draft 7 does (`items` is a list), the validator takes it so, and 3.1 is JSON Schema
 * 2020-12, where it is `prefixItems`. Source: https://json-schema.org/draft/2020-12/release-notes
 */
function asDraft2020(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(asDraft2020);
  if (typeof schema !== "object" || schema === null) return schema;
  const {
    items,
    additionalItems: _closed,
    ...rest
  } = schema as { items?: unknown; additionalItems?: unknown };
  const all = Object.fromEntries(Object.entries(rest).map(([name, value]) => [name, asDraft2020(value)]));
  if (items === undefined) return all;
  return Array.isArray(items)
    ? { ...all, prefixItems: asDraft2020(items), items: false }
    : { ...all, items: asDraft2020(items) };
}

/** The OpenAPI document of the route table. Source: https://spec.openapis.org/oas/v3.1.1.html */
export function openApiOf(routes: readonly MountedRoute[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const { route, path } of routes) {
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Seamark",
      version,
      description:
        "Reading is open on loopback; what changes something, and everything beyond loopback, needs the token. " +
        "Errors are application/problem+json.",
    },
    paths,
    components: {
      schemas: { Problem },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "The text of <state>/token" },
        cookie: {
          type: "apiKey",
          in: "cookie",
          name: "seamark_<port>",
          description: "Set by the start link /?token=…",
        },
      },
    },
  };
}

function operationOf(route: Route): object {
  return {
    operationId: `${route.method.toLowerCase()}${route.path.replace(/[^a-z]+/gi, "_")}`,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    security: securityOf(route),
    parameters: parametersOf(route),
    ...(route.bodyBytesMax === undefined ? {} : { requestBody: bodyOf(route.bodyBytesMax) }),
    responses: {
      ...Object.fromEntries(Object.entries(route.answers).map(([status, one]) => [status, answerOf(one)])),
      default: {
        description: "What is wrong, where, and how to mend it",
        content: { [problemType]: { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
  };
}

function securityOf({ need }: Route): readonly object[] {
  if (need === "nothing") return [];
  const token = [{ bearer: [] }, { cookie: [] }];
  return need === "change" ? token : [{}, ...token];
}

function parametersOf(route: Route): readonly object[] {
  const headers = Object.entries(route.headers ?? {}).map(([name, header]) => ({
    name,
    in: "header",
    ...header,
    schema: { type: "string" },
  }));
  return [...inParameters("path", route.params), ...inParameters("query", route.query), ...headers];
}

function inParameters(place: "path" | "query", schema: Route["query"]): readonly object[] {
  if (schema === undefined) return [];
  const required: readonly string[] = schema.required ?? [];
  return Object.entries(schema.properties).map(([name, one]) => {
    const { description, ...rest } = one as TSchema & { description?: string; default?: unknown };
    return {
      name,
      in: place,
      required: required.includes(name) && rest.default === undefined,
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}

function bodyOf(bytesMax: number): object {
  return {
    required: true,
    description: `At most ${bytesMax} bytes as sent`,
    content: { "application/x-ndjson": { schema: { type: "string" } } },
  };
}

function answerOf({ description, schema, contentType }: Answer): object {
  if (schema === undefined) return { description };
  return { description, content: { [contentType ?? "application/json"]: { schema: asDraft2020(schema) } } };
}
