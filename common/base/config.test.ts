import { expect, test } from "vitest";
import {
  helpOf,
  parseBytes,
  parseDurationMs,
  parseFlag,
  parseHostPort,
  parseOneOf,
  parseText,
  readConfig,
} from "./config.ts";

const table = {
  listen: {
    flag: "listen",
    value: "HOST:PORT",
    fallback: "127.0.0.1:7280",
    help: "Address",
    parse: parseHostPort,
  },
  state: { flag: "state", value: "DIR", fallback: ".seamark", help: "Folder", parse: parseText },
  hostName: { flag: "host-name", value: "NAME", help: "Name of this host", parse: parseText },
  verbose: { flag: "verbose", fallback: "false", help: "Say more", parse: parseFlag },
  config: { flag: "config", value: "FILE", help: "JSON file", parse: parseText },
};

test("flags win over the environment, the environment over the file, the file over the default", () => {
  const env = { SEAMARK_STATE: "/from-env", SEAMARK_HOST_NAME: "env-host", SEAMARK_CONFIG: "c.json" };
  const readText = () => JSON.stringify({ state: "/from-file", listen: "127.0.0.1:1" });
  const config = readConfig(table, { argv: ["--host-name", "flag-host", "--verbose"], env, readText });
  expect(config).toEqual({
    listen: { host: "127.0.0.1", port: 1 },
    state: "/from-env",
    hostName: "flag-host",
    verbose: true,
    config: "c.json",
  });
  expect(Object.isFrozen(config)).toBe(true);
});

test("every problem is told at once, with the nearest name", () => {
  const argv = ["--listne", "127.0.0.1:1", "--listen=nowhere", "stray", "--host-name"];
  const run = () => readConfig(table, { argv, env: {} });
  expect(run).toThrow(/--listne: unknown \(did you mean "--listen"\?\)/);
  expect(run).toThrow(/--listen nowhere: expected HOST:PORT/);
  expect(run).toThrow(/stray: unknown/);
  expect(run).toThrow(/--host-name: needs NAME/);
});

test("an unknown key in the file is an error that names the file", () => {
  const readText = () => JSON.stringify({ stat: "/x" });
  expect(() => readConfig(table, { argv: ["--config", "c.json"], env: {}, readText })).toThrow(
    'c.json: stat: unknown (did you mean "--state"?)',
  );
});

test("--help lists each flag with its default", () => {
  const help = helpOf("Usage: x", table);
  expect(help).toContain("--listen HOST:PORT");
  expect(help).toContain("(127.0.0.1:7280)");
});

test.each([
  ["250ms", 250],
  ["1.5s", 1500],
  ["15m", 900_000],
  ["7d", 604_800_000],
])("duration %s", (text, want) => {
  expect(parseDurationMs(text)).toBe(want);
});

test.each([
  ["4096", 4096],
  ["1KiB", 1024],
  ["1.5GiB", 1_610_612_736],
])("size %s", (text, want) => {
  expect(parseBytes(text)).toBe(want);
});

test.each([
  ["[::1]:7280", { host: "::1", port: 7280 }],
  [":80", { host: "", port: 80 }],
])("address %s", (text, want) => {
  expect(parseHostPort(text)).toEqual(want);
});

test.each([
  () => parseDurationMs("15"),
  () => parseBytes("1GB"),
  () => parseHostPort("127.0.0.1:70000"),
  () => parseOneOf("a", "b")("c"),
  () => parseFlag("yes"),
])("a bad value says what is expected (%#)", (parse) => {
  expect(parse).toThrow(/expected/);
});
