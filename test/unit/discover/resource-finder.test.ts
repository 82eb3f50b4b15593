// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { findResources } from "../../../src/discover/resource-finder.ts";
import { ConnectorError } from "../../../src/errors.ts";
import { FakeBlobContainer } from "../../support/fake-blob-container.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const HOUR = "y=2026/m=01/d=15/h=10/m=00/PT1H.json";
const SUB = "resourceId=/SUBSCRIPTIONS/S/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.KEYVAULT/";
const signal = new AbortController().signal;

function containerOf(...names: string[]): FakeBlobContainer {
  const container = new FakeBlobContainer(new ManualClock());
  for (const name of names) container.append(name, "{}\n");
  return container;
}

async function found(container: FakeBlobContainer, by = signal): Promise<string[]> {
  const prefixes: string[] = [];
  for await (const { prefix } of findResources(container, by)) prefixes.push(prefix);
  return prefixes;
}

describe("resource finder", () => {
  it("finds every resource once, whatever its kind and however many years it has", async () => {
    const container = containerOf(
      `${SUB}MANAGEDHSMS/ONE/y=2025/m=12/d=31/h=23/m=00/PT1H.json`,
      `${SUB}MANAGEDHSMS/ONE/${HOUR}`,
      `${SUB}VAULTS/TWO/${HOUR}`,
      `resourceid=/subscriptions/s/three/${HOUR}`,
    );
    expect(await found(container)).toEqual([
      `${SUB}MANAGEDHSMS/ONE/`,
      `${SUB}VAULTS/TWO/`,
      "resourceid=/subscriptions/s/three/",
    ]);
  });

  it("finds a resource and another one below it", async () => {
    const container = containerOf(`${SUB}HSMS/ONE/${HOUR}`, `${SUB}HSMS/ONE/POOLS/P/${HOUR}`);
    expect((await found(container)).sort()).toEqual([`${SUB}HSMS/ONE/`, `${SUB}HSMS/ONE/POOLS/P/`]);
  });

  it("passes over folders that are not resource logs, without walking them", async () => {
    const container = containerOf("other/a/b/c/PT1H.json", "top.json");
    expect(await found(container)).toEqual([]);
    expect(container.calls).toMatchObject({ folders: 1, blobs: 0 });
  });

  it("does not look below the years: its cost does not grow with history", async () => {
    const hours = Array.from({ length: 200 }, (_, index) => {
      const day = String(1 + (index % 28)).padStart(2, "0");
      const hour = String(index % 24).padStart(2, "0");
      return `${SUB}HSMS/ONE/y=2026/m=01/d=${day}/h=${hour}/m=00/PT1H.json`;
    });
    const container = containerOf(...hours);
    await found(container);
    expect(container.calls.folders).toBe(10);
  });

  it("gives up on nesting that no resource has", async () => {
    const container = containerOf(`resourceId=/${"x/".repeat(40)}${HOUR}`);
    expect(await found(container)).toEqual([]);
    expect(container.calls.folders).toBeLessThan(30);
  });

  it("passes storage errors through", async () => {
    const container = containerOf(`${SUB}HSMS/ONE/${HOUR}`);
    container.fault = (_call, prefix) => {
      if (prefix === SUB) throw new ConnectorError("STORAGE_DENIED", "no");
    };
    await expect(found(container)).rejects.toMatchObject({ code: "STORAGE_DENIED" });
  });

  it("is cancelled by its signal, before and on the way", async () => {
    const container = containerOf(`${SUB}HSMS/ONE/${HOUR}`);
    await expect(found(container, AbortSignal.abort())).rejects.toMatchObject({
      code: "CANCELLED",
    });
    const midway = new AbortController();
    container.fault = (_call, prefix) => {
      if (prefix === SUB) midway.abort();
    };
    await expect(found(container, midway.signal)).rejects.toMatchObject({ code: "CANCELLED" });
  });
});
