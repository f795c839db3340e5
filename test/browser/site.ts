import { cpSync, existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { buildDashboard } from "../../bin/up/dashboard-build.ts";
import { Cluster, temporaryFolder } from "../cluster/parts.ts";
import { Poster } from "./poster.ts";

/** Every name that these tests give to a container begins so. */
export const prefix = "seamark-test-browser";

const executables = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const browserFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
export const desktop = { width: 1440, height: 900 };
export const phone = { width: 390, height: 844 };
/** The machine may be busy with other tests. */
const actionMaxMs = 20_000;

export interface SiteOptions {
  /** Flags of a collector of this machine's Docker; without them there is none, and rows are posted. */
  readonly collector?: readonly string[];
}

/** A running Seamark and a browser, and a watch over what no page may ever do. */
export class Site {
  readonly cluster: Cluster;
  readonly poster: Poster;
  readonly #browser: Browser;
  readonly #folder: string;
  #problems: string[] = [];
  #allowed: RegExp[] = [];

  private constructor(cluster: Cluster, browser: Browser, folder: string) {
    this.cluster = cluster;
    this.poster = new Poster(cluster);
    this.#browser = browser;
    this.#folder = folder;
  }

  static async start(options: SiteOptions = {}): Promise<Site> {
    const executablePath = executables.find((path) => existsSync(path));
    if (executablePath === undefined) throw new Error(`no Chromium at ${executables.join(", ")}`);
    const built = await buildDashboard(() => undefined);
    const folder = temporaryFolder();
    // A copy: a build elsewhere on this machine must not change the files of a page that is being tested.
    cpSync(built, join(folder, "dashboard"), { recursive: true });
    const collector = options.collector ?? false;
    const include = `name=${prefix}-*`;
    const aggregator = ["--dashboard", join(folder, "dashboard")];
    const [cluster, browser] = await Promise.all([
      Cluster.start({ collector, include, aggregator }),
      chromium.launch({ executablePath, args: browserFlags }),
    ]);
    return new Site(cluster, browser, folder);
  }

  /** A page of the dashboard in a profile of its own. */
  async open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await this.blank(options);
    await page.goto(this.cluster.url + path);
    return page;
  }

  /** A page that has not gone anywhere yet. */
  async blank(options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({
      viewport: desktop,
      colorScheme: "dark",
      permissions: ["clipboard-read", "clipboard-write"],
      ...options,
    });
    context.setDefaultTimeout(actionMaxMs);
    context.on("page", (page) => this.#watch(page));
    return await context.newPage();
  }

  /** Problems that match are meant to happen, until the pages are closed. */
  allow(pattern: RegExp): void {
    this.#allowed.push(pattern);
  }

  /** Closes every page; answers errors on their consoles, exceptions, and requests that left the origin. */
  async closePages(): Promise<string[]> {
    await Promise.all(this.#browser.contexts().map((context) => context.close()));
    const problems = this.#problems.filter((text) => !this.#allowed.some((pattern) => pattern.test(text)));
    this.#problems = [];
    this.#allowed = [];
    return problems;
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await this.cluster.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #watch(page: Page): void {
    const note = (text: string): void => void this.#problems.push(text);
    page.on("console", (message) => {
      if (message.type() === "error") note(`console: ${message.text()} at ${message.location().url}`);
    });
    page.on("pageerror", (error) => note(`exception: ${error.message}`));
    page.on("request", (request) => this.#mustStay(request.url()));
    page.on("websocket", (socket) => this.#mustStay(socket.url()));
  }

  #mustStay(url: string): void {
    const { protocol, host } = new URL(url);
    if (/^(data|blob|about):$/.test(protocol) || host === new URL(this.cluster.url).host) return;
    this.#problems.push(`request to another origin: ${url}`);
  }
}
