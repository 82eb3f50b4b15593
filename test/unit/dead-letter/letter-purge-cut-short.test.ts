// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { LetterDirectory } from "../../../src/dead-letter/letter-directory.ts";
import type { LetterFile } from "../../../src/dead-letter/letter-place.ts";
import { openDeadLetterArchive } from "../../../src/dead-letter/place-archive.ts";
import { DeadLetterDirectory } from "../../support/dead-letter-directory.ts";
import { sampleDeadLetter } from "../../support/dead-letter-samples.ts";

/** The file is removed, and nobody is told: a reset in a container, a failed sync of a directory. */
class SilentlyRemoving extends LetterDirectory {
  override async remove(file: LetterFile): Promise<boolean> {
    await super.remove(file);
    throw new Error("ECONNRESET");
  }
}

describe("a purge whose removal fails after it has worked", () => {
  it("loses no letter that is to stay", async () => {
    await using directory = await DeadLetterDirectory.create();
    const sink = await directory.open();
    await sink.write([10, 20, 30].map((at) => sampleDeadLetter(at)));
    await sink.close();
    const place = new SilentlyRemoving({ path: directory.path });
    const archive = openDeadLetterArchive(place, directory.clock);
    const purged = archive.purge(new Map([[sampleDeadLetter(10).uid, Infinity]]));
    await expect(purged).rejects.toMatchObject({ code: "DEAD_LETTER_UNAVAILABLE" });
    const left: number[] = [];
    for await (const item of archive.entries()) {
      if (item.kind === "letter") left.push(item.deadLetter.range.start);
    }
    expect(left).toEqual(expect.arrayContaining([20, 30]));
  });
});
