import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { systemClock } from "../../common/base/clock.ts";
import { PartProcess } from "./part-process.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "seamark-part-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function part(name: string, source: string) {
  const file = join(folder, `${name}.ts`);
  writeFileSync(file, source);
  const lines: string[] = [];
  const notes: string[] = [];
  const process_ = new PartProcess(
    { name, main: relative(root, file), args: ["--state=/s"], env: { PATH: "/bin" } },
    { clock: systemClock, line: (_part, line) => lines.push(line), note: (text) => notes.push(text) },
  );
  return { part: process_, lines, notes };
}

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A process that has ended but is not yet collected by init still has an entry.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
};

test("a part gets its flags, its lines come through, SIGTERM ends it in order", async () => {
  const { part: one, lines } = part(
    "orderly",
    `process.on("SIGTERM", () => { console.log("saved"); process.exit(0); });
     setInterval(() => undefined, 1000); console.log(process.argv[2]);`,
  );
  one.start();
  await expect.poll(() => lines).toEqual(["--state=/s"]);
  await one.stop(5000);
  expect(lines).toEqual(["--state=/s", "saved"]);
});

test("a part that ends is started again, and says how it ended", async () => {
  const { part: one, lines, notes } = part("crashing", `console.log("up"); process.exit(7);`);
  one.start();
  await expect.poll(() => lines.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
  expect(notes[0]).toContain("crashing ended (exit code 7); starting it again in");
  await one.stop(1000);
});

test("a part that does not leave is killed after the grace", async () => {
  const {
    part: one,
    lines,
    notes,
  } = part(
    "stuck",
    `process.on("SIGTERM", () => undefined); setInterval(() => undefined, 1000); console.log("up");`,
  );
  one.start();
  await expect.poll(() => lines).toEqual(["up"]);
  const pid = one.pid!;
  await one.stop(200);
  expect(alive(pid)).toBe(false);
  expect(notes.join()).toContain("is killed");
});

test("kill -9 of the supervisor leaves no orphan", async () => {
  const { spawn } = await import("node:child_process");
  const main = join(folder, "orphan.ts");
  writeFileSync(main, `setInterval(() => undefined, 1000); console.log("pid " + process.pid);`);
  const supervisor = join(folder, "supervisor.ts");
  writeFileSync(
    supervisor,
    `import { PartProcess } from ${JSON.stringify(join(root, "bin/up/part-process.ts"))};
     import { systemClock } from ${JSON.stringify(join(root, "common/base/clock.ts"))};
     new PartProcess({ name: "orphan", main: ${JSON.stringify(relative(root, main))}, args: [], env: {} },
       { clock: systemClock, line: (_part, line) => console.log(line), note: () => undefined }).start();`,
  );
  const child = spawn(process.execPath, [supervisor], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  await expect.poll(() => output, { timeout: 10_000 }).toMatch(/pid \d+/);
  const pid = Number(/pid (\d+)/.exec(output)![1]);
  expect(alive(pid)).toBe(true);
  child.kill("SIGKILL");
  await expect.poll(() => alive(pid), { timeout: 10_000 }).toBe(false);
});
