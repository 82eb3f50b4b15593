// SPDX-License-Identifier: Apache-2.0
/**
 * A checkpoint store in memory that behaves like the real ones (the contract suite runs on it), and
 * fails on demand. What was saved outlives `close()`: `reopen()` gives what the next process would
 * see.
 */
import { decodeCheckpoint, encodeCheckpoint } from "../../src/checkpoint/checkpoint-format.ts";
import type {
  CheckpointChange,
  CheckpointStore,
  ClosedBlob,
  LoadedCheckpoint,
  SaveOutcome,
} from "../../src/checkpoint/checkpoint-store.ts";
import { ConnectorError } from "../../src/errors.ts";

interface Disk {
  startHourMs: number | undefined;
  readonly documents: Map<string, { text: string; version: number }>;
  /** Append-only, oldest first. */
  readonly ledger: { resourceKey: string; blob: ClosedBlob }[];
}

export class FakeCheckpointStore implements CheckpointStore {
  readonly #disk: Disk;
  readonly #saves: (readonly CheckpointChange[])[] = [];
  readonly #failures: ConnectorError[] = [];
  #gate: Promise<void> | undefined;
  #isClosed = false;

  constructor(disk: Disk = { startHourMs: undefined, documents: new Map(), ledger: [] }) {
    this.#disk = disk;
  }

  /** The saves that succeeded, oldest first. */
  get saves(): readonly (readonly CheckpointChange[])[] {
    return this.#saves;
  }

  /** The whole ledger, oldest entry first. */
  get ledger(): readonly ClosedBlob[] {
    return this.#disk.ledger.map(({ blob }) => blob);
  }

  /** A store on the same data, as another process or the next run would open it. */
  reopen(): FakeCheckpointStore {
    return new FakeCheckpointStore(this.#disk);
  }

  /** Makes the next save fail and keep nothing; calls add up. */
  failNextSave(
    error = new ConnectorError("CHECKPOINT_UNAVAILABLE", "the disk is full", { isRetryable: true }),
  ): void {
    this.#failures.push(error);
  }

  /** Keeps the next save under way until the returned function is called. */
  holdNextSave(): () => void {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#gate = promise;
    return () => {
      resolve(undefined);
    };
  }

  /** Moves a resource's version on, as another writer would: the next save of it is a conflict. */
  overtake(resourceKey: string): void {
    const document = this.#disk.documents.get(resourceKey);
    if (document !== undefined) document.version++;
    else {
      const text = encodeCheckpoint({ floorHourMs: 0, open: [] }, resourceKey);
      this.#disk.documents.set(resourceKey, { text, version: 1 });
    }
  }

  async resolveStart(proposedHourMs: number): Promise<{ startHourMs: number; isFresh: boolean }> {
    await this.#turn();
    if (proposedHourMs % 3_600_000 !== 0) {
      throw new ConnectorError("INTERNAL", `${proposedHourMs} is no whole hour to start at`);
    }
    const isFresh = this.#disk.startHourMs === undefined;
    this.#disk.startHourMs ??= proposedHourMs;
    return { startHourMs: this.#disk.startHourMs, isFresh };
  }

  async load(resourceKey: string): Promise<LoadedCheckpoint | undefined> {
    await this.#turn();
    const document = this.#disk.documents.get(resourceKey);
    if (document === undefined) return undefined;
    const checkpoint = decodeCheckpoint(document.text, resourceKey);
    return { checkpoint, version: String(document.version) };
  }

  async save(changes: readonly CheckpointChange[]): Promise<SaveOutcome[]> {
    await this.#turn();
    const gate = this.#gate;
    this.#gate = undefined;
    await gate;
    const failure = this.#failures.shift();
    if (failure !== undefined) throw failure;
    // Everything that can throw comes first: a save holds as a whole or not at all.
    const texts = changes.map((change) => encodeCheckpoint(change.checkpoint, change.resourceKey));
    for (const { resourceKey, closed } of changes) assertUnder(resourceKey, closed);
    this.#saves.push(changes);
    return changes.map((change, index) => this.#saveOne(change, texts[index]!));
  }

  async findClosed(resourceKey: string, names: readonly string[]): Promise<ClosedBlob[]> {
    await this.#turn();
    return names.flatMap((name) => {
      const entry = this.#disk.ledger.findLast(
        (other) => other.resourceKey === resourceKey && other.blob.name === name,
      );
      return entry === undefined ? [] : [entry.blob];
    });
  }

  async close(): Promise<void> {
    await Promise.resolve();
    this.#isClosed = true;
  }

  #saveOne(change: CheckpointChange, text: string): SaveOutcome {
    const { resourceKey, closed } = change;
    const current = this.#disk.documents.get(resourceKey)?.version;
    const expected = change.version === undefined ? undefined : Number(change.version);
    if (current !== expected) return { kind: "conflict" };
    const version = (current ?? 0) + 1;
    this.#disk.documents.set(resourceKey, { text, version });
    for (const blob of closed) this.#disk.ledger.push({ resourceKey, blob: structuredClone(blob) });
    return { kind: "saved", version: String(version) };
  }

  async #turn(): Promise<void> {
    await Promise.resolve();
    if (this.#isClosed) throw new ConnectorError("CHECKPOINT_UNAVAILABLE", "the store is closed");
  }
}

function assertUnder(resourceKey: string, closed: readonly ClosedBlob[]): void {
  const stray = closed.find(({ name }) => !name.startsWith(resourceKey));
  if (stray === undefined) return;
  throw new ConnectorError("INTERNAL", `blob ${stray.name} is not one of ${resourceKey}`);
}
