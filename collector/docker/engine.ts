import type { FrameSink } from "./frame-reader.ts";

/** What we use of `GET /containers/{id}/json`; more is there. Shape: Docker Engine API, ContainerInspect. */
export interface ContainerDetails {
  readonly Id: string;
  /** With a leading slash. */
  readonly Name: string;
  readonly Created: string;
  readonly RestartCount?: number;
  readonly State: {
    readonly Status: string;
    readonly Running: boolean;
    readonly Restarting?: boolean;
    readonly OOMKilled?: boolean;
    readonly ExitCode: number;
    readonly Error?: string;
    /** `0001-01-01T00:00:00Z` when it never was. */
    readonly StartedAt: string;
    readonly FinishedAt: string;
  };
  readonly Config: {
    readonly Tty: boolean;
    readonly Image: string;
    readonly Hostname?: string;
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly Env?: readonly string[] | null;
  };
  readonly HostConfig: {
    readonly AutoRemove?: boolean;
    readonly LogConfig: {
      readonly Type: string;
      readonly Config?: Readonly<Record<string, string>> | null;
    };
  };
}

/** What we use of one entry of `GET /containers/json?all=1`. */
export interface ContainerSummary {
  readonly Id: string;
  readonly Names: readonly string[];
  readonly Image: string;
  readonly State: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** What we use of an entry of `GET /events`. */
export interface EngineEvent {
  readonly Action: string;
  /** Too large for a JSON number: good to a microsecond. */
  readonly timeNano: number;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
}

export interface LogRequest {
  readonly id: string;
  readonly follow: boolean;
  readonly tty: boolean;
  /** Unix seconds with nine digits of fraction; undefined: from the beginning. */
  readonly since: string | undefined;
  /** Only the last so many frames: the engine finds them from the end, without decoding the whole log. */
  readonly tail: number | undefined;
}

/** How a logs response ended. */
export type LogEnd =
  | {
      readonly kind: "eof";
      /**
       * Gives out the line that the end completes, to be called once the engine has confirmed that the log ended and not
       * the engine. Only a TTY has one.
       */
      readonly finish: () => void;
    }
  | { readonly kind: "status"; readonly status: number; readonly message: string }
  | { readonly kind: "error"; readonly message: string };

/** Takes what a logs response brings. */
export interface LogSink {
  /** The response began well. */
  opened(): void;
  /** Called before the frames of each chunk. */
  chunk(bytes: number): void;
  readonly frame: FrameSink;
  /** Called after each chunk; when it returns a promise nothing more is read until it resolves. */
  after(): Promise<void> | undefined;
}

/** The Docker Engine, as far as the collector uses it. Rejections are SeamarkErrors: `not_found`, `unavailable`. */
export interface Engine {
  readonly socketPath: string;
  version(): Promise<string>;
  list(): Promise<readonly ContainerSummary[]>;
  inspect(id: string): Promise<ContainerDetails>;
  /**
   * Streams container events until the engine or the signal ends it. `ready` is called when the engine listens:
   * whatever happens from then on is seen.
   */
  events(signal: AbortSignal, ready: () => void, onEvent: (event: EngineEvent) => void): Promise<void>;
  /** Reads a container's log; resolves when it ended, rejects only with the signal's reason. */
  logs(request: LogRequest, sink: LogSink, signal: AbortSignal): Promise<LogEnd>;
}
