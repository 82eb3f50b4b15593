// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

import { createTestContainer, sharedAzurite, startAzurite } from "../support/azurite.ts";

const EMULATOR_SOURCE = fileURLToPath(
  new URL("../../src/simulate/embedded-emulator.ts", import.meta.url),
);

function isAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch {
    return false;
  }
}

async function gone(processId: number): Promise<boolean> {
  for (let attempt = 0; attempt < 500 && isAlive(processId); attempt++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return !isAlive(processId);
}

describe("embedded emulator", () => {
  it("takes requests as soon as it is there, and is gone when it was closed", async () => {
    const azurite = await startAzurite();
    try {
      const container = await createTestContainer(azurite);
      await container.append("a/b.json", "one\n");
      await container.append("a/b.json", "two\n");
      expect((await container.read("a/b.json")).toString()).toBe("one\ntwo\n");
      expect(azurite.accountUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/devstoreaccount1$/);
    } finally {
      await azurite.close();
    }
    expect(isAlive(azurite.processId)).toBe(false);
    await azurite.close();
  });

  it("runs beside others, each with blobs of its own", async () => {
    const [one, two] = await Promise.all([startAzurite(), startAzurite()]);
    try {
      expect(one.accountUrl).not.toBe(two.accountUrl);
      await (await createTestContainer(one, "same")).append("blob", "one");
      expect(await (await createTestContainer(two, "same")).blobNames()).toEqual([]);
    } finally {
      await Promise.all([one.close(), two.close()]);
    }
  });

  it("dies with its parent, even when the parent is killed", async () => {
    const script =
      `const { startEmbeddedEmulator } = await import(${JSON.stringify(EMULATOR_SOURCE)});` +
      "const emulator = await startEmbeddedEmulator(); console.log(emulator.processId);";
    const parent = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [output] = (await once(parent.stdout, "data")) as [Buffer];
    const processId = Number(output.toString());
    expect(isAlive(processId)).toBe(true);
    parent.kill("SIGKILL");
    await once(parent, "exit");
    expect(await gone(processId)).toBe(true);
  });

  it("is shared by all suites of a run, with a container for each test", async () => {
    const [azurite, again] = await Promise.all([sharedAzurite(), sharedAzurite()]);
    expect(again).toEqual(azurite);
    const [one, two] = await Promise.all([
      createTestContainer(azurite),
      createTestContainer(azurite),
    ]);
    expect(one.name).not.toBe(two.name);
    await one.upload("block", "whole");
    await one.append("append", "part");
    expect(await one.blobNames()).toEqual(["append", "block"]);
    expect(await one.properties("append")).toMatchObject({
      length: 4,
      blockCount: 1,
      type: "AppendBlob",
    });
    await one.remove("block");
    expect(await one.blobNames()).toEqual(["append"]);
  });
});
