// SPDX-License-Identifier: Apache-2.0
/**
 * Block blobs that are written again whole, with random histories: documents grow, are cut off, are replaced by others;
 * the receiver and the storage fail; the process stops and crashes. Checked at every moment: what is delivered stands in
 * a document at the position that its id names, by the creation time of its first version; one process, and one that
 * goes on behind a clean stop, delivers nothing twice. And in the end everything was delivered.
 */
import fc from "fast-check";
import { describe, it } from "vitest";
import { DocumentTheatre, LAYOUTS } from "../support/document-theatre.ts";

const RUNS = 150;

type Act = (theatre: DocumentTheatre) => void | Promise<void>;

const layout = fc.constantFrom(...LAYOUTS);
const hoursAgo = fc.constantFrom(0, 0, 0, 1, 2);
const records = fc.integer({ min: 1, max: 6 });
const pause = fc.constantFrom(0, 400, 1_100, 16_000, 6 * 60_000, 3_600_000, 7 * 3_600_000);

const act = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .tuple(hoursAgo, records, layout)
      .map(([ago, count, how]): [string, Act] => [
        `grow -${ago} h by ${count}`,
        (theatre) => theatre.grow(ago, count, how),
      ]),
  },
  {
    weight: 5,
    arbitrary: pause.map((ms): [string, Act] => [`wait ${ms}`, (theatre) => theatre.advance(ms)]),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(hoursAgo, records, layout, fc.double({ min: 0.2, max: 0.95, noNaN: true }))
      .map(([ago, count, how, share]): [string, Act] => [
        `cut -${ago} h at ${share}`,
        // Soon written whole: a write that stays cut for hours is given up.
        async (theatre) => {
          await theatre.grow(ago, count, how, share);
          await theatre.advance(20_000);
          await theatre.grow(ago, count, how);
        },
      ]),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(hoursAgo, records, layout)
      .map(([ago, count, how]): [string, Act] => [
        `replace -${ago} h`,
        (theatre) => theatre.replace(ago, count, how),
      ]),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<[string, Act]>(
      ["crash", (theatre) => theatre.crash()],
      ["stop", (theatre) => theatre.stop()],
      [
        "receiver down",
        (theatre) => {
          theatre.become("down");
        },
      ],
      [
        "receiver mute",
        (theatre) => {
          theatre.become("mute");
        },
      ],
      [
        "receiver up",
        (theatre) => {
          theatre.become("up");
        },
      ],
      [
        "storage fails",
        (theatre) => {
          theatre.failStorage(5);
        },
      ],
    ),
  },
);

describe("documents that are written again, for any history of them", () => {
  it("are delivered once, whatever is rewritten, and read anew only where they are other documents", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 20 }), async (acts) => {
        const theatre = new DocumentTheatre();
        try {
          for (const [, run] of acts) await run(theatre);
          await theatre.end();
        } finally {
          await theatre.abandon();
        }
      }),
      { numRuns: Number(process.env["TAILING_RUNS"] ?? RUNS) },
    );
  });
});
