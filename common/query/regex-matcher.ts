import { type CharacterSet, parseRegex, propertyInJavaScript, type Regex, type RegexNode } from "./regex.ts";
import { requiredText } from "./regex-source.ts";

/**
 * A linear-time matcher: Thompson's automaton (https://swtch.com/~rsc/regexp/regexp1.html), its states built as
 * they are met. A test costs at most (length of the text) x (steps of the program, at most `regexStepsMax`),
 * whatever the pattern. Throws RegexSyntaxError for a pattern that is not in the subset.
 */
export function compileRegex(source: string): (text: string) => boolean {
  const regex = parseRegex(source);
  const automaton = compileAutomaton(regex);
  const required = regex.ignoreCase ? undefined : requiredText(regex);
  if (required === undefined) return automaton;
  return (text) => text.includes(required) && automaton(text);
}

/** Finds a match anywhere in the text. */
export function compileAutomaton(regex: Regex): (text: string) => boolean {
  const automaton = new Automaton(compileProgram(regex));
  return (text) => automaton.test(text);
}

type Step =
  | { readonly kind: "set"; readonly ascii: Uint8Array; readonly test: (codePoint: number) => boolean }
  | { readonly kind: "split"; other: number }
  | { readonly kind: "jump"; to: number }
  | { readonly kind: "assert"; readonly what: "start" | "end" | "boundary" | "noBoundary" }
  | { readonly kind: "match" };

/** Steps go on to the next one; a split also goes on to `other`. */
function compileProgram(regex: Regex): readonly Step[] {
  const steps: Step[] = [];
  emit(regex.node);
  steps.push({ kind: "match" });
  return steps;

  function emit(node: RegexNode): void {
    if (node.kind === "set") steps.push(setStep(node.set, regex.ignoreCase));
    else if (node.kind === "assert") steps.push(node);
    else if (node.kind === "sequence") node.of.forEach(emit);
    else if (node.kind === "either") emitEither(node.of);
    else emitRepeat(node.of, node.min, node.max);
  }

  function emitEither(of: readonly RegexNode[]): void {
    const jumps: { kind: "jump"; to: number }[] = [];
    for (const [index, part] of of.entries()) {
      if (index === of.length - 1) {
        emit(part);
        continue;
      }
      const split = { kind: "split" as const, other: 0 };
      const jump = { kind: "jump" as const, to: 0 };
      steps.push(split);
      emit(part);
      steps.push(jump);
      jumps.push(jump);
      split.other = steps.length;
    }
    for (const jump of jumps) jump.to = steps.length;
  }

  function emitRepeat(of: RegexNode, min: number, max: number | undefined): void {
    for (let count = 0; count < min; count++) emit(of);
    if (max === undefined) {
      const start = steps.length;
      const split = { kind: "split" as const, other: 0 };
      steps.push(split);
      emit(of);
      steps.push({ kind: "jump", to: start });
      split.other = steps.length;
      return;
    }
    const splits: { kind: "split"; other: number }[] = [];
    for (let count = min; count < max; count++) {
      const split = { kind: "split" as const, other: 0 };
      steps.push(split);
      splits.push(split);
      emit(of);
    }
    for (const split of splits) split.other = steps.length;
  }
}

const isWord = (codePoint: number): boolean =>
  (codePoint >= 48 && codePoint <= 57) ||
  (codePoint >= 65 && codePoint <= 90) ||
  codePoint === 95 ||
  (codePoint >= 97 && codePoint <= 122);

const perlClasses = { d: "0-9", w: "0-9A-Za-z_", s: "\\t\\n\\f\\r " };

function setStep(set: CharacterSet, ignoreCase: boolean): Step {
  const test = setTest(set, ignoreCase);
  return { kind: "set", ascii: Uint8Array.from({ length: 128 }, (_, at) => Number(test(at))), test };
}

/** Each positive part of the class is folded on its own and then negated, as RE2 does it. */
function setTest(set: CharacterSet, ignoreCase: boolean): (codePoint: number) => boolean {
  const flags = ignoreCase ? "iu" : "u";
  const parts = set.items.map((item) => {
    if (item.kind === "range" && !ignoreCase) {
      return {
        matches: (codePoint: number) => codePoint >= item.from && codePoint <= item.to,
        negated: false,
      };
    }
    const inner =
      item.kind === "range"
        ? `\\u{${item.from.toString(16)}}-\\u{${item.to.toString(16)}}`
        : item.kind === "perl"
          ? perlClasses[item.name]
          : `\\p{${propertyInJavaScript(item.name)}}`;
    const pattern = new RegExp(`^[${inner}]$`, flags);
    const negated = item.kind !== "range" && item.negated;
    return { matches: (codePoint: number) => pattern.test(String.fromCodePoint(codePoint)), negated };
  });
  return (codePoint) => parts.some((part) => part.matches(codePoint) !== part.negated) !== set.negated;
}

const endOfText = -1;
/**
 * States kept between texts; a pattern from practice needs a few dozen. Beyond it the rest of the text runs on
 * states that nothing keeps, and the next text starts anew.
 */
const statesMax = 400;
/** Ways out of a state by characters beyond ASCII that are remembered. */
const otherNextMax = 200;

/** Where the automaton stands between two characters. */
interface State {
  /** Steps to go on from, before splits and asserts are followed: those need the next character. */
  readonly steps: Int32Array;
  readonly atStart: boolean;
  readonly afterWord: boolean;
  readonly verdict: boolean | undefined;
  readonly isKept: boolean;
  /** By ASCII character, and by end of text at 128. */
  readonly next: (State | undefined)[];
  readonly otherNext: Map<number, State>;
}

/** Filled from the start: a list with holes is several times slower to read. */
const ways = (): (State | undefined)[] => new Array<State | undefined>(129).fill(undefined);

/** What is not kept has no ways out of it that could be remembered. */
const noWays: (State | undefined)[] = [];
const noOthers = new Map<number, State>();

const settled = (verdict: boolean): State => ({
  steps: new Int32Array(0),
  atStart: false,
  afterWord: false,
  verdict,
  isKept: true,
  next: noWays,
  otherNext: noOthers,
});
const found = settled(true);
const notFound = settled(false);

/** The kinds of steps as numbers: the inner loop reads flat arrays. */
const op = { set: 0, split: 1, jump: 2, assert: 3, match: 4 } as const;

class Automaton {
  readonly #program: readonly Step[];
  readonly #kinds: Uint8Array;
  /** Where a split or a jump goes. */
  readonly #others: Int32Array;
  readonly #stack: Int32Array;
  readonly #visited: Uint32Array;
  readonly #reached: Uint32Array;
  readonly #next: Int32Array;
  readonly #waiting: Int32Array;
  #waitingCount = 0;
  #visit = 0;
  #states = new Map<string, State>();
  #start: State;

  constructor(program: readonly Step[]) {
    const size = program.length + 1;
    this.#program = program;
    this.#kinds = Uint8Array.from(program, (step) => op[step.kind]);
    this.#others = Int32Array.from(program, (step) =>
      step.kind === "split" ? step.other : step.kind === "jump" ? step.to : 0,
    );
    // Every step is followed once and leads to two at most.
    this.#stack = new Int32Array(3 * size);
    this.#visited = new Uint32Array(size);
    this.#reached = new Uint32Array(size);
    this.#next = new Int32Array(size);
    this.#waiting = new Int32Array(size);
    this.#start = this.#stateOf(Int32Array.of(0), true, false);
  }

  test(text: string): boolean {
    if (this.#states.size >= statesMax) this.#forget();
    let state = this.#start;
    for (let at = 0; at < text.length; at++) {
      let codePoint = text.charCodeAt(at);
      if (codePoint >= 0xd800 && codePoint <= 0xdbff) {
        codePoint = text.codePointAt(at)!;
        if (codePoint > 0xffff) at++;
      }
      state =
        codePoint < 128
          ? (state.next[codePoint] ?? this.#step(state, codePoint))
          : this.#other(state, codePoint);
      if (state.verdict) return true;
    }
    return (state.next[128] ?? this.#step(state, endOfText)).verdict === true;
  }

  #forget(): void {
    this.#states = new Map();
    this.#start = this.#stateOf(Int32Array.of(0), true, false);
  }

  #other(state: State, codePoint: number): State {
    const known = state.otherNext.get(codePoint);
    if (known) return known;
    const next = this.#advance(state, codePoint);
    if (next.isKept && state.isKept && state.otherNext.size < otherNextMax)
      state.otherNext.set(codePoint, next);
    return next;
  }

  #step(state: State, codePoint: number): State {
    const next = this.#advance(state, codePoint);
    if (next.isKept && state.isKept) state.next[codePoint === endOfText ? 128 : codePoint] = next;
    return next;
  }

  /** Follows what needs no character, then takes the character; a new match may start after every one. */
  #advance(state: State, codePoint: number): State {
    const isWordNext = codePoint !== endOfText && isWord(codePoint);
    if (this.#close(state, codePoint, state.afterWord !== isWordNext)) return found;
    if (codePoint === endOfText) return notFound;
    const next = this.#next;
    const reached = this.#reached;
    next[0] = 0;
    reached[0] = this.#visit;
    let count = 1;
    for (let at = 0; at < this.#waitingCount; at++) {
      const index = this.#waiting[at]!;
      const step = this.#program[index] as Extract<Step, { kind: "set" }>;
      const takes = codePoint < 128 ? step.ascii[codePoint] === 1 : step.test(codePoint);
      if (!takes || reached[index + 1] === this.#visit) continue;
      reached[index + 1] = this.#visit;
      next[count++] = index + 1;
    }
    return this.#stateOf(next.slice(0, count), false, isWordNext);
  }

  /** Collects the steps that wait for a character; true when the match is reached without one. */
  #close(state: State, codePoint: number, isBoundary: boolean): boolean {
    this.#visit++;
    this.#waitingCount = 0;
    const stack = this.#stack;
    stack.set(state.steps);
    let depth = state.steps.length;
    while (depth > 0) {
      const index = stack[--depth]!;
      if (this.#visited[index] === this.#visit) continue;
      this.#visited[index] = this.#visit;
      const kind = this.#kinds[index];
      if (kind === op.set) this.#waiting[this.#waitingCount++] = index;
      else if (kind === op.match) return true;
      else if (kind === op.assert) {
        const step = this.#program[index] as Extract<Step, { kind: "assert" }>;
        if (holds(step.what, state, codePoint, isBoundary)) stack[depth++] = index + 1;
      } else {
        stack[depth++] = this.#others[index]!;
        if (kind === op.split) stack[depth++] = index + 1;
      }
    }
    return false;
  }

  #stateOf(steps: Int32Array, atStart: boolean, afterWord: boolean): State {
    if (this.#states.size >= statesMax) {
      return {
        steps,
        atStart,
        afterWord,
        verdict: undefined,
        isKept: false,
        next: noWays,
        otherNext: noOthers,
      };
    }
    const key = `${atStart ? "^" : ""}${afterWord ? "w" : ""}${steps.sort().join()}`;
    const known = this.#states.get(key);
    if (known) return known;
    const state = {
      steps,
      atStart,
      afterWord,
      verdict: undefined,
      isKept: true,
      next: ways(),
      otherNext: new Map(),
    };
    this.#states.set(key, state);
    return state;
  }
}

function holds(what: string, state: State, codePoint: number, isBoundary: boolean): boolean {
  if (what === "start") return state.atStart;
  if (what === "end") return codePoint === endOfText;
  return (what === "boundary") === isBoundary;
}
