import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { LogsClient } from "./client.ts";

const server = createServer();

afterEach(() => {
  server.close();
  server.removeAllListeners("request");
});

/** What the client makes of an aggregator that answers so. */
async function failure(status: number, problem: object): Promise<unknown> {
  server.on("request", (_request, response) => response.writeHead(status).end(JSON.stringify(problem)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return await new LogsClient(`http://127.0.0.1:${port}`, undefined)
    .search({ query: "x" })
    .catch((error) => error);
}

test("a missing token is mended with the flags of the command, not with a header", async () => {
  const hint = "Send Authorization: Bearer with the text of the file";
  expect(await failure(401, { detail: "This needs the token.", hint })).toMatchObject({
    code: "unauthorized",
    message: "This needs the token.",
    hint: expect.stringContaining("--token"),
  });
});

test("a wrong query says where, without what only programs can do", async () => {
  const where = { parameter: "query", from: 2, to: 3 };
  const hint = "lenient=true searches a broken query as words";
  expect(await failure(400, { detail: "This ( is not closed", hint, where })).toMatchObject({
    message: "This ( is not closed",
    from: 2,
    to: 3,
    hint: undefined,
  });
});
