// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { findHourBlobs } from "../../../src/discover/blob-finder.ts";
import type { HourBlob } from "../../../src/discover/blob-finder.ts";
import { hourBlobName, parseResource } from "../../../src/discover/blob-path.ts";
import { FakeBlobContainer } from "../../support/fake-blob-container.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const PREFIX = "resourceId=/SUBSCRIPTIONS/S/HSM/";
const HOUR_MS = 3_600_000;
const FROM = Date.UTC(2026, 0, 31, 23);

function containerWith(...names: string[]): FakeBlobContainer {
  const container = new FakeBlobContainer(new ManualClock());
  for (const name of names) container.append(name, "{}\n");
  return container;
}

async function find(container: FakeBlobContainer): Promise<HourBlob[]> {
  const found: HourBlob[] = [];
  const { signal } = new AbortController();
  for await (const blob of findHourBlobs(container, parseResource(PREFIX), FROM, signal)) {
    found.push(blob);
  }
  return found;
}

const hour = (hours: number): string => hourBlobName(PREFIX, FROM + hours * HOUR_MS);

describe("blob finder", () => {
  it.each([true, false])(
    "yields the hours from the given one on, in order (service knows startFrom: %s)",
    async (knowsStartFrom) => {
      const container = containerWith(hour(2), hour(-1), hour(0), hour(1), hour(-24 * 300));
      container.knowsStartFrom = knowsStartFrom;
      const found = await find(container);
      expect(found.map(({ name }) => name)).toEqual([hour(0), hour(1), hour(2)]);
      expect(found.map(({ hourMs }) => (hourMs - FROM) / HOUR_MS)).toEqual([0, 1, 2]);
      expect(found[0]).toMatchObject({ length: 3, createdAtMs: Date.UTC(2026, 0, 15, 10, 30) });
    },
  );

  it("passes over names that are not hour blobs", async () => {
    const container = containerWith(hour(0), `${PREFIX}y=2026/notes.txt`, `${PREFIX}z.json`);
    expect((await find(container)).map(({ name }) => name)).toEqual([hour(0)]);
  });

  it("leaves the hours of a resource below this one to that resource", async () => {
    const below = [hourBlobName(`${PREFIX}pools/one/`, FROM), hourBlobName(`${PREFIX}z/`, FROM)];
    const container = containerWith(hour(0), ...below);
    container.knowsStartFrom = false;
    expect((await find(container)).map(({ name }) => name)).toEqual([hour(0)]);
  });
});
