// SPDX-License-Identifier: Apache-2.0
/**
 * The connector of a run: the real program as a child process, one after the other on one store. It is kept running as a
 * service manager would. Each log line is looked at for what must not stand there, and kept in a file.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Timeline } from "./timeline.ts";

const CLI = new URL("../src/cli.ts", import.meta.url).pathname;
const TAIL_LINES = 40;
const RESTART_AFTER_MS = 250;

export interface LogLine {
  readonly code: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface ConnectorParts {
  readonly env: Readonly<Record<string, string>>;
  readonly logPath: string;
  readonly timeline: Timeline;
  /** A new process, with its number. */
  readonly onStart: (number: number) => void;
  readonly onLine: (text: string, line: LogLine | undefined) => void;
  /** It ended, and nobody had asked it to. */
  readonly onUnasked: (how: string) => void;
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class ChaosConnector {
  readonly #parts: ConnectorParts;
  readonly #log;
  #env: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #ended: Promise<ProcessEnd> | undefined;
  /** Somebody asked it to end, or keeps it from starting. */
  #isAsked = true;
  readonly tail: string[] = [];
  starts = 0;
  hasStarted = false;

  constructor(parts: ConnectorParts) {
    this.#parts = parts;
    this.#env = parts.env;
    this.#log = createWriteStream(parts.logPath);
  }

  /** Starts it, and starts it again whenever it ends unasked. `env` adds to the environment until the next start. */
  start(env: Readonly<Record<string, string>> = {}): void {
    this.#env = { ...this.#parts.env, ...env };
    this.#isAsked = false;
    this.#spawn();
  }

  /** As power loss, but for the disk's cache. */
  async kill(): Promise<ProcessEnd> {
    return await this.#end("SIGKILL");
  }

  /** First signal; it may finish what is in flight. */
  async stop(): Promise<ProcessEnd> {
    return await this.#end("SIGTERM");
  }

  async close(): Promise<void> {
    if (this.#ended !== undefined) await this.kill();
    this.#log.end();
    await once(this.#log, "close");
  }

  /** Runs the program with other arguments beside the one that is kept running, to its end. */
  async runBeside(
    args: readonly string[],
    withinMs: number,
  ): Promise<ProcessEnd & { stdout: string }> {
    const child = spawn(process.execPath, [CLI, ...args], {
      env: this.#parts.env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#readLines(child, () => undefined);
    const out: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    const timer = setTimeout(() => child.kill("SIGKILL"), withinMs);
    const end = await endOf(child);
    clearTimeout(timer);
    return { ...end, stdout: Buffer.concat(out).toString() };
  }

  #spawn(): void {
    this.#parts.onStart(++this.starts);
    this.hasStarted = false;
    const child = spawn(process.execPath, [CLI, "run"], {
      env: this.#env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child = child;
    this.#readLines(child, () => (this.hasStarted = true));
    this.#ended = endOf(child);
    void this.#ended.then((end) => {
      if (this.#child !== child || this.#isAsked) return;
      this.#parts.onUnasked(`code ${String(end.code)}, signal ${String(end.signal)}`);
      void this.#spawnLater();
    });
  }

  async #spawnLater(): Promise<void> {
    await this.#parts.timeline.pass(RESTART_AFTER_MS).catch(() => undefined);
    if (!this.#isAsked && !this.#parts.timeline.isOver) this.#spawn();
  }

  async #end(signal: NodeJS.Signals): Promise<ProcessEnd> {
    this.#isAsked = true;
    const { pid } = this.#child ?? {};
    this.#note(JSON.stringify({ code: "CHAOS", msg: `${signal} to ${String(pid)}` }));
    this.#child?.kill(signal);
    const end = await this.#ended;
    this.#ended = undefined;
    return end ?? { code: null, signal: null };
  }

  #readLines({ stderr }: ChildProcess, onStarted: () => void): void {
    if (stderr === null) throw new Error("no stderr");
    createInterface({ input: stderr }).on("line", (text) => {
      this.#note(text);
      const line = parseLine(text);
      if (line?.code === "STARTED") onStarted();
      this.#parts.onLine(text, line);
    });
  }

  #note(text: string): void {
    this.#log.write(`${text}\n`);
    this.tail.push(text);
    if (this.tail.length > TAIL_LINES) this.tail.shift();
  }
}

async function endOf(child: ChildProcess): Promise<ProcessEnd> {
  const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null];
  return { code, signal };
}

function parseLine(text: string): LogLine | undefined {
  try {
    const fields = JSON.parse(text) as Record<string, unknown>;
    const { code } = fields as { code?: unknown };
    return { code: typeof code === "string" ? code : "", fields };
  } catch {
    return undefined;
  }
}
