import Type from "typebox";
import type { ApiParts } from "./parts.ts";
import { RequestError } from "./problem.ts";
import { type Route, route } from "./route.ts";
import { Nullable, Time } from "./schemas.ts";

const tag = "dead letters";

const DeadLetter = Type.Object({
  id: Type.String(),
  time: Time,
  batch: Type.String(),
  line: Type.Integer({ description: "1-based number within the batch" }),
  text: Type.String(),
  reason: Type.String(),
});

const params = Type.Object({ id: Type.String({ maxLength: 256 }) });

export function deadLetterRoutes({ deadLetters }: ApiParts): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/dead-letters",
      tag,
      need: "read",
      summary: "Lines that the store refused",
      query: Type.Object(
        {
          limit: Type.Integer({ minimum: 1, maximum: 1000, default: 100 }),
          cursor: Type.Optional(Type.String({ maxLength: 256 })),
        },
        { additionalProperties: false },
      ),
      answers: {
        200: {
          description: "The newest first",
          schema: Type.Object({
            deadLetters: Type.Array(DeadLetter),
            cursor: Nullable(Type.String()),
            dropped: Type.Integer({ description: "Dropped because the folder was full" }),
          }),
        },
      },
      handle: async ({ query }) => {
        const page = await deadLetters.list(query.limit, query.cursor);
        return { deadLetters: page.letters, cursor: page.cursor ?? null, dropped: page.dropped };
      },
    }),
    changeRoute("POST", "/dead-letters/{id}/replay", "Gives a refused line to the store again", (id) =>
      deadLetters.replay([id]),
    ),
    changeRoute("DELETE", "/dead-letters/{id}", "Forgets a refused line", (id) => deadLetters.delete([id])),
  ];
}

function changeRoute(
  method: "POST" | "DELETE",
  path: string,
  summary: string,
  change: (id: string) => Promise<number>,
): Route {
  return route({
    method,
    path,
    tag,
    need: "change",
    summary,
    params,
    answers: { 204: { description: "Done" } },
    handle: async (call) => {
      const changed = await change(call.params.id);
      if (changed > 0) return undefined;
      throw new RequestError("not_found", `There is no dead letter ${JSON.stringify(call.params.id)}.`, {
        hint: "GET /api/v1/dead-letters lists them",
      });
    },
  });
}
