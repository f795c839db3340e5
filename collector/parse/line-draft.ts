import type { Level } from "../../common/fields/dictionary.ts";
import { attributesMax, restName } from "./limits.ts";
import { LineTime } from "./line-time.ts";
import type { LineFields } from "./parsed-line.ts";
import { levelOfStatus } from "./severity.ts";

/**
 * Takes a value that a line states under a name. True when it became a field; false when it is of the wrong type or
 * the field is there already, and so belongs to `attrs`.
 */
export type Rule = (draft: LineDraft, value: unknown, name: string) => boolean;

/** What must be known of the whole line before a name such as `path` or `name` means what it seems to. */
type Evidence = "request" | "logger" | "always";

interface Deferred {
  readonly evidence: Evidence;
  readonly rule: Rule;
  readonly name: string;
  readonly value: unknown;
}

/** The fields of one line while it is read. One draft per parser, begun anew for every line. */
export class LineDraft {
  fields: LineFields = { message: "" };
  readonly time = new LineTime();
  /** Docker's time of the line in milliseconds. */
  timeMs = 0;
  /** The fields cannot give the line back exactly. */
  lossy = false;
  /** The line's own time was printed as float seconds, as zap does: then its lengths of time are seconds too. */
  timeInSeconds = false;
  /** Names that only logging libraries print (pid, hostname, levelname) were seen. */
  fromLogger = false;
  /** Level of a line that states none. */
  levelDefault: Level | undefined;

  #attributes: Record<string, unknown> | undefined;
  #attributeCount = 0;
  /** Names that became fields: the first `#takenCount`. */
  readonly #taken: string[] = [];
  #takenCount = 0;
  #deferred: Deferred[] = [];
  #rest: string[] = [];

  begin(timeMs: number): void {
    this.fields = { message: "" };
    this.timeMs = timeMs;
    this.lossy = false;
    this.timeInSeconds = false;
    this.fromLogger = false;
    this.levelDefault = undefined;
    this.#attributes = undefined;
    this.#attributeCount = 0;
    this.#takenCount = 0;
    if (this.#deferred.length > 0) this.#deferred = [];
    if (this.#rest.length > 0) this.#rest = [];
  }

  /** Sets a field once; false when it is there already. */
  set<Name extends Exclude<keyof LineFields, "message">>(
    name: Name,
    value: NonNullable<LineFields[Name]>,
  ): boolean {
    const fields: Partial<Pick<LineFields, Name>> = this.fields;
    if (fields[name] !== undefined) return false;
    fields[name] = value;
    return true;
  }

  /** Gives a value to its rule, or to `attrs`. */
  take(rule: Rule | undefined, name: string, value: unknown): void {
    if (rule === undefined) this.attribute(name, value);
    else if (rule(this, value, name)) this.#taken[this.#takenCount++] = name;
    else {
      if (this.#taken.lastIndexOf(name, this.#takenCount - 1) >= 0) this.lossy = true;
      this.attribute(name, value);
    }
  }

  attribute(name: string, value: unknown): void {
    this.#attributes ??= {};
    const attributes = this.#attributes;
    // A look at the value first: asking for the own name costs more, and `constructor` and the like are rare.
    if (attributes[name] !== undefined && Object.hasOwn(attributes, name)) this.lossy = true;
    else this.#attributeCount++;
    if (name === "__proto__") define(attributes, value);
    else attributes[name] = value;
  }

  /** True when `attrs` has all the names that it may have: what comes now goes to `rest`. */
  get full(): boolean {
    return this.#attributeCount >= attributesMax;
  }

  /** Keeps JSON members (`"name":value,…`) that are beyond the limit of names. */
  rest(members: string): void {
    this.#rest.push(members);
  }

  /** Keeps a value until the whole line is known. */
  defer(evidence: Evidence, rule: Rule, name: string, value: unknown): true {
    this.#deferred.push({ evidence, rule, name, value });
    return true;
  }

  /** The fields of the line that was read; `printed` is its text, the message of a line that has none of its own. */
  finish(printed: string): LineFields {
    if (this.#deferred.length > 0) this.#settle();
    const fields = this.fields;
    if (fields["log.level"] === undefined) this.#deriveLevel();
    if (this.#rest.length > 0) this.attribute(restName, `{${this.#rest.join(",")}}`);
    if (this.#attributes !== undefined) fields.attrs = this.#attributes;
    if (fields.message === "") fields.message = printed;
    return fields;
  }

  /** True when the line tells of a request: then `path`, `bytes` and the like mean what they do in HTTP. */
  get #isRequest(): boolean {
    return (
      this.fields["http.request.method"] !== undefined ||
      this.fields["http.response.status_code"] !== undefined
    );
  }

  #settle(): void {
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const { evidence, rule, name, value } of deferred) {
      const holds = evidence === "always" || (evidence === "request" ? this.#isRequest : this.fromLogger);
      if (!holds || !rule(this, value, name)) this.attribute(name, value);
    }
  }

  #deriveLevel(): void {
    const fields = this.fields;
    const status = fields["http.response.status_code"];
    const isAccess =
      status !== undefined &&
      fields["http.request.method"] !== undefined &&
      fields["url.original"] !== undefined;
    if (isAccess) fields["log.level"] = levelOfStatus(status);
    else if (this.levelDefault !== undefined) fields["log.level"] = this.levelDefault;
  }
}

/** An assignment to `__proto__` would change the object's prototype instead of adding a name. */
function define(attributes: Record<string, unknown>, value: unknown): void {
  Object.defineProperty(attributes, "__proto__", {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}
