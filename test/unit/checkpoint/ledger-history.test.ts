// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { blobsOfName } from "../../../src/checkpoint/ledger-history.ts";
import { entry, openBlob } from "../../support/blob-claims.ts";

const more = { delivered: 9, uncertain: 1, deadLettered: 2, filtered: 0 };
const less = { delivered: 1, uncertain: 0, deadLettered: 0, filtered: 0 };

describe("the entries of one name", () => {
  it("are states of one blob where each goes on from the one before", () => {
    const [first, second] = [entry(), entry({ length: 150, counts: more })];
    const open = openBlob({ offset: 200, counts: more });
    expect(blobsOfName([first, second], open)).toEqual([
      { state: open, earlier: [first, second], standing: "present" },
    ]);
  });

  it("are several blobs where the creation time is another", () => {
    const [first, second] = [entry(), entry({ createdAtMs: 5, length: 150, counts: more })];
    expect(blobsOfName([first, second], undefined)).toEqual([
      { state: first, earlier: [], standing: "former" },
      { state: second, earlier: [], standing: "present" },
    ]);
  });

  it("are one state where the blob was opened again and nothing more is settled", () => {
    const [closed, open] = [entry(), openBlob()];
    expect(blobsOfName([closed], open)).toEqual([
      { state: open, earlier: [closed], standing: "present" },
    ]);
  });

  it("may begin anew in the same second only where the first blob ended", () => {
    const fresh = openBlob({ offset: 10, counts: less });
    const standings = (isEnded: boolean): string[] =>
      blobsOfName([entry({ isEnded })], fresh).map(({ standing }) => standing);
    expect(standings(true)).toEqual(["former", "present"]);
    expect(standings(false)).toEqual(["backwards", "present"]);
  });

  it("go back where a count falls, whatever the length is", () => {
    const lower = entry({ length: 150, counts: { ...more, filtered: 0, uncertain: 0 } });
    expect(blobsOfName([entry(), lower], undefined)[0]?.standing).toBe("backwards");
  });
});
