// SPDX-License-Identifier: Apache-2.0
/**
 * Kills the real program again and again while blobs grow, and checks from outside after each kill that no cursor stands
 * behind a record that is neither at the receiver nor in a dead letter, and that none has gone back. At the end everything
 * is there, and what came twice came equal. Throws an AssertionError where a promise is broken.
 */
import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { createRandomSource } from "../src/simulate/random-source.ts";
import type { RandomSource } from "../src/simulate/random-source.ts";
import { EVENT_MARKER, auditLines, lineRanges } from "../test/support/audit-lines.ts";
import { ConnectorProcess } from "../test/support/connector-process.ts";
import type { ProcessEnd } from "../test/support/connector-process.ts";
import { DeliveryWorld } from "../test/support/delivery-world.ts";
import type { WorldOptions } from "../test/support/delivery-world.ts";
import type { ReceivedRecord } from "../test/support/received-records.ts";
import { drawPlan, KILL_MOMENTS, switchOf, watchFromOutside } from "./kill-moments.ts";
import type { KillMoment } from "./kill-moments.ts";
import { readLeftCursors } from "./left-cursors.ts";

export interface KillFigures {
  readonly kills: Record<KillMoment, number>;
  /** Complete lines in all blobs; those of them that are dead letters. */
  records: number;
  deadLetters: number;
  /** Records that reached the receiver once more than needed. */
  repeats: number;
  /** Cursors that were looked at after a kill. */
  cursorsChecked: number;
  lost: number;
}

const ENVIRONMENT = {
  HSM_AUDIT_OTEL_POLL_INTERVAL: "1s",
  HSM_AUDIT_OTEL_MAX_IDLE_POLL_INTERVAL: "1s",
  HSM_AUDIT_OTEL_CHECKPOINT_INTERVAL: "10ms",
  HSM_AUDIT_OTEL_BATCH_FLUSH_INTERVAL: "10ms",
  HSM_AUDIT_OTEL_BATCH_MAX_RECORDS: "40",
  HSM_AUDIT_OTEL_OBSERVED_TIMESTAMP: "omit",
  HSM_AUDIT_OTEL_GIVE_UP_AFTER: "30s",
};
/** The first starts are killed while they make the store. */
const FIRST_STARTS = 3;
/** A moment that does not come in this time is a fault of the campaign. */
const OVERDUE_MS = 60_000;

/** A blob as the campaign wrote it, and how far the cursors were found to be right. */
interface GrowingBlob {
  readonly name: string;
  bytes: Buffer;
  createdAtMs: number;
  checkedTo: number;
  checkedCrc: number;
}

export class KillCampaign {
  readonly figures: KillFigures;
  readonly #world: DeliveryWorld;
  readonly #random: RandomSource;
  readonly #blobs: readonly GrowingBlob[];
  readonly #first = new Map<string, ReceivedRecord>();
  #written = 0;
  #seen = 0;
  #lastAppend: Promise<void> = Promise.resolve();
  #victim: ConnectorProcess | undefined;

  private constructor(world: DeliveryWorld, seed: string) {
    const kills = Object.fromEntries(KILL_MOMENTS.map((moment) => [moment, 0]));
    const none = { records: 0, deadLetters: 0, repeats: 0, cursorsChecked: 0, lost: 0 };
    this.figures = { kills: kills as KillFigures["kills"], ...none };
    this.#world = world;
    this.#random = createRandomSource(seed);
    this.#blobs = [
      world.blobName("HSM-ONE", 1),
      world.blobName("HSM-ONE"),
      world.blobName("TWO"),
    ].map((name) => ({
      name,
      bytes: Buffer.alloc(0),
      createdAtMs: 0,
      checkedTo: 0,
      checkedCrc: 0,
    }));
  }

  static async create(
    seed: string,
    options: Pick<WorldOptions, "azurite"> = {},
  ): Promise<KillCampaign> {
    return new KillCampaign(await DeliveryWorld.create({ ...options, env: ENVIRONMENT }), seed);
  }

  /** So many starts, each ended by a kill; every moment comes in turn, in an order that is drawn. */
  async kill(times: number, onKill: (kill: number) => void = () => undefined): Promise<void> {
    let turn: KillMoment[] = [];
    for (let kill = 0; kill < times; kill++) {
      if (turn.length === 0) turn = [...KILL_MOMENTS];
      const isFirst = kill < FIRST_STARTS;
      const moment = isFirst ? "start" : this.#random.pick(turn);
      if (!isFirst) turn = turn.filter((other) => other !== moment);
      await this.#killOnce(moment);
      this.#checkCursors(await this.#letterUids());
      onKill(kill + 1);
    }
  }

  /** Lets `once` deliver what is left, and adds everything up. */
  async finish(): Promise<KillFigures> {
    this.#world.proxy.inject(undefined);
    this.#world.receiver.script([]);
    assert.partialDeepStrictEqual(await this.#once(), { end: "drained" });
    this.#noteReceived();
    const letters = await this.#letterUids();
    const expected = this.#blobs.flatMap((blob) => this.#uidsOf(blob, 0, blob.bytes.length));
    const lost = expected.filter((uid) => !this.#first.has(uid) && !letters.has(uid));
    const kept = new Set([...this.#first.keys(), ...letters]);
    this.figures.records = expected.length;
    this.figures.deadLetters = letters.size;
    this.figures.lost = lost.length;
    assert.deepEqual(lost, [], "records are lost");
    assert.equal(kept.size, expected.length, "there are records that nobody wrote");
    this.#checkCounts();
    assert.partialDeepStrictEqual(await this.#once(), { end: "drained", recordsRead: 0 });
    return this.figures;
  }

  async close(): Promise<void> {
    this.#victim?.kill();
    await this.#victim?.ended;
    await this.#world.close();
  }

  async #killOnce(moment: KillMoment): Promise<void> {
    const world = this.#world;
    const plan = drawPlan(moment, this.#random);
    for (let count = 0; count < 4; count++) await this.#grow(60 + this.#random.below(60), moment);
    const growing: Promise<void>[] = [];
    watchFromOutside(world, plan, {
      victim: () => this.#victim,
      meanwhile: () => growing.push(this.#grow(5, moment)),
    });
    const { nodeArgs, env } = switchOf(plan);
    this.#victim = new ConnectorProcess(["run"], { ...world.environment, ...env }, { nodeArgs });
    const overdue = setTimeout(() => this.#victim?.stop(), OVERDUE_MS);
    const end = await this.#victim.ended;
    clearTimeout(overdue);
    await Promise.all(growing);
    this.#checkEnd(end, `${moment} ${plan.count}`);
    this.figures.kills[moment]++;
  }

  #checkEnd({ signal, stderr }: ProcessEnd, plan: string): void {
    for (const secret of [EVENT_MARKER, this.#world.accountKey]) {
      assert.ok(!stderr.includes(secret), "the log says too much");
    }
    assert.equal(signal, "SIGKILL", `not killed at ${plan}: ${stderr}`);
  }

  /** Appends so many records to one of the blobs, now and then behind a line that is none. */
  async #grow(lines: number, moment: KillMoment): Promise<void> {
    const isPoisoned = this.#random.chance(moment.endsWith("-letter") ? 0.9 : 0.2);
    const blob = this.#random.pick(this.#blobs);
    const text = auditLines(this.#written, this.#written + lines);
    const bytes = Buffer.from(isPoisoned ? `no record\n${text}` : text);
    this.#written += lines;
    // Before the service has it: what a reader sees is never more than what is known here.
    blob.bytes = Buffer.concat([blob.bytes, bytes]);
    // One after the other, or the blob's order is not the one that is known here.
    const append = this.#lastAppend.then(() => this.#world.container.append(blob.name, bytes));
    this.#lastAppend = append;
    await append;
    if (blob.createdAtMs > 0) return;
    blob.createdAtMs = (await this.#world.container.properties(blob.name)).createdAtMs ?? 0;
  }

  #checkCursors(letters: ReadonlySet<string>): void {
    this.#noteReceived();
    for (const cursor of readLeftCursors(this.#world.checkpointPath)) {
      const blob = this.#blobs.find(({ name }) => name === cursor.name);
      assert.ok(blob !== undefined, `nobody wrote ${cursor.name}`);
      const { checkedTo, bytes } = blob;
      assert.ok(cursor.offset >= checkedTo, "a cursor has gone back");
      assert.ok(cursor.offset <= bytes.length, "a cursor stands behind the end of its blob");
      assert.equal(cursor.createdAtMs, blob.createdAtMs);
      const owed = this.#uidsOf(blob, checkedTo, cursor.offset).filter(
        (uid) => !this.#first.has(uid) && !letters.has(uid),
      );
      assert.deepEqual(owed, [], "a cursor stands behind a record that nobody has");
      blob.checkedCrc = crc32(bytes.subarray(checkedTo, cursor.offset), blob.checkedCrc);
      assert.equal(cursor.crc32, blob.checkedCrc, "a cursor stands behind other bytes");
      blob.checkedTo = cursor.offset;
      this.figures.cursorsChecked++;
    }
  }

  /** Each blob is settled to its end, and its counts are its lines. */
  #checkCounts(): void {
    const cursors = new Map(
      readLeftCursors(this.#world.checkpointPath).map((cursor) => [cursor.name, cursor]),
    );
    for (const { name, bytes } of this.#blobs) {
      const { offset, counts } = cursors.get(name) ?? { offset: 0, counts: {} };
      assert.equal(offset, bytes.length, `${name} is not settled to its end`);
      const counted = Object.values(counts).reduce((sum, count) => sum + count, 0);
      assert.equal(counted, lineRanges(bytes).length, `${name} has other counts than lines`);
    }
  }

  /** A record that came again is the one that came before, field by field. */
  #noteReceived(): void {
    const { records } = this.#world.receiver;
    for (const record of records.slice(this.#seen)) {
      const before = this.#first.get(record.uid);
      if (before === undefined) this.#first.set(record.uid, record);
      else {
        assert.deepEqual(record, before, "a repeat is another record");
        this.figures.repeats++;
      }
    }
    this.#seen = records.length;
  }

  async #letterUids(): Promise<ReadonlySet<string>> {
    return new Set((await this.#world.deadLetters()).map(({ uid }) => String(uid)));
  }

  #uidsOf({ name, createdAtMs, bytes }: GrowingBlob, from: number, to: number): string[] {
    return lineRanges(bytes.subarray(from, to)).map(({ start }) =>
      this.#world.uidOf(name, createdAtMs, from + start),
    );
  }

  async #once(): Promise<unknown> {
    this.#victim = new ConnectorProcess(["once", "--json"], this.#world.environment);
    const { code, stdout, stderr } = await this.#victim.ended;
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout) as unknown;
  }
}
