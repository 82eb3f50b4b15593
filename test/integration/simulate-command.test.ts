// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from "vitest";

import { runProgram } from "../../src/commands/program.ts";
import { createTestContainer, sharedAzurite } from "../support/azurite.ts";
import type { TestContainer } from "../support/azurite.ts";
import type { ManualClock } from "../support/manual-clock.ts";
import { createRecordingHost } from "../support/recording-context.ts";
import type { RecordingHost } from "../support/recording-context.ts";

interface Summary {
  readonly kind: string;
  readonly records: number;
  readonly bytes: number;
  readonly isComplete: boolean;
  readonly seed: string;
  readonly resources: readonly { readonly records: number; readonly bytes: number }[];
}

let container: TestContainer;
let connectionString: string;

beforeEach(async () => {
  const azurite = await sharedAzurite();
  connectionString = azurite.connectionString;
  container = await createTestContainer(azurite);
});

function hostOf(isTty = false, name = container.name): RecordingHost & { clock: ManualClock } {
  const env = {
    AZURE_STORAGE_CONNECTION_STRING: connectionString,
    HSM_AUDIT_OTEL_CONTAINER: name,
  };
  return createRecordingHost({ env, isTty }) as RecordingHost & { clock: ManualClock };
}

async function lines(): Promise<string[]> {
  const names = await container.blobNames();
  const texts = await Promise.all(
    names.map(async (name) => (await container.read(name)).toString()),
  );
  return texts.flatMap((text) => text.split("\n").slice(0, -1));
}

/** Turns the clock on to where the command waits for it; while storage works the clock stands. */
async function turnUntilDone<T>(clock: ManualClock, run: Promise<T>): Promise<T> {
  let isDone = false;
  const ended = run.finally(() => {
    isDone = true;
  });
  // Only `isDone` ends this loop: the command sets it from outside.
  while (!(isDone as boolean)) {
    if (clock.nextWakeInMs === undefined) await new Promise((resolve) => setImmediate(resolve));
    else await clock.advance(clock.nextWakeInMs);
  }
  return await ended;
}

describe("simulate", () => {
  it("writes the asked count to the configured container and closes with numbers that add up", async () => {
    const host = hostOf();
    const argv = ["simulate", "--from", "3h", "--count", "900", "--seed", "7", "--json"];
    expect(await runProgram(argv, host)).toBe(0);
    const summary = JSON.parse(host.stdout.text.trimEnd().split("\n").at(-1)!) as Summary;
    expect(summary).toMatchObject({ kind: "summary", records: 900, isComplete: true, seed: "7" });
    const sum = (key: "records" | "bytes"): number =>
      summary.resources.reduce((total, resource) => total + resource[key], 0);
    expect(sum("records")).toBe(900);
    expect(sum("bytes")).toBe(summary.bytes);
    const written = await lines();
    expect(written).toHaveLength(900);
    expect(written.reduce((total, line) => total + Buffer.byteLength(line) + 1, 0)).toBe(
      summary.bytes,
    );
  });

  it("writes live, and tells how far it is: plain lines in a pipe", async () => {
    const host = hostOf();
    const run = runProgram(["simulate", "--rate", "20", "--duration", "30s"], host);
    expect(await turnUntilDone(host.clock, run)).toBe(0);
    expect(await lines()).toHaveLength(600);
    expect(host.stderr.text).toMatch(/\d+ records \(.*\) in \d+\.\d s, \d+\.\d records\/s\n/);
    expect(host.stdout.text).toMatch(/total +600 /);
    expect(host.stdout.text + host.stderr.text).not.toContain("\u001b");
  });

  it("renews one line on a terminal and removes it at the end", async () => {
    const host = hostOf(true);
    const run = runProgram(["simulate", "--rate", "20", "--duration", "5s"], host);
    expect(await turnUntilDone(host.clock, run)).toBe(0);
    const text = host.stderr.text.replaceAll("\r\u001b[2K", "<renew>");
    expect(text).toMatch(/^(<renew>[^\n]*)+<renew>$/);
    expect(host.stdout.text).toContain("100 records");
  });

  it("ends well at the first signal: whole lines and an honest summary", async () => {
    const host = hostOf();
    const run = runProgram(["simulate", "--rate", "30", "--torn"], host);
    const ended = turnUntilDone(host.clock, run);
    while ((await lines()).length < 100) await new Promise((resolve) => setImmediate(resolve));
    host.stop.abort();
    expect(await ended).toBe(0);
    const written = await lines();
    expect(host.stdout.text).toContain("stopped early: ");
    expect(host.stdout.text.replaceAll(",", "")).toContain(` ${written.length} `);
    for (const line of written) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });

  it("creates a missing container", async () => {
    await container.client.delete();
    const host = hostOf();
    expect(await runProgram(["simulate", "--from", "1h", "--count", "10"], host)).toBe(0);
    expect(await lines()).toHaveLength(10);
  });

  it("gives the same events for the same seed", async () => {
    const argv = ["simulate", "--from", "2h", "--count", "300", "--seed", "same"];
    await runProgram(argv, hostOf());
    const first = await lines();
    container = await createTestContainer(await sharedAzurite());
    await runProgram(argv, hostOf());
    expect(await lines()).toEqual(first);
  });

  it("refuses wrong flags with exit code 2 before it touches storage", async () => {
    const host = hostOf(false, "never-created");
    expect(await runProgram(["simulate", "--rate", "many"], host)).toBe(2);
    expect(host.stderr.text).toContain("--rate");
    const bare = createRecordingHost({});
    expect(await runProgram(["simulate"], bare)).toBe(2);
  });
});
