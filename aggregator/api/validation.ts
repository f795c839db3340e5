import type { FastifySchemaValidationError } from "fastify";
import { editDistance } from "../../common/base/config.ts";
import { RequestError } from "./problem.ts";

/** The problem of a request that does not fit its route's schema; `known` are the parameters that the route takes. */
export function validationProblem(
  errors: readonly FastifySchemaValidationError[],
  known: readonly string[],
): RequestError {
  const [error] = errors;
  if (error === undefined) return new RequestError("bad_request", "The request does not fit its schema.");
  if (error.keyword === "additionalProperties")
    return unknownParameter(String(error.params.additionalProperty), known);
  if (error.keyword === "required") {
    const parameter = String(error.params.missingProperty);
    return new RequestError("bad_request", `${parameter} is missing.`, { where: { parameter } });
  }
  const parameter = error.instancePath.split("/")[1] ?? "";
  const allowed = error.params.allowedValues;
  const detail = Array.isArray(allowed) ? `must be one of ${allowed.join(", ")}` : error.message;
  return new RequestError("bad_request", `${parameter}: ${detail}.`, { where: { parameter } });
}

export function unknownParameter(name: string, known: readonly string[]): RequestError {
  const near = known
    .map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
    .toSorted((a, b) => a.distance - b.distance)[0];
  const takes = known.length > 0 ? `This route takes ${known.join(", ")}` : "This route takes no parameters";
  const meant = near !== undefined && near.distance <= 2;
  return new RequestError("bad_request", `The parameter ${JSON.stringify(name)} is not known.`, {
    hint: meant ? `Did you mean ${near.candidate}?` : takes,
    where: { parameter: name },
  });
}
