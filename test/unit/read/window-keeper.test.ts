// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from "vitest";
import { createWindowKeeper } from "../../../src/read/window-keeper.ts";
import type { WindowKeeper } from "../../../src/read/window-keeper.ts";

const blob = {};
let released: string[];
let keeper: WindowKeeper;

beforeEach(() => {
  released = [];
  keeper = createWindowKeeper((bytes) => released.push(bytes.toString()));
});

function hold(name: string, start: number, tiledTo: number, of: object = blob): void {
  keeper.hold(of, tiledTo, { start, bytes: Buffer.from(name) });
}

describe("window keeper", () => {
  it("releases a window once, when the last record that ends in it is settled", () => {
    hold("first", 0, 90);
    hold("second", 100, 190);
    keeper.settledTo(blob, 89);
    expect(released).toEqual([]);
    keeper.settledTo(blob, 100);
    expect(released).toEqual(["first"]);
    keeper.settledTo(blob, 190);
    keeper.settledTo(blob, 500);
    expect(released).toEqual(["first", "second"]);
  });

  it("releases at once a window in which no record ends, however many follow one another", () => {
    hold("first", 0, 90);
    for (let start = 100; start < 1_000; start += 100) hold(`middle of a line`, start, 90);
    expect(released).toEqual(Array.from({ length: 9 }, () => "middle of a line"));
    hold("end of the line", 1_000, 1_050);
    keeper.settledTo(blob, 90);
    expect(released.at(-1)).toBe("first");
    keeper.settledTo(blob, 1_050);
    expect(released.at(-1)).toBe("end of the line");
  });

  it("tells blobs apart, and keeps what never settles", () => {
    const other = {};
    hold("one", 0, 10);
    hold("other", 0, 10, other);
    keeper.settledTo(other, 10);
    keeper.settledTo({}, 10);
    expect(released).toEqual(["other"]);
  });
});
