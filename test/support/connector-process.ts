// SPDX-License-Identifier: Apache-2.0
/** The real program in a process of its own, from its sources, to be killed. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";

const CLI = new URL("../../src/cli.ts", import.meta.url).pathname;

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProcessOptions {
  /** Arguments of Node itself. */
  readonly nodeArgs?: readonly string[];
  /** A program, with its arguments, that runs the connector in its own place. */
  readonly wrapper?: readonly string[];
}

export class ConnectorProcess {
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess;
  readonly #err: Buffer[] = [];

  /** Starts `hsm-audit-otel <args>` with nothing in its environment but `env`. */
  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    { nodeArgs = [], wrapper = [] }: ProcessOptions = {},
  ) {
    const [program, ...rest] = [...wrapper, process.execPath, ...nodeArgs, CLI, ...args];
    const child = spawn(program ?? process.execPath, rest, {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    const out: Buffer[] = [];
    const err = this.#err;
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    this.ended = new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => {
        const [stdout = "", stderr = ""] = [out, err].map((part) => Buffer.concat(part).toString());
        resolve({ code, signal, stdout, stderr });
      });
    });
  }

  /** As power loss, but for the disk's cache: nothing of the process runs any more. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** First signal. */
  stop(): void {
    this.signal("SIGTERM");
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  get processId(): number {
    return this.#child.pid ?? 0;
  }

  /** Waits for a line of its log with that code; rejects with the whole log when it ends before. */
  async logged(code: string): Promise<void> {
    const isThere = (): boolean => Buffer.concat(this.#err).includes(`"code":"${code}"`);
    const ended = this.ended.then(() => "ended");
    while (!isThere()) {
      const heard = new Promise((resolve) => this.#child.stderr?.once("data", resolve));
      if ((await Promise.race([heard, ended])) === "ended" && !isThere()) {
        throw new Error(`never said ${code}: ${Buffer.concat(this.#err).toString()}`);
      }
    }
  }
}
