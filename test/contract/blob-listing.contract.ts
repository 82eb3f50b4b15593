// SPDX-License-Identifier: Apache-2.0
/** What every container promises to discovery (src/discover/blob-listing.ts). */
import { describe, expect, it } from "vitest";
import type { ContainerWorkbench } from "./blob-container.contract.ts";

const signal = new AbortController().signal;

async function collect<T>(all: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of all) items.push(item);
  return items;
}

export function describeBlobListing(
  name: string,
  createWorkbench: () => Promise<ContainerWorkbench>,
): void {
  describe(`${name} as a blob listing`, () => {
    it("lists the folders one level below a prefix, each once, with the final slash", async () => {
      const { container, append } = await createWorkbench();
      for (const blob of ["r=/A/x/1", "r=/A/y/1", "r=/B/1", "r=/top", "other/1", "file"]) {
        await append(blob, "0");
      }
      const folders = (prefix: string): Promise<string[]> =>
        collect(container.folders(prefix, signal));
      expect(await folders("")).toEqual(["other/", "r=/"]);
      expect(await folders("r=/")).toEqual(["r=/A/", "r=/B/"]);
      expect(await folders("r=/A/")).toEqual(["r=/A/x/", "r=/A/y/"]);
      expect(await folders("r=/B/")).toEqual([]);
      expect(await folders("none/")).toEqual([]);
    });

    it("lists the blobs below a prefix in the order of their bytes", async () => {
      const { container, append } = await createWorkbench();
      for (const blob of ["p/b", "p/B", "p/a/z", "p/a", "q/a", "p/é"]) await append(blob, "0");
      const listed = await collect(container.blobs("p/", "", signal));
      expect(listed.map((blob) => blob.name)).toEqual(["p/B", "p/a", "p/a/z", "p/b", "p/é"]);
    });

    it("begins with startFrom itself, whole or the beginning of a name", async () => {
      const { container, append } = await createWorkbench();
      for (const hour of ["08", "09", "10", "11"]) await append(`p/h=${hour}/PT1H.json`, "0");
      const names = async (startFrom: string): Promise<string[]> =>
        (await collect(container.blobs("p/", startFrom, signal))).map((blob) => blob.name);
      const expected = ["p/h=10/PT1H.json", "p/h=11/PT1H.json"];
      expect(await names("p/h=10/PT1H.json")).toEqual(expected);
      expect(await names("p/h=10/")).toEqual(expected);
      expect(await names("p/h=09/PT1H.jsonx")).toEqual(expected);
      expect(await names("p/h=12/")).toEqual([]);
    });

    it("shows a blob's present length", async () => {
      const { container, append } = await createWorkbench();
      await append("p/b", "0123");
      await append("p/b", "456");
      expect(await collect(container.blobs("p/", "", signal))).toMatchObject([{ length: 7 }]);
    });

    it("does not show what was deleted", async () => {
      const { container, append, remove } = await createWorkbench();
      await append("p/a", "0");
      await append("p/b", "0");
      await remove("p/a");
      expect(await collect(container.blobs("p/", "", signal))).toMatchObject([{ name: "p/b" }]);
    });

    it("rejects with CANCELLED when the signal has aborted", async () => {
      const { container } = await createWorkbench();
      const aborted = AbortSignal.abort();
      const code = { code: "CANCELLED" };
      await expect(collect(container.folders("", aborted))).rejects.toMatchObject(code);
      await expect(collect(container.blobs("", "", aborted))).rejects.toMatchObject(code);
    });

    it("rejects with CANCELLED when the signal aborts midway", async () => {
      const { container, append, cancelMidway } = await createWorkbench();
      await append("p/a", "0");
      const code = { code: "CANCELLED" };
      const calls = [
        (by: AbortSignal) => collect(container.folders("", by)),
        (by: AbortSignal) => collect(container.blobs("", "", by)),
      ];
      for (const call of calls) {
        const controller = new AbortController();
        cancelMidway(controller);
        await expect(call(controller.signal)).rejects.toMatchObject(code);
      }
    });
  });
}
