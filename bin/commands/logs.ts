import { Backoff } from "../../common/base/backoff.ts";
import { systemClock } from "../../common/base/clock.ts";
import { helpOf, readConfig } from "../../common/base/config.ts";
import { SeamarkError } from "../../common/base/errors.ts";
import type { JoinedRow } from "../../common/wire/row.ts";
import { LogsClient, QueryProblem } from "../logs/client.ts";
import { completenessNote } from "../logs/completeness-note.ts";
import { Follower } from "../logs/follow.ts";
import { groupTable } from "../logs/group-table.ts";
import { newestRows } from "../logs/newest-rows.ts";
import { Output } from "../logs/output.ts";
import { coloured, type Paint, plain, rowText } from "../logs/row-text.ts";
import { type LogsConfig, logsSettings, splitWords, tokenOf } from "../logs/settings.ts";
import { terminalJson, terminalText } from "../logs/terminal-text.ts";
import { type Command, exitUsage } from "./command.ts";

const exitFound = 0;
/** As grep: nothing matched. */
const exitNothing = 1;
const exitUnreachable = 3;

const usage = `Usage: seamark logs 'app:shop status>=500' --since 15m --follow

Prints the matching lines, oldest first; with a pipe, such as 'level:error | count by app', a table.
Exit codes: 0 lines found, 1 nothing matched, 2 wrong query or usage, 3 the aggregator cannot be reached.`;

export const logs: Command = {
  name: "logs",
  summary: "search and tail the logs in this terminal",
  run: async (argv) => {
    const words = splitWords(argv);
    const config = readConfig(logsSettings, { argv: words.flags, env: process.env });
    if (config.help) {
      process.stdout.write(helpOf(usage, logsSettings));
      return exitFound;
    }
    try {
      return await new LogsRun(words.query, config).run();
    } catch (error) {
      if (error instanceof QueryProblem) return queryProblem(words.query, error);
      if (!(error instanceof SeamarkError)) throw error;
      process.stderr.write(`seamark: ${error.message}\n${error.hint ? `${error.hint}\n` : ""}`);
      return error.code === "bad_config" ? exitUsage : exitUnreachable;
    }
  },
};

class LogsRun {
  readonly #query: string;
  readonly #config: LogsConfig;
  readonly #client: LogsClient;
  readonly #stop = new AbortController();
  readonly #output = new Output(process.stdout, () => this.#stop.abort());
  readonly #paint: Paint;
  /** Lines that a pipe counted. */
  #counted: number | undefined;

  constructor(query: string, config: LogsConfig) {
    this.#query = query;
    this.#config = config;
    this.#client = new LogsClient(config.url, tokenOf(config));
    const terminal = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
    this.#paint = terminal && !config.noColor ? coloured : plain;
  }

  async run(): Promise<number> {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => this.#stop.abort());
    if (this.#config.follow) await this.#follow();
    else await this.#search();
    return this.#found ? exitFound : exitNothing;
  }

  /** A count of nothing is a line of output, but nothing matched. */
  get #found(): boolean {
    return this.#counted === undefined ? this.#output.lines > 0 : this.#counted > 0;
  }

  async #search(): Promise<void> {
    const { since, until, limit } = this.#config;
    const range = { query: this.#query, from: since, ...(until === undefined ? {} : { to: until }) };
    const answer = await newestRows(this.#client, range, limit);
    if (answer.groups !== undefined) {
      const { by = [], groups } = answer;
      this.#counted = groups.reduce((sum, { count }) => sum + count, 0);
      if (this.#config.json) await this.#output.print(groups.map(terminalJson));
      else if (groups.length > 0) await this.#output.print([groupTable(by, groups)]);
    } else await this.#print(answer.rows);
    if (answer.more) note(`the newest ${limit} lines; more with --limit, or a shorter range`);
    if (answer.partial !== null) note(`the answer is not complete (${answer.partial})`);
    const doubt = completenessNote(answer);
    if (doubt !== undefined) note(doubt);
  }

  async #follow(): Promise<void> {
    const { since, until, limit } = this.#config;
    if (until !== undefined) throw new SeamarkError("bad_config", "--until and --follow exclude each other");
    await new Follower({
      client: this.#client,
      query: this.#query,
      since,
      limit,
      clock: systemClock,
      backoff: new Backoff({ firstMs: 250, maxMs: 10_000, random: Math.random }),
      signal: this.#stop.signal,
      print: (rows) => this.#print(rows),
      note,
    }).run();
  }

  async #print(rows: readonly JoinedRow[]): Promise<void> {
    const text = this.#config.json ? terminalJson : (row: JoinedRow) => rowText(row, this.#paint);
    await this.#output.print(rows.map(text));
  }
}

function note(text: string): void {
  process.stderr.write(`seamark: ${text}\n`);
}

/** The query with a caret under the place that is wrong. */
function queryProblem(query: string, problem: QueryProblem): number {
  const { from, to, hint } = problem;
  let out = `seamark: ${problem.message}\n`;
  if (from !== undefined) {
    const width = Math.max(1, (to ?? from + 1) - from);
    out += `  ${terminalText(query)}\n  ${" ".repeat(from)}${"^".repeat(width)}\n`;
  }
  process.stderr.write(hint === undefined ? out : `${out}${hint}\n`);
  return exitUsage;
}
