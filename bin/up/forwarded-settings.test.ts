import { expect, test } from "vitest";
import { aggregatorSettings } from "../../aggregator/config.ts";
import { collectorSettings } from "../../collector/config.ts";
import { partArgs, partEnv, readTyped } from "./forwarded-settings.ts";
import { upSettings } from "./seamark.ts";

const readText = (): string => '{"retention": "3d", "log-level": "warn"}';

test("one flag, one variable and one file reach the parts whose settings they are", () => {
  const typed = readTyped(upSettings, {
    argv: ["--docker-socket", "/run/d.sock", "--config=c.json"],
    env: { SEAMARK_HOST_NAME: "h9" },
    readText,
  });
  expect(partArgs(aggregatorSettings, typed, { state: "/s" })).toEqual([
    "--state=/s",
    "--retention=3d",
    "--log-level=warn",
  ]);
  expect(partArgs(collectorSettings, typed, { listen: "127.0.0.1:7281" })).toEqual([
    "--listen=127.0.0.1:7281",
    "--docker-socket=/run/d.sock",
    "--host-name=h9",
    "--log-level=warn",
  ]);
});

test("what nobody typed is left to the part's own default", () => {
  expect(readTyped(upSettings, { argv: [], env: {} }).size).toBe(0);
});

test("wrong values and unknown flags are refused before anything starts", () => {
  const read = (...argv: string[]) => readTyped(upSettings, { argv, env: {} });
  expect(() => read("--listen", "7280")).toThrow("expected HOST:PORT");
  expect(() => read("--lisen", "127.0.0.1:1")).toThrow('did you mean "--listen"');
  // Where the collector of `up` sends is decided by `up`.
  expect(() => read("--aggregator", "http://127.0.0.1:1")).toThrow("unknown");
});

test("a part does not read again what `up` has read", () => {
  expect(partEnv({ PATH: "/bin", SEAMARK_LISTEN: "127.0.0.1:1", EMPTY: undefined })).toEqual({
    PATH: "/bin",
  });
});
