import { describe, expect, test } from "vitest";
import { admit, type GuardedHeaders, type GuardOptions, type Need } from "./guard.ts";
import { problemOf } from "./problem.ts";
import { Token } from "./token.ts";

const text = "0123456789abcdef".repeat(4);
const token = new Token(text);
const loopback: GuardOptions = {
  loopback: true,
  listenHost: "127.0.0.1",
  token,
  cookieName: () => "seamark_7280",
};
const open: GuardOptions = { ...loopback, loopback: false, listenHost: "0.0.0.0" };
const cookie = `other=1; seamark_7280=${token.cookieValue}`;
const host = "localhost:7280";

function verdict(need: Need, headers: GuardedHeaders, options = loopback): number | "trusted" | "open" {
  try {
    return admit(need, headers, options).trusted ? "trusted" : "open";
  } catch (error) {
    return problemOf(error).status;
  }
}

describe("Host, on loopback", () => {
  test.each(["localhost:7280", "LOCALHOST", "127.0.0.1:7280", "[::1]:7280", "localhost:9000"])(
    "%s passes",
    (name) => {
      expect(verdict("read", { host: name })).toBe("open");
    },
  );

  test.each([
    "evil.example:7280",
    "localhost.evil.example",
    "127.0.0.1.nip.io:7280",
    "localhost:7280@evil.example",
    "localhost.:7280",
    "[::1]evil",
    "",
    undefined,
  ])("%s does not: DNS rebinding", (name) => {
    expect(verdict("read", { host: name })).toBe(403);
    expect(verdict("change", { host: name, authorization: `Bearer ${text}` })).toBe(403);
  });

  test("the configured name passes", () => {
    expect(verdict("read", { host: "127.0.0.2:7280" })).toBe(403);
    expect(verdict("read", { host: "127.0.0.2:7280" }, { ...loopback, listenHost: "127.0.0.2" })).toBe(
      "open",
    );
  });
});

describe("Origin", () => {
  test("only our own may, whatever the token says", () => {
    expect(verdict("read", { host, origin: "http://localhost:7280" })).toBe("open");
    for (const origin of [
      "http://localhost:3000",
      "http://127.0.0.1:7280",
      "https://evil.example",
      "null",
      "file://",
    ]) {
      expect(verdict("read", { host, origin })).toBe(403);
      expect(verdict("change", { host, origin, cookie })).toBe(403);
    }
  });

  test("behind a proxy that speaks TLS the default port is left out on both sides", () => {
    const headers = { host: "logs.example", origin: "https://logs.example", cookie };
    expect(verdict("change", headers, open)).toBe("trusted");
    expect(verdict("change", { ...headers, host: "logs.example:443" }, open)).toBe("trusted");
    expect(verdict("change", { ...headers, host: "logs.example:8443" }, open)).toBe(403);
  });
});

describe("token", () => {
  test("reading is open on loopback only, changing nowhere", () => {
    expect(verdict("read", { host })).toBe("open");
    expect(verdict("change", { host })).toBe(401);
    expect(verdict("read", { host: "h:1" }, open)).toBe(401);
    expect(verdict("nothing", { host: "h:1" }, open)).toBe("open");
  });

  test("a bearer is compared whole", () => {
    expect(verdict("change", { host, authorization: `Bearer ${text}` })).toBe("trusted");
    expect(verdict("change", { host, authorization: `bearer  ${text}` })).toBe("trusted");
    for (const wrong of [text.slice(1), `${text}0`, text.toUpperCase(), "", token.cookieValue])
      expect(verdict("change", { host, authorization: `Bearer ${wrong}` })).toBe(401);
    expect(verdict("change", { host, authorization: `Basic ${text}` })).toBe(401);
  });

  test("the cookie of a page changes something only with its Origin", () => {
    expect(verdict("change", { host, cookie, origin: "http://localhost:7280" })).toBe("trusted");
    expect(verdict("change", { host, cookie })).toBe(401);
    expect(verdict("read", { host: "h:1", cookie }, open)).toBe("trusted");
    expect(verdict("read", { host: "h:1", cookie: `seamark_7280=${text}` }, open)).toBe(401);
    expect(verdict("read", { host: "h:1", cookie: `seamark_1=${token.cookieValue}` }, open)).toBe(401);
  });
});
