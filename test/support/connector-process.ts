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

export class ConnectorProcess {
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess;

  /** Starts `hsm-audit-otel <args>` with nothing in its environment but `env`. */
  constructor(args: readonly string[], env: Readonly<Record<string, string>>) {
    const child = spawn(process.execPath, [CLI, ...args], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child = child;
    const out: Buffer[] = [];
    const err: Buffer[] = [];
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
    this.#child.kill("SIGTERM");
  }
}
