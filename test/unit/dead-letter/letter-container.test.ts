// SPDX-License-Identifier: Apache-2.0
/** What only the container promises; the rest stands in the contract suites. */
import { describe, expect, it } from "vitest";
import { createAppendBlobContainer } from "../../../src/azure/append-blob-container.ts";
import { createContainerClientFrom } from "../../../src/azure/credentials.ts";
import { Secret } from "../../../src/config/secret.ts";
import { openBlobDeadLetterSink } from "../../../src/dead-letter/blob-dead-letter-sink.ts";
import type { DeadLetterSinkOptions } from "../../../src/dead-letter/bounded-dead-letter-sink.ts";
import type { DeadLetterSink } from "../../../src/dead-letter/dead-letter-sink.ts";
import { LetterContainer } from "../../../src/dead-letter/letter-container.ts";
import { openDeadLetterArchive } from "../../../src/dead-letter/place-archive.ts";
import { sharedAzurite } from "../../support/azurite.ts";
import { deadLetterContainer } from "../../support/dead-letter-container.ts";
import type { FaultyBlobs } from "../../support/dead-letter-container.ts";
import { sampleDeadLetter } from "../../support/dead-letter-samples.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { storedLetters } from "../../support/stored-letters.ts";

const clock = new ManualClock();
const MIB = 1024 * 1024;

async function open(
  blobs: FaultyBlobs,
  more: Partial<DeadLetterSinkOptions> = {},
): Promise<DeadLetterSink> {
  return await openBlobDeadLetterSink(blobs, { clock, ...more });
}

async function offsets(blobs: FaultyBlobs): Promise<number[]> {
  const stored = await storedLetters(openDeadLetterArchive(new LetterContainer(blobs), clock));
  return stored.map(({ deadLetter }) => deadLetter.range.start);
}

describe("dead letters in a container", () => {
  it("stand in append blobs whose names sort by time, and never in one with another writer's", async () => {
    const { blobs, container } = await deadLetterContainer();
    const sinks = [await open(blobs), await open(blobs)];
    for (const [index, sink] of sinks.entries()) await sink.write([sampleDeadLetter(index)]);
    const names = await container.blobNames();
    expect(names).toHaveLength(2);
    for (const name of names) {
      expect(name).toMatch(/^dead-letters\/20260115T103000Z-[0-9a-f]{8}-0001\.ndjson$/);
    }
  });

  it("are said to have no place where there is no container", async () => {
    const { blobs, container } = await deadLetterContainer();
    const archive = openDeadLetterArchive(new LetterContainer(blobs), clock);
    expect(await archive.exists()).toBe(true);
    await container.client.delete();
    expect(await archive.exists()).toBe(false);
    await open(blobs);
    expect(await archive.exists()).toBe(true);
  });

  it("show a letter once whose answer was lost, in a new blob", async () => {
    const { blobs, container } = await deadLetterContainer();
    const sink = await open(blobs);
    await sink.write([sampleDeadLetter(0)]);
    blobs.failNext = "after";
    await expect(sink.write([sampleDeadLetter(1)])).rejects.toThrow("DEAD_LETTER_UNAVAILABLE");
    await sink.write([sampleDeadLetter(1)]);
    expect(await offsets(blobs)).toEqual([0, 1]);
    expect(await container.blobNames()).toHaveLength(2);
  });

  it("go to a new blob when somebody else appended to theirs, or removed it", async () => {
    const { blobs, container } = await deadLetterContainer();
    const sink = await open(blobs);
    await sink.write([sampleDeadLetter(0)]);
    const [name = ""] = await container.blobNames();
    await container.append(name, "half a li");
    await sink.write([sampleDeadLetter(1)]);
    expect(await offsets(blobs)).toEqual([0, 1]);
    for (const blob of await container.blobNames()) await container.remove(blob);
    await sink.write([sampleDeadLetter(2)]);
    expect(await offsets(blobs)).toEqual([2]);
  });

  it("may be longer than a block of the service", async () => {
    const { blobs } = await deadLetterContainer();
    const sink = await open(blobs);
    const bytes = Buffer.alloc(9 * MIB, "x");
    await sink.write([sampleDeadLetter(0, { bytes }), sampleDeadLetter(1)]);
    const stored = await storedLetters(openDeadLetterArchive(new LetterContainer(blobs), clock));
    expect(stored[0]?.deadLetter.bytes.length).toBe(bytes.length);
    expect(stored).toHaveLength(2);
  });

  it("count against the limit whatever process wrote them, and go on when there is room", async () => {
    const { blobs, container } = await deadLetterContainer();
    await (await open(blobs)).write([sampleDeadLetter(0)]);
    const warnings: unknown[] = [];
    const sink = await open(blobs, {
      maxTotalBytes: 500,
      onNearlyFull: (state) => warnings.push(state),
    });
    await expect(sink.write([sampleDeadLetter(1)])).rejects.toThrow(
      /\d+ more bytes do not fit: \d+ of 500 are used/,
    );
    expect(warnings).toHaveLength(1);
    for (const blob of await container.blobNames()) await container.remove(blob);
    await sink.write([sampleDeadLetter(1)]);
    expect(await offsets(blobs)).toEqual([1]);
  });

  it("say what to do when the account lets nobody in, and show no key", async () => {
    const { accountUrl, accountName } = await sharedAzurite();
    const key = Buffer.from("not the key, but a secret").toString("base64");
    const access = { kind: "account-key", accountUrl, accountKey: new Secret(key) } as const;
    const client = await createContainerClientFrom({
      account: accountName,
      container: "letters",
      access,
    });
    const blobs = createAppendBlobContainer({ client, account: accountName });
    const opening = openBlobDeadLetterSink(blobs, { clock });
    await expect(opening).rejects.toMatchObject({
      code: "DEAD_LETTER_UNAVAILABLE",
      message: expect.stringMatching(/the container letters of the account \w+: .*\./) as string,
      isRetryable: true,
    });
    await expect(opening).rejects.not.toThrow(key);
  });

  it("name the role that is missing", async () => {
    const { container } = await deadLetterContainer();
    const refusal = Object.assign(new Error("no"), {
      statusCode: 403,
      code: "AuthorizationPermissionMismatch",
    });
    const client = Object.assign(Object.create(container.client) as typeof container.client, {
      getAppendBlobClient: () => ({ create: () => Promise.reject(refusal) }),
    });
    const blobs = createAppendBlobContainer({ client, account: "contoso" });
    const sink = await openBlobDeadLetterSink(blobs, { clock });
    await expect(sink.write([sampleDeadLetter(0)])).rejects.toThrow(
      /^DEAD_LETTER_UNAVAILABLE: dead letters in the container .* of the account contoso: creating .* Storage Blob Data Contributor/,
    );
  });
});
