// SPDX-License-Identifier: Apache-2.0
/** What happens to the connector's process, its disk and its store. One thing at a time. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { ChaosConnector } from "./connector.ts";
import type { MachineFaultKind, PlannedFault } from "./fault-plan.ts";
import type { Timeline } from "./timeline.ts";
import type { Violations } from "./violations.ts";

export interface MachineParts {
  readonly connector: ChaosConnector;
  readonly timeline: Timeline;
  readonly violations: Violations;
  readonly storePath: string;
  readonly lettersPath: string;
  /** Where the directory of dead letters is while something else stands in its place. */
  readonly lettersAside: string;
}

/** The least that the configuration takes. */
const SMALL_LETTERS = { HSM_AUDIT_OTEL_DEAD_LETTER_MAX_BYTES: "1MiB" };
/** A start takes a second of CPU; a busy machine gets much longer. */
const START_WITHIN_MS = 60_000;
/** What a fault of the disk does to a process may show a little later. */
const ECHO_MS = 5_000;
/** Letters are rare: what keeps them from being written must last until there is one. */
const LETTERS_AT_LEAST_MS = 3_000;

export class Machine {
  readonly #parts: MachineParts;
  /** Times of the run until which an end of the process is nobody's fault. */
  #excusedUntilMs = 0;
  readonly counts = { kills: 0, stops: 0, abandonedStops: 0 };

  constructor(parts: MachineParts) {
    this.#parts = parts;
  }

  /** Whether the process may have ended for what was done to its disk. */
  get isExcused(): boolean {
    return this.#parts.timeline.nowMs < this.#excusedUntilMs;
  }

  /** Does it, waits as long as it lasts, and undoes it. */
  async suffer({ kind, lastsMs, measure }: PlannedFault<MachineFaultKind>): Promise<void> {
    switch (kind) {
      case "kill":
        await this.#kill();
        await this.#parts.timeline.pass(measure * 500);
        this.#parts.connector.start();
        return;
      case "stop":
        await this.#stop();
        this.#parts.connector.start();
        return;
      case "second-instance":
        await this.#startSecond();
        return;
      case "letters-blocked":
        await this.#blockLetters(LETTERS_AT_LEAST_MS + lastsMs);
        return;
      case "letters-full":
        await this.#fillLetters(LETTERS_AT_LEAST_MS + lastsMs);
        return;
      case "store-locked":
        await this.#lockStore(lastsMs);
    }
  }

  async #kill(): Promise<void> {
    this.counts.kills++;
    await this.#parts.connector.kill();
  }

  async #stop(): Promise<void> {
    this.counts.stops++;
    const { connector, violations } = this.#parts;
    const { code, signal } = await connector.stop();
    // 3: something was still in flight at the end of the grace. A signal: it had not come as far as to listen.
    if (code === 3) this.counts.abandonedStops++;
    if (code === 0 || code === 3 || signal === "SIGTERM" || this.isExcused) return;
    violations.add("ended", `after SIGTERM: code ${String(code)}, signal ${String(signal)}`);
  }

  async #startSecond(): Promise<void> {
    const { connector, timeline, violations } = this.#parts;
    if (!(await timeline.when(() => connector.hasStarted, ECHO_MS))) return;
    const { code } = await connector.runBeside(["run"], START_WITHIN_MS);
    if (code === 1 || !connector.hasStarted) return;
    violations.add("two-writers", `a second instance ended with ${String(code)}, 1 was due`);
  }

  async #blockLetters(lastsMs: number): Promise<void> {
    const { lettersPath, lettersAside, timeline } = this.#parts;
    this.#excusedUntilMs = timeline.nowMs + lastsMs + ECHO_MS;
    if (existsSync(lettersPath)) renameSync(lettersPath, lettersAside);
    if (!existsSync(lettersPath)) writeFileSync(lettersPath, "not a directory\n");
    await timeline.pass(lastsMs).finally(() => {
      this.#unblockLetters();
    });
  }

  /** Back at its place, with what was written into a new one meanwhile, if the connector was quick. */
  #unblockLetters(): void {
    const { lettersPath, lettersAside } = this.#parts;
    if (statSync(lettersPath).isFile()) rmSync(lettersPath);
    if (!existsSync(lettersAside)) return;
    mkdirSync(lettersPath, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(lettersAside)) {
      const place = join(lettersPath, name);
      const free = existsSync(place) ? place.replace(/\.ndjson$/, "-aside.ndjson") : place;
      renameSync(join(lettersAside, name), free);
    }
    rmSync(lettersAside, { recursive: true });
  }

  async #fillLetters(lastsMs: number): Promise<void> {
    const { connector, timeline } = this.#parts;
    await this.#kill();
    connector.start(SMALL_LETTERS);
    await timeline.when(() => connector.hasStarted, START_WITHIN_MS);
    await timeline.pass(lastsMs);
    await this.#kill();
    connector.start();
  }

  /** As a backup or a curious person with `sqlite3` would: a writer that does not finish. */
  async #lockStore(lastsMs: number): Promise<void> {
    const { storePath, timeline } = this.#parts;
    if (!existsSync(storePath)) return;
    this.#excusedUntilMs = timeline.nowMs + lastsMs + ECHO_MS;
    const database = new DatabaseSync(storePath, { timeout: 1_000 });
    try {
      database.exec("BEGIN IMMEDIATE");
      await timeline.pass(lastsMs);
      database.exec("ROLLBACK");
    } catch (error) {
      // The connector was writing all the while.
      if (!String(error).includes("locked")) throw error;
    } finally {
      database.close();
    }
  }
}
