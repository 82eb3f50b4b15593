// SPDX-License-Identifier: Apache-2.0
/** What every container promises to the reader of blobs (src/read/blob-container.ts). */
import { describe, expect, it } from "vitest";
import type { BlobListing } from "../../src/discover/blob-listing.ts";
import type { BlobContainer, RangeRead } from "../../src/read/blob-container.ts";

/** A container under test, and the writes that a suite makes by hand. */
export interface ContainerWorkbench {
  readonly container: BlobContainer & BlobListing;
  /** Creates an append blob when there is none, then appends one block. */
  readonly append: (name: string, text: string) => Promise<void>;
  /** Writes a block blob whole, whatever was there. */
  readonly put: (name: string, text: string) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
  /** Cancels `controller` while the next call is under way. */
  readonly cancelMidway: (controller: AbortController) => void;
}

const signal = new AbortController().signal;

function textOf(read: RangeRead): string {
  return read.kind === "bytes" ? read.bytes.toString() : read.kind;
}

export function describeBlobContainer(
  name: string,
  createWorkbench: () => Promise<ContainerWorkbench>,
): void {
  describe(`${name} as a blob container`, () => {
    it("reads any range, and only as much as the blob holds", async () => {
      const { container, append } = await createWorkbench();
      await append("a/b.json", "0123456789");
      expect(textOf(await container.readRange("a/b.json", 0, 4, signal))).toBe("0123");
      expect(textOf(await container.readRange("a/b.json", 4, 3, signal))).toBe("456");
      expect(textOf(await container.readRange("a/b.json", 7, 100, signal))).toBe("789");
      expect(textOf(await container.readRange("a/b.json", 9, 1, signal))).toBe("9");
      expect(textOf(await container.readRange("a/b.json", 0, 10, signal))).toBe("0123456789");
    });

    it("tells with the bytes how long the whole blob is, of how many blocks, and when it began", async () => {
      const { container, append } = await createWorkbench();
      for (const block of ["01", "23", "45"]) await append("b", block);
      const read = await container.readRange("b", 3, 1, signal);
      const state = await container.stat("b", signal);
      expect(read).toMatchObject({ kind: "bytes", state: { length: 6, blockCount: 3 } });
      expect(state).toMatchObject({ length: 6, blockCount: 3 });
      expect(read.kind === "bytes" && read.state.createdAtMs).toBe(state?.createdAtMs);
    });

    it("tells times in whole seconds, the same in a read, a look and a listing", async () => {
      const { container, append } = await createWorkbench();
      await append("b", "0123456789");
      const state = (await container.stat("b", signal))!;
      for (const ms of [state.createdAtMs, state.lastModifiedMs, state.serviceDateMs]) {
        expect(ms).toBeGreaterThan(Date.UTC(2020));
        expect(ms % 1000).toBe(0);
      }
      expect(state.serviceDateMs).toBeGreaterThanOrEqual(state.lastModifiedMs);
      for await (const listed of container.blobs("", "", signal)) {
        expect(listed).toEqual({
          name: "b",
          createdAtMs: state.createdAtMs,
          lastModifiedMs: state.lastModifiedMs,
          length: 10,
          isRewritable: false,
        });
      }
    });

    it("tells block blobs, which are written again, from append blobs, which grow", async () => {
      const { container, append, put } = await createWorkbench();
      await append("a", "0123");
      await put("b", "0123");
      const read = await container.readRange("b", 1, 2, signal);
      expect(read).toMatchObject({
        kind: "bytes",
        state: { isRewritable: true, blockCount: undefined },
      });
      expect(await container.stat("b", signal)).toMatchObject({ isRewritable: true, length: 4 });
      expect(await container.stat("a", signal)).toMatchObject({ isRewritable: false });
      const listed = [];
      for await (const blob of container.blobs("", "", signal)) listed.push(blob.isRewritable);
      expect(listed).toEqual([false, true]);
    });

    it("gives an etag that holds while the bytes do, and changes with them", async () => {
      const { container, append, put } = await createWorkbench();
      for (const write of [append, put]) {
        await write("b", "0123");
        const state = await container.stat("b", signal);
        expect(state?.etag).toMatch(/./);
        const read = await container.readRange("b", 0, 1, signal);
        expect(read.kind === "bytes" && read.state.etag).toBe(state?.etag);
        await write("b", "4567");
        expect((await container.stat("b", signal))?.etag).not.toBe(state?.etag);
      }
    });

    it("keeps the creation time while the blob grows", async () => {
      const { container, append } = await createWorkbench();
      await append("b", "01");
      const before = await container.stat("b", signal);
      await append("b", "23");
      expect((await container.stat("b", signal))?.createdAtMs).toBe(before?.createdAtMs);
    });

    it("says of a range behind the end that it is beyond it, and gives nothing at the end itself", async () => {
      const { container, append } = await createWorkbench();
      await append("b", "0123");
      expect(await container.readRange("b", 400, 1, signal)).toEqual({ kind: "beyond-end" });
      // At the very end the service says 416, the emulator 206 with nothing in it: readers take both.
      expect(textOf(await container.readRange("b", 4, 10, signal))).toMatch(/^(beyond-end)?$/);
      await append("empty", "");
      expect(textOf(await container.readRange("empty", 0, 9, signal))).toMatch(/^(beyond-end)?$/);
      expect(await container.stat("empty", signal)).toMatchObject({ length: 0 });
    });

    it("says of a blob that is not there, or no more, that it is gone", async () => {
      const { container, append, remove } = await createWorkbench();
      await append("b", "0123");
      await remove("b");
      for (const missing of ["b", "never/was"]) {
        expect(await container.readRange(missing, 0, 10, signal)).toEqual({ kind: "gone" });
        expect(await container.stat(missing, signal)).toBeUndefined();
      }
    });

    it("reads names with characters that a URL must escape", async () => {
      const { container, append } = await createWorkbench();
      const odd = "resourceId=/A B/é%20+#?/y=2026/PT1H.json";
      await append(odd, "0123");
      expect(textOf(await container.readRange(odd, 1, 2, signal))).toBe("12");
    });

    it("reads bytes as they are, whatever they are", async () => {
      const { container, append } = await createWorkbench();
      await append("b", "é€\u0000\r\n\ufeff");
      expect(textOf(await container.readRange("b", 0, 100, signal))).toBe("é€\u0000\r\n\ufeff");
    });

    it("rejects with CANCELLED when the signal has aborted", async () => {
      const { container, append } = await createWorkbench();
      await append("b", "0123");
      const aborted = AbortSignal.abort();
      const code = { code: "CANCELLED" };
      await expect(container.readRange("b", 0, 1, aborted)).rejects.toMatchObject(code);
      await expect(container.stat("b", aborted)).rejects.toMatchObject(code);
    });

    it("rejects with CANCELLED when the signal aborts midway", async () => {
      const { container, append, cancelMidway } = await createWorkbench();
      await append("b", "0123");
      const code = { code: "CANCELLED" };
      const calls = [
        (by: AbortSignal) => container.readRange("b", 0, 1, by),
        (by: AbortSignal) => container.stat("b", by),
      ];
      for (const call of calls) {
        const controller = new AbortController();
        cancelMidway(controller);
        await expect(call(controller.signal)).rejects.toMatchObject(code);
      }
    });
  });
}
