import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { DashboardFiles, encodedBody, pagePathOf } from "./dashboard-files.ts";

function built(): string {
  const folder = mkdtempSync(join(tmpdir(), "seamark-api-dist-"));
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), "<!doctype html>one");
  writeFileSync(join(folder, "assets", "main-1a2b3c4d.js"), "let x = 1;\n".repeat(500));
  return folder;
}

test.each([
  ["/", { kind: "page" }],
  ["/explore?query=a.b", { kind: "page" }],
  ["/assets/main-1a2b3c4d.js", { kind: "file", path: "/assets/main-1a2b3c4d.js" }],
  ["/a%20b.txt", { kind: "file", path: "/a b.txt" }],
])("%s", (target, expected) => {
  expect(pagePathOf(target)).toEqual(expected);
});

test.each([
  "/../token",
  "/assets/../../token",
  "/%2e%2e/token",
  "/%2e%2e%2ftoken",
  "/%252e%252e/token",
  "/..%5ctoken",
  "/..\\token",
  "/index.html%00.js",
  "/%ff",
  "/%",
  "/./index.html",
  "http://localhost/index.html",
])("%s is no path of ours", (target) => {
  expect(pagePathOf(target)).toEqual({ kind: "bad" });
});

test("files are compressed in what the client takes", async () => {
  const file = new DashboardFiles(built()).file("/assets/main-1a2b3c4d.js")!;
  expect(file.immutable).toBe(true);
  const brotli = await encodedBody(file, "gzip, deflate, br;q=0.9");
  expect(brotli.encoding).toBe("br");
  expect(brotliDecompressSync(brotli.body)).toEqual(file.body);
  const gzip = await encodedBody(file, "gzip, br;q=0");
  expect(gunzipSync(gzip.body)).toEqual(file.body);
  expect(await encodedBody(file, "identity")).toEqual({ body: file.body });
});

test("a page that is built later, or again, is found without a restart", () => {
  const folder = built();
  const files = new DashboardFiles(folder);
  expect(files.index()!.body.toString()).toContain("one");
  expect(files.index()!.immutable).toBe(false);
  writeFileSync(join(folder, "index.html"), "<!doctype html>two");
  utimesSync(join(folder, "index.html"), 1, 2_000_000_000);
  expect(files.index()!.body.toString()).toContain("two");
  rmSync(folder, { recursive: true });
  expect(files.index()).toBeUndefined();
  expect(files.file("/assets/main-1a2b3c4d.js")).toBeUndefined();
});
