// SPDX-License-Identifier: Apache-2.0
/**
 * Drives the whole lifecycle with random programs: blobs grow, tear, vanish and come back, the receiver, the storage,
 * the store and the dead letters fail, the process stops and crashes. A witness that knows every byte ever written
 * checks at every moment, and after each settling:
 *
 * - what is delivered stands in the blob, byte for byte, at the position that its uid names;
 * - no saved cursor passes a byte that is not acknowledged or dead-lettered, and its CRC-32 is that of the bytes (D2);
 * - within one process nothing is repeated and the order of a blob is kept; a restart repeats nothing that was saved,
 *   and after a stop that drained nothing at all (D3, D5);
 * - every complete line of every blob that still exists is delivered or dead-lettered in the end, and the counts of a
 *   blob add up to its records (D1);
 * - nothing leaks: the byte budget is two windows, so a few bytes that nobody credits stop everything.
 *
 * What cannot hold, and is not asked: records of a blob that was deleted before they were read are lost; a blob that is
 * recreated within the same second cannot be told from the old one (the service's resolution); after another writer
 * took a cursor the same process may repeat and overtake; a torn line that was given up and completed later is cut in
 * two, and which of the two counts stands after a crash is open.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hourOfBlob } from "../../src/discover/blob-path.ts";
import { ConnectorError } from "../../src/errors.ts";
import { HOUR_MS, prefixOf, TailingWorld } from "../support/tailing-world.ts";
import type { RunningLifecycle, ScriptedReceiver } from "../support/tailing-world.ts";
import { TailingWitness } from "../support/tailing-witness.ts";

const RUNS = 300;
const RESOURCES = ["ONE", "TWO"] as const;
type Resource = (typeof RESOURCES)[number];

const DAY_MS = 24 * HOUR_MS;
/** Longer than the longest poll, the listing interval and a storage back-off together. */
const SETTLED_MS = 45 * 60_000;

/** The world, the witness, and the acts that commands are made of. */
class Theatre {
  readonly world = new TailingWorld({
    settings: { maxIdlePollIntervalMs: 30 * 60_000, resourceIntervalMs: 20 * 60_000 },
  });
  readonly witness = new TailingWitness(this.world);
  readonly #startHourMs = Math.floor(this.world.clock.now() / HOUR_MS) * HOUR_MS - 2 * HOUR_MS;
  #running: RunningLifecycle;
  #nextRecord = 1;
  /** What is missing of a half-written line, by blob. */
  readonly #halves = new Map<string, string>();

  constructor() {
    this.#running = this.world.start();
  }

  async write(resource: Resource, hoursAgo: number, pieces: readonly Piece[]): Promise<void> {
    const name = this.world.blobName(resource, hoursAgo);
    if ((hourOfBlob(name) ?? 0) < this.#startHourMs) return;
    const rest = this.#halves.get(name) ?? "";
    this.#halves.delete(name);
    const text = rest + pieces.map((piece) => this.#textOf(name, piece)).join("");
    if (text === "") return;
    await this.#avoidSameSecond(name);
    this.world.container.append(name, text);
    this.witness.note(name);
  }

  async remove(resource: Resource, hoursAgo: number): Promise<void> {
    const name = this.world.blobName(resource, hoursAgo);
    this.world.container.delete(name);
    this.#halves.delete(name);
    await this.advance(0);
  }

  async advance(ms: number): Promise<void> {
    await this.world.clock.advance(ms);
    this.witness.assertNoComplaint();
    expect(this.#running.hasEnded()).toBe(false);
  }

  async crash(): Promise<void> {
    await this.world.kill(this.#running);
    this.#restart();
  }

  /** A stop that drains, unless something is out of order. */
  async stop(): Promise<void> {
    const end = await this.world.stop(this.#running);
    this.witness.assertNoComplaint();
    if (end.kind === "drained") this.witness.assertAllSaved();
    this.#restart();
  }

  #restart(): void {
    this.witness.assertNoComplaint();
    expect(this.world.clock.pendingSleeps).toBe(0);
    this.witness.restarted();
    this.#running = this.world.start();
  }

  /** Another writer moves a version on; the resource may repeat from then on. */
  async overtake(resource: Resource): Promise<void> {
    if ((await this.world.store.load(prefixOf(resource))) === undefined) return;
    this.world.store.overtake(prefixOf(resource));
    this.witness.conflicted(prefixOf(resource));
  }

  failStorage(calls: number): void {
    let left = calls;
    this.world.container.fault = () => {
      if (left-- > 0) throw new ConnectorError("STORAGE_UNAVAILABLE", "busy");
    };
  }

  mendAll(): void {
    this.world.receiver.become("up");
    this.world.sink.isBroken = false;
    this.world.container.fault = () => undefined;
  }

  /** Everything that a listing can find is delivered; what only a sweep finds may wait. */
  async settle(): Promise<void> {
    this.mendAll();
    await this.advance(SETTLED_MS);
    const isOpen = new Map<string, (name: string) => boolean>();
    for (const resource of RESOURCES) {
      const key = prefixOf(resource);
      const loaded = await this.world.store.load(key);
      if (loaded === undefined) continue;
      const { floorHourMs, open } = loaded.checkpoint;
      const names = new Set(open.map(({ name }) => name));
      const isListed = (name: string): boolean => (hourOfBlob(name) ?? 0) >= floorHourMs;
      isOpen.set(key, (name) => names.has(name) || isListed(name));
    }
    this.witness.assertDelivered((name) =>
      [...isOpen].some(([key, covers]) => name.startsWith(key) && covers(name)),
    );
  }

  /** A day and a bit later the sweep has found the rest; then a clean stop, and the counts. */
  async end(): Promise<void> {
    await this.settle();
    await this.advance(DAY_MS + HOUR_MS);
    this.witness.assertDelivered(() => true);
    const end = await this.world.stop(this.#running);
    this.witness.assertNoComplaint();
    expect(end).toEqual({ kind: "drained" });
    expect(this.world.clock.pendingSleeps).toBe(0);
    this.witness.assertAllSaved();
    for (const resource of RESOURCES) {
      const loaded = await this.world.store.load(prefixOf(resource));
      const open = loaded?.checkpoint.open ?? [];
      this.witness.assertCounts(open.map((blob) => ({ ...blob, length: blob.offset })));
    }
    this.witness.assertCounts(this.world.store.ledger);
  }

  async abandon(): Promise<void> {
    await this.world.kill(this.#running);
  }

  /** A blob that comes back in the second of its creation could not be told from the old one. */
  async #avoidSameSecond(name: string): Promise<void> {
    const { container, clock } = this.world;
    if (container.createdAtOf(name) !== undefined) return;
    while (this.witness.hasLived(name, Math.floor(clock.now() / 1000) * 1000)) {
      await clock.advance(500);
    }
  }

  #textOf(name: string, piece: Piece): string {
    const record = `{"n":${this.#nextRecord++}}`;
    switch (piece) {
      case "record":
        return `${record}\n`;
      case "bad":
        return `bad-${record}\n`;
      case "blank":
        return " \n\n";
      case "oversize":
        return `{"n":"${"x".repeat(250)}"}\n`;
      case "half":
        this.#halves.set(name, `${record.slice(4)}\n`);
        return record.slice(0, 4);
      case "no newline":
        this.#halves.set(name, "\n");
        return record;
    }
  }
}

type Piece = "record" | "bad" | "blank" | "oversize" | "half" | "no newline";

/** A command does something to the theatre; there is no separate model, the witness is it. */
class Act implements fc.AsyncCommand<object, Theatre> {
  readonly #name: string;
  readonly #act: (theatre: Theatre) => void | Promise<void>;

  constructor(name: string, act: (theatre: Theatre) => void | Promise<void>) {
    this.#name = name;
    this.#act = act;
  }

  check(): boolean {
    return true;
  }

  async run(_model: object, theatre: Theatre): Promise<void> {
    await this.#act(theatre);
    theatre.witness.assertNoComplaint();
  }

  toString(): string {
    return this.#name;
  }
}

const resource = fc.constantFrom(...RESOURCES);
const body = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.constant<Piece>("record") },
    { weight: 1, arbitrary: fc.constantFrom<Piece>("bad", "blank", "oversize") },
  ),
  { maxLength: 8 },
);
/** Only the end of an append may be torn: one block is never cut by another writer. */
const lastPiece = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Piece[]>([]) },
  { weight: 1, arbitrary: fc.constantFrom<Piece[]>(["half"], ["no newline"]) },
);
/** The present hour, the one before, the hours of the start, and hours long closed. */
const hoursAgo = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.integer({ min: 2, max: 30 }) },
);
const pause = fc.constantFrom(0, 90, 400, 1_100, 16_000, 6 * 60_000, HOUR_MS, 7 * HOUR_MS);
const receiverMode = fc.constantFrom<ScriptedReceiver["mode"]>("up", "down", "mute", "partial");

const write = fc
  .tuple(resource, hoursAgo, body, lastPiece)
  .map(([who, ago, pieces, last]) =>
    act(`write ${who} -${ago} h ${[...pieces, ...last].join(",")}`, (theatre) =>
      theatre.write(who, ago, [...pieces, ...last]),
    ),
  );
const wait = pause.map((ms) => act(`wait ${ms}`, (theatre) => theatre.advance(ms)));

const commands = fc.commands(
  [
    write,
    write,
    write,
    wait,
    wait,
    wait,
    receiverMode.map((mode) =>
      act(`receiver ${mode}`, (theatre) => {
        theatre.world.receiver.become(mode);
      }),
    ),
    fc.boolean().map((isBroken) =>
      act(`dead letters ${isBroken ? "broken" : "mended"}`, (theatre) => {
        theatre.world.sink.isBroken = isBroken;
      }),
    ),
    fc.nat({ max: 12 }).map((calls) =>
      act(`storage fails ${calls} times`, (theatre) => {
        theatre.failStorage(calls);
      }),
    ),
    fc.nat({ max: 3 }).map((times) =>
      act(`store fails ${times} times`, (theatre) => {
        for (let time = 0; time < times; time++) theatre.world.store.failNextSave();
      }),
    ),
    resource.map((who) => act(`overtake ${who}`, (theatre) => theatre.overtake(who))),
    fc
      .tuple(resource, hoursAgo)
      .map(([who, ago]) => act(`remove ${who} -${ago} h`, (theatre) => theatre.remove(who, ago))),
    fc.constant(act("crash", (theatre) => theatre.crash())),
    fc.constant(act("stop", (theatre) => theatre.stop())),
    fc.constant(act("settle", (theatre) => theatre.settle())),
    fc.constant(act("a quiet day", (theatre) => theatre.advance(DAY_MS))),
  ],
  { maxCommands: 25, size: "max" },
);

function act(name: string, body: (theatre: Theatre) => void | Promise<void>): Act {
  return new Act(name, body);
}

describe("tailing, for any history of blobs, failures and crashes", () => {
  it("delivers every complete record, alters none, repeats only what a crash makes it repeat", async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (program) => {
        const theatre = new Theatre();
        try {
          await fc.asyncModelRun(() => ({ model: {}, real: theatre }), program);
          await theatre.end();
        } finally {
          await theatre.abandon();
        }
      }),
      { numRuns: Number(process.env["TAILING_RUNS"] ?? RUNS) },
    );
  });
});
