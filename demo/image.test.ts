import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { librariesOf } from "./image.ts";
import { tarOf } from "./image-tar.ts";
import { environmentOf, healthUrl, shopPlan } from "./shop-plan.ts";

test("the archive is what tar reads, for sizes around the block", async () => {
  const folder = mkdtempSync(join(tmpdir(), "seamark-tar-"));
  const sizes = [0, 1, 511, 512, 513, 100_000];
  for (const size of sizes) writeFileSync(join(folder, `in-${size}`), "x".repeat(size));
  const entries = sizes.map((size) => ({ path: `out/${size}`, file: join(folder, `in-${size}`) }));
  const chunks: Buffer[] = [];
  const more = [
    { path: "out/text", text: "naïve" },
    { path: "out/link", link: "text" },
  ];
  for await (const chunk of tarOf([...entries, ...more])) chunks.push(chunk);
  writeFileSync(join(folder, "all.tar"), Buffer.concat(chunks));
  execFileSync("tar", ["-xf", "all.tar"], { cwd: folder });
  for (const size of sizes) expect(readFileSync(join(folder, `out/${size}`)).length).toBe(size);
  expect(readFileSync(join(folder, "out/link"), "utf8")).toBe("naïve");
  rmSync(folder, { recursive: true });
});

test("the libraries of this Node are found with the loader", () => {
  const libraries = librariesOf(process.execPath);
  expect(libraries.some((path) => /libc\.so/.test(path))).toBe(true);
  expect(libraries.some((path) => /ld-linux|ld-musl/.test(path))).toBe(true);
});

test("members find each other by name in a network, by port on the host's network", () => {
  const edge = shopPlan.find(({ name }) => name === "edge")!;
  expect(environmentOf(edge, false)).toContain("API=api-1:8080,api-2:8080");
  const shared = environmentOf(edge, true);
  const api = shared.find((entry) => entry.startsWith("API="))!;
  expect(healthUrl("api-1", true)).toBe(`http://${api.slice(4).split(",")[0]}/healthz`);
  const ports = shopPlan.map((plan) => environmentOf(plan, true)[0]);
  expect(new Set(ports).size).toBe(shopPlan.length);
});
