// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { PendingWork } from "../../../src/runtime/pending-work.ts";

describe("pending work", () => {
  it("is waited for, and forgotten when it has ended", async () => {
    const work = new PendingWork();
    expect(work.isEmpty).toBe(true);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    work.add(promise);
    expect(work.isEmpty).toBe(false);
    let isSettled = false;
    const settled = work.settle().then(() => (isSettled = true));
    await Promise.resolve();
    expect(isSettled).toBe(false);
    resolve(undefined);
    await settled;
    expect(work.isEmpty).toBe(true);
  });
});
