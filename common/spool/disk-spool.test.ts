import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { appendFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSpool } from "./disk-spool.ts";
import { waitingSetAsides } from "./set-aside.ts";
import type { Json, Positions, Spool } from "./spool.ts";

const module = new URL("./disk-spool.ts", import.meta.url).href;
let folder: string;
let spool: Spool | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seamark-spool-"));
});
afterEach(async () => {
  await spool?.close();
  spool = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function open(sizeBytesMax = 64 * 1024 * 1024): Promise<Spool> {
  await spool?.close();
  spool = await openSpool({ folder, sizeBytesMax, nowMs: () => 1_700_000_000_000 });
  return spool;
}

function body(text: string): Buffer {
  return zstdCompressSync(Buffer.from(text), { params: { [constants.ZSTD_c_checksumFlag]: 1 } });
}

function segment(text: string, positions: Positions = {}, meta: Record<string, Json> = {}) {
  return { kind: "logs" as const, body: body(text), rows: 1, positions, meta };
}

async function fileOf(sequence: number): Promise<string> {
  const name = (await readdir(folder)).find((one) => one === `${String(sequence).padStart(16, "0")}.zst`);
  return join(folder, name ?? "missing");
}

async function flip(path: string, offset: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[offset < 0 ? bytes.length + offset : offset]! ^= 0xff;
  await writeFile(path, bytes);
}

describe("taking and giving", () => {
  test("what was appended is there after opening again, in order, with its positions and meta", async () => {
    let it = await open();
    const { epoch } = it;
    expect(await it.append(segment('{"a":1}\n', { "container/x": 1 }, { host: "h" }))).toBe(1);
    expect(await it.append(segment('{"a":2}\n', { "container/x": 2, "container/y": [1] }))).toBe(2);
    it = await open();
    expect(it.epoch).toBe(epoch);
    expect(epoch).toMatch(/^[0-9a-f]{16}$/);
    expect(Object.fromEntries(it.positions)).toEqual({ "container/x": 2, "container/y": [1] });
    expect(it.segments).toBe(2);
    expect(it.oldestMs).toBe(1_700_000_000_000);
    const first = it.next(0)!;
    expect(first).toMatchObject({ sequence: 1, kind: "logs", rows: 1, meta: { host: "h" } });
    expect(zstdDecompressSync(await it.readBody(first)).toString()).toBe('{"a":1}\n');
    expect(it.next(1)?.sequence).toBe(2);
    expect(it.next(2)).toBeUndefined();
    expect(await it.append(segment("{}\n"))).toBe(3);
  });

  test("removing folds positions; null deletes a key; sequences never start anew", async () => {
    let it = await open();
    await it.append(segment("{}\n", { a: 1, b: 1 }));
    await it.append(segment("{}\n", { a: null, c: { deep: true } }));
    await it.removeThrough(1, { own: "extra" });
    expect(it.segments).toBe(1);
    await it.removeThrough(2);
    expect(it.sizeBytes).toBe(0);
    expect((await readdir(folder)).filter((name) => name.endsWith(".zst"))).toEqual([]);
    it = await open();
    expect(Object.fromEntries(it.positions)).toEqual({ b: 1, c: { deep: true }, own: "extra" });
    expect(await it.append(segment("{}\n"))).toBe(3);
  });

  test("appends that come together keep their order and all become durable", async () => {
    let it = await open();
    const all = await Promise.all(
      Array.from({ length: 200 }, (_, i) => it.append(segment(`{"n":${i}}\n`, { k: i }))),
    );
    expect(all).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    expect(it.positions.get("k")).toBe(199);
    it = await open();
    expect(it.segments).toBe(200);
    expect(it.positions.get("k")).toBe(199);
  });

  test("a file is a zstd stream that zstd readers read as it is: DuckDB finds the rows", async () => {
    const it = await open();
    await it.append(segment('{"a":7}\n{"a":8}\n', { long: "x".repeat(100_000) }));
    const connection = await (await DuckDBInstance.create(":memory:")).connect();
    const path = it.next(0)!.path;
    const answer = await connection.runAndReadAll(
      `SELECT a FROM read_ndjson('${path}', columns={a:'BIGINT'}, compression='zstd')`,
    );
    expect(answer.getRows().map(([a]) => Number(a))).toEqual([7, 8]);
    connection.closeSync();
  });

  test("waiting ends with the next segment, with the signal, and with closing", async () => {
    const it = await open();
    const stop = new AbortController();
    const waits = [
      it.waitForNext(0, stop.signal),
      it.waitForNext(1, stop.signal),
      it.waitForNext(9, stop.signal),
    ];
    await it.append(segment("{}\n"));
    await waits[0];
    await it.append(segment("{}\n"));
    await waits[1];
    stop.abort();
    await waits[2];
    const last = it.waitForNext(9, new AbortController().signal);
    await it.close();
    await last;
  });

  test("over its limit it is full, takes nothing, and takes again when there is room", async () => {
    const it = await open(4096);
    const big = { ...segment("{}\n", { k: 1 }), body: Buffer.alloc(3000) };
    await it.append(big);
    await expect(it.append({ ...big, positions: { k: 2 } })).rejects.toMatchObject({ code: "full" });
    expect(it.positions.get("k")).toBe(1);
    expect(it.segments).toBe(1);
    await it.removeThrough(1);
    expect(await it.append({ ...big, positions: { k: 3 } })).toBe(2);
  });
});

describe("damage", () => {
  const damages: [string, (path: string) => Promise<void>, string | undefined][] = [
    ["a truncated body", async (path) => truncate(path, (await stat(path)).size - 5), "logs"],
    ["a truncated header", (path) => truncate(path, 60), undefined],
    ["an empty file", (path) => truncate(path, 0), undefined],
    ["a flipped byte of the header", (path) => flip(path, 40), undefined],
    ["a header length beyond the file", (path) => flip(path, 6), undefined],
    ["bytes after the body", (path) => appendFile(path, "more"), "logs"],
  ];
  test.each(damages)("%s is set aside when opening, the rest stays", async (_name, damage, kind) => {
    let it = await open();
    await it.append(segment("{}\n", { a: 1 }));
    await it.append(segment("{}\n", { a: 2, pad: "x".repeat(600) }, { firstMs: 5 }));
    await it.append(segment("{}\n", { b: 3 }));
    await it.close();
    await damage(await fileOf(2));
    it = await open();
    expect(it.corrupt.map((one) => one.sequence)).toEqual([2]);
    expect(existsSync(it.corrupt[0]!.path)).toBe(true);
    expect(it.segments).toBe(2);
    expect(it.next(1)?.sequence).toBe(3);
    // The lines of a segment whose header is whole count as taken.
    expect(it.positions.get("a")).toBe(kind ? 2 : 1);
    const [key, record] = waitingSetAsides(it.positions)[0]!;
    expect(key).toBe("set-aside/2");
    expect(record).toMatchObject({ gap: "corrupt_segment", rows: kind ? 1 : 0 });
    expect(record.kind).toBe(kind);
    // Opening again finds the same state and does not report it anew.
    it = await open();
    expect(it.corrupt).toEqual([]);
    expect(it.positions.get("a")).toBe(kind ? 2 : 1);
    await it.removeThrough(3, { [key]: null });
    it = await open();
    expect(waitingSetAsides(it.positions)).toEqual([]);
    expect(it.positions.get("a")).toBe(kind ? 2 : 1);
    expect(it.positions.get("b")).toBe(3);
    expect(await it.append(segment("{}\n"))).toBe(4);
  });

  test("a damaged last segment never gives its sequence to another", async () => {
    let it = await open();
    await it.append(segment("{}\n"));
    await it.append(segment("{}\n"));
    await it.close();
    await flip(await fileOf(2), 30);
    it = await open();
    expect(await it.append(segment("{}\n"))).toBe(3);
  });

  test("a flipped byte of the body is found when it is read; setting it aside takes its positions", async () => {
    let it = await open();
    for (const i of [1, 2, 3]) await it.append(segment(`{"n":${i}}\n`, { k: i, [`only${i}`]: i }));
    await flip(await fileOf(2), -6);
    await expect(it.readBody(it.next(1)!)).rejects.toMatchObject({ code: "corrupt" });
    await it.setAside(it.next(1)!, "the body's checksum is wrong");
    expect(it.next(1)?.sequence).toBe(3);
    expect(it.positions.get("k")).toBe(3);
    // Its positions wait for their turn: the earlier segment is still there and comes before them.
    it = await open();
    expect(it.positions.get("k")).toBe(3);
    expect(it.positions.get("only2")).toBe(2);
    expect(it.next(0)?.sequence).toBe(1);
    await it.removeThrough(1);
    it = await open();
    expect(it.positions.get("k")).toBe(3);
    expect(it.positions.get("only2")).toBe(2);
    expect(await readdir(join(folder, "corrupt"))).toHaveLength(1);
  });

  test("what a torn write left is removed", async () => {
    let it = await open();
    await it.append(segment("{}\n"));
    await it.close();
    await writeFile(join(folder, "0000000000000002.zst.tmp"), "half a seg");
    await writeFile(join(folder, "positions.json.tmp"), '{"seq');
    it = await open();
    expect(it.corrupt).toEqual([]);
    expect((await readdir(folder)).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect(await it.append(segment("{}\n"))).toBe(2);
  });

  test("segments that were folded before the crash that kept their files are not given again", async () => {
    let it = await open();
    await it.append(segment("{}\n", { k: 1 }));
    const kept = await readFile(await fileOf(1));
    const path = await fileOf(1);
    await it.removeThrough(1);
    await it.close();
    await writeFile(path, kept);
    it = await open();
    expect(it.segments).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  test("unreadable positions are an error with a way out, not a silent start from nothing", async () => {
    await open();
    await spool?.close();
    await writeFile(join(folder, "positions.json"), "{");
    await expect(open()).rejects.toMatchObject({ code: "corrupt", hint: expect.stringContaining("backup") });
  });
});

describe("one owner", () => {
  test("a second one is refused, in this process and in another; a killed one leaves nothing that blocks", async () => {
    const first = await open();
    const options = { folder, sizeBytesMax: 1e6, nowMs: () => 1 };
    await expect(openSpool(options)).rejects.toMatchObject({ code: "conflict" });
    await first.close();
    const child = run(`
      await openSpool({ folder: ${JSON.stringify(folder)}, sizeBytesMax: 1e6, nowMs: () => 1 });
      console.log("open");
      setInterval(() => {}, 1000);`);
    await once(child.stdout, "data");
    await expect(openSpool(options)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining(folder),
    });
    child.kill("SIGKILL");
    await once(child, "exit");
    const again = await openSpool(options);
    await again.close();
    expect((await readdir(folder)).filter((name) => name.startsWith("lock"))).toEqual([]);
  });

  test("of many that open at the same time exactly one wins", async () => {
    await open();
    await spool?.close();
    const options = { folder, sizeBytesMax: 1e6, nowMs: () => 1 };
    const all = await Promise.allSettled(Array.from({ length: 8 }, () => openSpool(options)));
    const won = all.filter((one) => one.status === "fulfilled");
    expect(won).toHaveLength(1);
    await won[0]!.value.close();
  });

  test("a folder whose path is longer than a socket's name may be", async () => {
    folder = join(folder, "d".repeat(120));
    const it = await open();
    await it.append(segment("{}\n"));
    await expect(openSpool({ folder, sizeBytesMax: 1e6, nowMs: () => 1 })).rejects.toMatchObject({
      code: "conflict",
    });
  });
});

test("killed at any moment: what was acknowledged is there, once, and positions are those of the last segment", async () => {
  const acknowledged: number[] = [];
  for (let round = 0; round < 12; round++) {
    const child = run(`
      const spool = await openSpool({ folder: ${JSON.stringify(folder)}, sizeBytesMax: 1e8, nowMs: () => 1 });
      const { zstdCompressSync } = await import("node:zlib");
      let n = spool.positions.get("n") ?? 0;
      let removed = 0;
      for (;;) {
        const batch = Array.from({ length: 3 }, () => {
          const mine = ++n;
          const body = zstdCompressSync(Buffer.from(JSON.stringify({ n: mine }) + "\\n"));
          return spool.append({ kind: "logs", body, rows: 1, positions: { n: mine, ["last" + (mine % 5)]: mine } });
        });
        const sequences = await Promise.all(batch);
        process.stdout.write(sequences.map((one, i) => (n - 2 + i) + "\\n").join(""));
        // Every now and then segments leave, as the shipper does it; what left is printed as gone.
        if (n % 15 === 0) await spool.removeThrough(sequences[0] - 20);
      }`);
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk;
    });
    await once(child.stdout, "data");
    await new Promise((resolve) => setTimeout(resolve, 5 + round * 7));
    child.kill("SIGKILL");
    await once(child, "close");
    const whole = text.slice(0, text.lastIndexOf("\n"));
    acknowledged.push(...whole.split("\n").map(Number));
    const it = await open();
    const there: number[] = [];
    for (let one = it.next(0); one; one = it.next(one.sequence)) {
      there.push((JSON.parse(zstdDecompressSync(await it.readBody(one)).toString()) as { n: number }).n);
    }
    expect(it.corrupt).toEqual([]);
    // Ascending without a hole or a repeat, up to at least the last acknowledged one.
    expect(there).toEqual(there.map((_, i) => there[0]! + i));
    const last = there.at(-1)!;
    expect(last).toBeGreaterThanOrEqual(acknowledged.at(-1)!);
    expect(it.positions.get("n")).toBe(last);
    for (let k = 0; k < 5; k++) {
      if (last > 5) expect(it.positions.get(`last${(last - k) % 5}`)).toBe(last - k);
    }
    await it.close();
  }
  expect(acknowledged.length).toBeGreaterThan(50);
});

test("a disk without room: nothing is taken, removing still works, and it goes on when there is room", async () => {
  const script = `
    const folder = ${JSON.stringify(folder)};
    const { mkdirSync, rmSync, writeFileSync } = await import("node:fs");
    const { randomBytes } = await import("node:crypto");
    const spool = await openSpool({ folder: folder + "/small/spool", sizeBytesMax: 1e9, nowMs: () => 1 });
    const out = { taken: 0, error: "", hint: "", afterRemove: 0, key: null };
    const segment = () => ({ kind: "logs", body: randomBytes(100_000), rows: 1, positions: { k: out.taken + 1 } });
    const fill = async () => { for (;;) { try { await spool.append(segment()); out.taken++; } catch (e) { return e; } } };
    const error = await fill();
    out.error = error.code; out.hint = error.hint;
    // Not a byte is left: only the reserve lets the positions be written.
    try { writeFileSync(folder + "/small/filler", randomBytes(2_000_000)); } catch {}
    out.key = spool.positions.get("k");
    await spool.removeThrough(10);
    out.afterRemove = await spool.append({ ...segment(), positions: {} });
    await spool.close();
    const again = await openSpool({ folder: folder + "/small/spool", sizeBytesMax: 1e9, nowMs: () => 1 });
    out.segments = again.segments; out.corrupt = again.corrupt.length; out.keyAgain = again.positions.get("k");
    console.log(JSON.stringify(out));
    process.exit(0);`;
  const shell = `mkdir -p "$0/small" && mount -t tmpfs -o size=4m tmpfs "$0/small" && exec "$1" --input-type=module -e "$2"`;
  const source = `import { openSpool } from ${JSON.stringify(module)};\n${script}`;
  const execFile = promisify((await import("node:child_process")).execFile);
  // A mount namespace of its own: the small disk is gone with the process.
  const { stdout } = await execFile("unshare", ["-rm", "sh", "-c", shell, folder, process.execPath, source]);
  const out = JSON.parse(stdout) as {
    taken: number;
    key: number;
    keyAgain: number;
    segments: number;
    afterRemove: number;
  };
  expect(out.taken).toBeGreaterThan(20);
  expect(out).toMatchObject({ error: "full", hint: expect.stringContaining("room"), corrupt: 0 });
  expect(out.key).toBe(out.taken);
  expect(out.keyAgain).toBe(out.taken);
  expect(out.segments).toBe(out.taken - 9);
  expect(out.afterRemove).toBeGreaterThan(out.taken);
});

function run(script: string) {
  const source = `import { openSpool } from ${JSON.stringify(module)};\n${script}`;
  return spawn(process.execPath, ["--input-type=module", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}
