// SPDX-License-Identifier: Apache-2.0
// Any bad records, any limit of size, any stumbling: each record has one fate, the right one, in few requests.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { delivered, faulty, refused, retryable } from "../support/fake-transport.ts";
import { ParcelTheatre } from "../support/parcel-theatre.ts";

const COUNT = 64;
const record = fc.nat(COUNT - 1);

describe("parcels before a receiver with a mind of its own", () => {
  it("end with every record delivered or condemned, and only bad ones condemned", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(record, { maxLength: 6 }),
        fc.array(fc.constantFrom("ok", "400", "500", "503", "401"), { maxLength: 60 }),
        fc.integer({ min: 1, max: COUNT }),
        fc.integer({ min: 1, max: 5 }),
        async (bad, stumbles, sizeLimit, parcels) => {
          const answers = [...stumbles];
          let honest = 0;
          const theatre = new ParcelTheatre((records) => {
            const stumble = answers.shift() ?? "ok";
            if (stumble === "503") return retryable();
            if (stumble === "401") return faulty();
            if (stumble !== "ok") return refused(Number(stumble), "stumble");
            honest++;
            if (records.length > sizeLimit) return refused(413, "");
            return records.some((one) => bad.includes(one)) ? refused() : delivered;
          });
          const size = Math.ceil(COUNT / parcels);
          const leftovers = [];
          for (let from = 0; from < COUNT; from += size) {
            const to = Math.min(from + size, COUNT);
            leftovers.push(await theatre.until(theatre.deliver(from, to)));
          }
          // Somebody must be taken after the last bad one.
          leftovers.push(await theatre.until(theatre.deliver(COUNT, COUNT + 1)));
          for (const left of leftovers) await theatre.until(left?.settled ?? Promise.resolve());

          expect(theatre.fates.size).toBe(COUNT + 1);
          expect(theatre.taken.toSorted((a, b) => a - b)).toEqual(theatre.withFate("delivered"));
          for (const condemned of theatre.withFate("deadLettered")) {
            // A receiver that stumbles twice over the same record, and takes another between, has condemned it.
            if (stumbles.length === 0) expect(bad).toContain(condemned);
          }
          for (const one of bad) expect(theatre.fates.get(one)).toBe("deadLettered");
          const cuts = 2 * Math.log2(COUNT) * bad.length + 2 * Math.ceil(COUNT / sizeLimit);
          if (stumbles.length === 0) expect(honest).toBeLessThanOrEqual(2 * cuts + 2 * parcels + 2);
          expect(theatre.clock.pendingSleeps).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("condemn nothing while everything is refused, and deliver everything afterwards", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(400, 422, 500, 408, 413),
        fc.integer({ min: 1, max: 300 }),
        fc.integer({ min: 0, max: 7_200_000 }),
        async (status, count, outageMs) => {
          const theatre = new ParcelTheatre(() => refused(status, ""));
          const parcels = [theatre.deliver(0, count), theatre.deliver(count, 2 * count)];
          await theatre.clock.advance(outageMs);
          expect(theatre.fates.size).toBe(0);
          theatre.judge = () => delivered;
          for (const leftovers of await theatre.until(Promise.all(parcels))) {
            await theatre.until(leftovers?.settled ?? Promise.resolve());
          }
          expect(theatre.sink.kept).toEqual([]);
          expect(theatre.withFate("delivered")).toHaveLength(2 * count);
          expect(theatre.taken).toHaveLength(2 * count);
        },
      ),
      { numRuns: 40 },
    );
  });
});
