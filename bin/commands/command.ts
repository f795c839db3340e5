/** One word after `seamark`. */
export interface Command {
  readonly name: string;
  /** One line of `seamark help`. */
  readonly summary: string;
  /** Runs with the words after the command's name; resolves to the exit code. */
  readonly run: (argv: readonly string[]) => Promise<number>;
}

/** Exit code of a command that was typed wrong. */
export const exitUsage = 2;
