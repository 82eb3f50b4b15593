// SPDX-License-Identifier: Apache-2.0
/**
 * Drives the whole lifecycle with random programs: blobs grow, tear, vanish and come back, the receiver, the storage,
 * the store and the dead letters fail, the process stops and crashes. A witness that knows every byte ever written
 * checks at every moment, and after each settling:
 *
 * - what is delivered stands in the blob, byte for byte, at the position that its uid names;
 * - no saved cursor passes a byte that is not acknowledged or dead-lettered, and its CRC-32 is that of the bytes (D2);
 * - within one process nothing is repeated and the order of a blob is kept, but for what was refused meanwhile; a restart repeats nothing that was saved,
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
import { describe, it } from "vitest";
import type { ReceiverMode } from "../support/scripted-receiver.ts";
import { HOUR_MS } from "../support/tailing-world.ts";
import { DAY_MS, RESOURCES, Theatre } from "../support/tailing-theatre.ts";
import type { Piece } from "../support/tailing-theatre.ts";

const RUNS = 300;

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
    { weight: 1, arbitrary: fc.constantFrom<Piece>("bad", "blank", "oversize", "unwanted") },
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
const receiverMode = fc.constantFrom<ReceiverMode>("up", "down", "mute", "partial", "refusing");

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
    fc
      .tuple(resource, hoursAgo)
      .map(([who, ago]) =>
        act(`recreate ${who} -${ago} h`, (theatre) => theatre.recreate(who, ago)),
      ),
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
