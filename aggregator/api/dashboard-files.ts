import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".woff2": "font/woff2",
  ".txt": "text/plain; charset=utf-8",
  ".webmanifest": "application/manifest+json",
};

/** A built dashboard is some dozens of files and about a megabyte. */
const filesMax = 1000;
const bytesMax = 64 * 1024 * 1024;
/** Below this a compressed answer saves no packet. */
const compressedBytesMin = 1024;

export type Encoding = "br" | "gzip";

export interface DashboardFile {
  readonly body: Buffer;
  readonly contentType: string;
  readonly etag: string;
  /** Its name carries a hash of its content: it never changes. */
  readonly immutable: boolean;
  readonly compressed: Map<Encoding, Promise<Buffer>>;
}

/**
 * The built dashboard in memory. Requests are looked up by name in a map that was filled from the folder, so no
 * spelling of a path can reach a file outside of it.
 */
export class DashboardFiles {
  readonly #folder: string;
  #files = new Map<string, DashboardFile>();
  #builtMs: number | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The page, read again when it was built again; undefined while there is no build. */
  index(): DashboardFile | undefined {
    const builtMs = statSync(join(this.#folder, "index.html"), { throwIfNoEntry: false })?.mtimeMs;
    if (builtMs !== this.#builtMs) {
      this.#files = builtMs === undefined ? new Map() : readFiles(this.#folder);
      this.#builtMs = builtMs;
    }
    return this.#files.get("/index.html");
  }

  /** The file of a decoded path such as `/assets/main-1a2b.js`. */
  file(path: string): DashboardFile | undefined {
    if (this.#builtMs === undefined) this.index();
    return this.#files.get(path);
  }
}

/** The file's bytes in the best encoding that the client takes; compressed once, on first use. */
export async function encodedBody(
  file: DashboardFile,
  acceptEncoding: string,
): Promise<{ readonly body: Buffer; readonly encoding?: Encoding }> {
  const encoding = encodingFor(file, acceptEncoding);
  if (encoding === undefined) return { body: file.body };
  const compressed = file.compressed.get(encoding) ?? compress(file.body, encoding);
  file.compressed.set(encoding, compressed);
  return { body: await compressed, encoding };
}

function encodingFor(file: DashboardFile, acceptEncoding: string): Encoding | undefined {
  if (file.body.length < compressedBytesMin || !/^text|javascript|json|svg/.test(file.contentType))
    return undefined;
  const accepted = acceptEncoding
    .split(",")
    .filter((one) => !/;\s*q=0(\.0+)?\s*$/.test(one))
    .map((one) => one.split(";")[0]!.trim());
  return (["br", "gzip"] as const).find((encoding) => accepted.includes(encoding));
}

function compress(body: Buffer, encoding: Encoding): Promise<Buffer> {
  if (encoding === "gzip") return promisify(gzip)(body, { level: 9 });
  return promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } });
}

function readFiles(folder: string): Map<string, DashboardFile> {
  const files = new Map<string, DashboardFile>();
  let bytes = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || files.size >= filesMax) continue;
    const path = join(entry.parentPath, entry.name);
    const body = readFileSync(path);
    bytes += body.length;
    if (bytes > bytesMax) break;
    files.set(`/${relative(folder, path).split(sep).join("/")}`, fileOf(entry.name, body));
  }
  return files;
}

function fileOf(name: string, body: Buffer): DashboardFile {
  return {
    body,
    contentType: contentTypes[extname(name)] ?? "application/octet-stream",
    etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
    immutable: /-[\w-]{8,}\.\w+$/.test(name),
    compressed: new Map(),
  };
}

/** What a request's path asks for. */
export type PagePath =
  | { readonly kind: "file"; readonly path: string }
  /** A page of the application: answered with index.html. */
  | { readonly kind: "page" }
  | { readonly kind: "bad" };

/** Decides by the path as it was sent, before anything resolved `..` or decoded it twice. */
export function pagePathOf(target: string): PagePath {
  const raw = target.split(/[?#]/, 1)[0]!;
  let path: string;
  try {
    path = decodeURIComponent(raw);
  } catch {
    return { kind: "bad" };
  }
  const odd = path.includes("\0") || path.includes("\\") || path.includes("%") || !path.startsWith("/");
  if (odd || path.split("/").some((part) => part === ".." || part === ".")) return { kind: "bad" };
  const last = path.slice(path.lastIndexOf("/") + 1);
  return last.includes(".") ? { kind: "file", path } : { kind: "page" };
}
