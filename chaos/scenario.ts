// SPDX-License-Identifier: Apache-2.0
/**
 * One run from its beginning to its end: faults and growth go on for as long as was asked, then all is healed, the
 * connector works until every record has its fate, and what it did is checked from outside.
 */
import { EVENT_MARKER } from "../test/support/audit-lines.ts";
import type { ChaosConnector, LogLine } from "./connector.ts";
import type { ContentWriter } from "./content-writer.ts";
import type { CursorCheck } from "./cursor-check.ts";
import { checkEnd } from "./end-check.ts";
import { checkFates } from "./fate-check.ts";
import type { Lanes } from "./lanes.ts";
import type { Letters } from "./letters.ts";
import type { Machine } from "./machine.ts";
import type { ChaosReceiver } from "./receiver.ts";
import type { Settlement } from "./settlement.ts";
import type { ChaosStorage } from "./storage.ts";
import type { Timeline } from "./timeline.ts";
import type { Truth } from "./truth.ts";
import type { Violations } from "./violations.ts";

const LOOK_EVERY_MS = 1_000;
/** The longest wait of a healthy connector after a fault is its back-off, a minute. */
const STUCK_AFTER_MS = 150_000;
/** Stands in the headers of every request, and must stand nowhere else. */
export const SECRET = "chaos-secret-4711";
const CHANGES = new Set(["BLOB_DELETED", "BLOB_REPLACED", "BLOB_SHRUNK"]);

export interface ScenarioParts {
  readonly timeline: Timeline;
  readonly truth: Truth;
  readonly letters: Letters;
  readonly settlement: Settlement;
  readonly receiver: ChaosReceiver;
  readonly storage: ChaosStorage;
  readonly connector: ChaosConnector;
  readonly machine: Machine;
  readonly lanes: Lanes;
  readonly content: ContentWriter;
  readonly cursors: CursorCheck;
  readonly violations: Violations;
}

export class Scenario {
  readonly parts: ScenarioParts;
  /** What the connector said it could not read any more. */
  lostBytesSaid = 0;
  /** Records without a fate at the last look. */
  openRecords = 0;
  #isContentDone = false;

  constructor(parts: ScenarioParts) {
    this.parts = parts;
  }

  async run(): Promise<void> {
    const { connector, content, lanes, letters, receiver } = this.parts;
    connector.start();
    const looking = this.#lookUntilQuiet();
    const growing = content.run().finally(() => (this.#isContentDone = true));
    const working = Promise.all([lanes.run(), growing]);
    // A writer may wait for a record that never comes: then the look ends the run, which breaks all waits off.
    await Promise.race([working, looking]);
    const isQuiet = await looking;
    if (isQuiet) await working;
    else working.catch(() => undefined);
    await checkEnd(this.parts, isQuiet);
    letters.refresh();
    checkFates({ ...this.parts, receipts: receiver.receipts });
  }

  async close(): Promise<void> {
    const { connector, receiver, storage, violations } = this.parts;
    await connector.close();
    await receiver.close().catch((reason: unknown) => {
      violations.add("protocol", String(reason));
    });
    await storage.close();
  }

  /** Each line of the connector's log. */
  read(text: string, line: LogLine | undefined): void {
    const { storage, truth, violations } = this.parts;
    const secrets = [EVENT_MARKER, SECRET, storage.emulator.accountKey];
    if (secrets.some((secret) => text.includes(secret))) violations.add("leak", text);
    if (line === undefined || !CHANGES.has(line.code)) return;
    const { blob, lostBytes } = line.fields;
    this.lostBytesSaid += Number(lostBytes ?? 0);
    const isMortal = truth.blobs.some(({ name, isGone }) => isGone && name === blob);
    if (!isMortal) violations.add("false-change", text);
  }

  /** Compares now and then; true when every record of a finished container has its fate, false when nothing moves. */
  async #lookUntilQuiet(): Promise<boolean> {
    const { timeline, cursors, letters, settlement, lanes, receiver, truth, violations } =
      this.parts;
    let lastSign = "";
    let movedAtMs = timeline.nowMs;
    for (;;) {
      await timeline.pass(LOOK_EVERY_MS);
      await cursors.look();
      letters.refresh();
      this.openRecords = settlement.openCount();
      if (this.#isContentDone && lanes.isOver && this.openRecords === 0) return true;
      const sign = `${receiver.receipts.kept.size} ${letters.byUid.size} ${truth.recordCount}`;
      if (sign !== lastSign) [lastSign, movedAtMs] = [sign, timeline.nowMs];
      if (timeline.nowMs - movedAtMs < STUCK_AFTER_MS) continue;
      const open = `${this.openRecords} records have no fate`;
      violations.add("stuck", `nothing has moved for ${STUCK_AFTER_MS / 1000} s; ${open}`);
      return false;
    }
  }
}
