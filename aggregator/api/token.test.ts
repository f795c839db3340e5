import { chmodSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadToken } from "./token.ts";

const folder = () => mkdtempSync(join(tmpdir(), "seamark-api-token-"));

test("the first start makes a token that only its owner can read, the next ones keep it", () => {
  const state = join(folder(), "new");
  const path = join(state, "token");
  const token = loadToken(path, { create: true });
  const text = readFileSync(path, "utf8").trim();
  expect(text).toMatch(/^[0-9a-f]{64}$/);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(state)).toEqual(["token"]);
  expect(token.isBearer(text)).toBe(true);
  expect(loadToken(path, { create: true }).isBearer(text)).toBe(true);
});

test("beyond loopback a start without a token is refused and says how to make one", () => {
  const path = join(folder(), "token");
  expect(() => loadToken(path, { create: false })).toThrow(/Beyond loopback.*is not there/);
  try {
    loadToken(path, { create: false });
  } catch (error) {
    expect((error as { hint: string }).hint).toContain(`openssl rand -hex 32 > ${path}`);
  }
});

test("a token that others can read, or that could be guessed, is refused", () => {
  const path = join(folder(), "token");
  writeFileSync(path, `${"a".repeat(64)}\n`, { mode: 0o600 });
  chmodSync(path, 0o640);
  expect(() => loadToken(path, { create: true })).toThrow(/other users/);
  chmodSync(path, 0o600);
  expect(loadToken(path, { create: false }).isBearer("a".repeat(64))).toBe(true);
  writeFileSync(path, "hunter2\n");
  expect(() => loadToken(path, { create: true })).toThrow(/at least 32/);
  writeFileSync(path, "");
  expect(() => loadToken(path, { create: true })).toThrow(/at least 32/);
});
