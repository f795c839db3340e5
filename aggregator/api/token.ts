import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SeamarkError, systemCodeOf } from "../../common/base/errors.ts";

/** A shorter token could be guessed. */
const tokenLengthMin = 32;

/**
 * The one token of an installation. Only digests are compared, in constant time, so neither its text nor its
 * length can be learned from how long an answer takes. The browser gets a value that is derived from the token:
 * a cookie is sent to every port of its host, and the token itself must not go there.
 */
export class Token {
  readonly #bearerDigest: Buffer;
  readonly #cookieDigest: Buffer;
  readonly cookieValue: string;

  constructor(text: string) {
    this.cookieValue = createHmac("sha256", text).update("seamark browser cookie").digest("hex");
    this.#bearerDigest = digestOf(text);
    this.#cookieDigest = digestOf(this.cookieValue);
  }

  isBearer(candidate: string): boolean {
    return timingSafeEqual(digestOf(candidate), this.#bearerDigest);
  }

  isCookie(candidate: string): boolean {
    return timingSafeEqual(digestOf(candidate), this.#cookieDigest);
  }
}

function digestOf(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/**
 * Reads the token file. Without one, a start on loopback makes it; beyond loopback that would be a token that
 * nobody has seen, so the start is refused with how to make one. Throws SeamarkError `bad_config`.
 */
export function loadToken(path: string, options: { readonly create: boolean }): Token {
  const text = readToken(path) ?? (options.create ? createToken(path) : undefined);
  if (text === undefined) {
    throw new SeamarkError(
      "bad_config",
      `Beyond loopback every request needs a token, and ${path} is not there.`,
      {
        hint: `(umask 077 && mkdir -p ${dirname(path)} && openssl rand -hex 32 > ${path}), or --listen 127.0.0.1:7280`,
      },
    );
  }
  if (text.length < tokenLengthMin || /[^\x21-\x7e]/.test(text)) {
    throw new SeamarkError("bad_config", `${path} is not a token of at least ${tokenLengthMin} characters.`, {
      hint: `(umask 077 && openssl rand -hex 32 > ${path})`,
    });
  }
  return new Token(text);
}

function readToken(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8").trim();
    if ((statSync(path).mode & 0o077) !== 0) {
      throw new SeamarkError("bad_config", `${path} can be read by other users of this machine.`, {
        hint: `chmod 600 ${path}; if others may have read it, delete it and start again`,
      });
    }
    return text;
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** The file appears whole or not at all: a collector that starts at the same time reads it as soon as it is there. */
function createToken(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = join(dirname(path), `.token-${randomBytes(6).toString("hex")}`);
  writeFileSync(fresh, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600, flag: "wx" });
  try {
    linkSync(fresh, path);
  } catch (error) {
    if (systemCodeOf(error) !== "EEXIST") throw error;
  } finally {
    unlinkSync(fresh);
  }
  return readFileSync(path, "utf8").trim();
}
