// SPDX-License-Identifier: Apache-2.0
/**
 * Writes what the plan says, straight to the emulator, and tells the truth first. A mortal blob is deleted when all of it
 * is settled, as seen from outside: bytes that retention takes before they were read are no promise of anybody.
 */
import type { ContainerClient } from "@azure/storage-blob";
import { hourBlobName } from "../src/discover/blob-path.ts";
import type { ContentPlan, MortalPlan, PlannedWrite, StreamPlan } from "./content-plan.ts";
import { DOCUMENT_END, documentPart, LineSource, LineWriter } from "./lines.ts";
import type { Block } from "./lines.ts";
import type { Timeline } from "./timeline.ts";
import type { Truth, TruthBlob } from "./truth.ts";

const HOUR_MS = 3_600_000;
/** Ids know creation times to the second: another blob of the name must be created in another one. */
const NEXT_SECOND_MS = 1_100;

export interface ContentParts {
  readonly container: ContainerClient;
  readonly truth: Truth;
  readonly plan: ContentPlan;
  readonly timeline: Timeline;
  /** Whether every record of the blob has its fate. */
  readonly isSettled: (blob: TruthBlob) => boolean;
  /** The present hour when the run began, epoch ms. */
  readonly hourMs: number;
}

interface OpenStream {
  readonly blob: TruthBlob;
  readonly lines: LineWriter;
}

export class ContentWriter {
  readonly #parts: ContentParts;
  readonly #lines = new LineSource();
  readonly #streams = new Map<number, OpenStream>();
  /** What mortals were made, deleted and made again. */
  readonly counts = { deleted: 0, recreated: 0, documents: 0, writes: 0 };

  constructor(parts: ContentParts) {
    this.#parts = parts;
  }

  /** Follows the plan to its end; what was left unfinished is finished then. */
  async run(): Promise<void> {
    const { plan } = this.#parts;
    await Promise.all([this.#grow(), ...plan.mortals.map((mortal) => this.#live(mortal))]);
    for (const { blob, lines } of this.#streams.values()) {
      const rest = lines.finish();
      if (rest !== undefined) await this.#append(blob, rest);
    }
  }

  async #grow(): Promise<void> {
    const { plan, timeline } = this.#parts;
    for (const write of plan.writes) {
      await timeline.until(write.atMs);
      const stream = plan.streams[write.stream];
      if (stream === undefined) throw new Error(`no stream ${write.stream}`);
      const open = this.#streams.get(stream.id) ?? (await this.#begin(stream));
      await (stream.kind === "append" ? this.#extend(open, write) : this.#rewrite(open, write));
      this.counts.writes++;
    }
  }

  async #begin({ id, resource, hoursAgo, kind }: StreamPlan): Promise<OpenStream> {
    const name = this.#nameOf(resource, hoursAgo);
    const blob = this.#parts.truth.begin(name, kind === "document");
    const open = { blob, lines: new LineWriter(this.#lines) };
    this.#streams.set(id, open);
    if (kind === "append") await this.#create(blob);
    return open;
  }

  async #extend({ blob, lines }: OpenStream, { pieces }: PlannedWrite): Promise<void> {
    for (const block of lines.blocksOf(pieces)) await this.#append(blob, block);
  }

  async #rewrite({ blob }: OpenStream, { pieces }: PlannedWrite): Promise<void> {
    const part = documentPart(this.#lines, pieces, blob.length === 0);
    part.note(blob);
    const { container } = this.#parts;
    const client = container.getBlockBlobClient(blob.name);
    await client.uploadData(Buffer.concat([blob.bytes, DOCUMENT_END]));
    await this.#noteCreation(blob);
    this.counts.documents++;
  }

  async #live({ resource, hoursAgo, bornAtMs, records, againRecords }: MortalPlan): Promise<void> {
    const { timeline, container, truth, isSettled } = this.#parts;
    await timeline.until(bornAtMs);
    const name = this.#nameOf(resource, hoursAgo);
    const first = truth.begin(name, false);
    await this.#fill(first, records);
    if (!(await timeline.when(() => isSettled(first)))) return;
    first.isGone = true;
    await container.deleteBlob(name);
    this.counts.deleted++;
    if (againRecords === 0) return;
    await timeline.pass(NEXT_SECOND_MS);
    await this.#fill(truth.begin(name, false), againRecords);
    this.counts.recreated++;
  }

  async #fill(blob: TruthBlob, count: number): Promise<void> {
    await this.#create(blob);
    for (const block of new LineWriter(this.#lines).blocksOf([{ kind: "records", count }])) {
      await this.#append(blob, block);
    }
  }

  async #create(blob: TruthBlob): Promise<void> {
    await this.#parts.container.getAppendBlobClient(blob.name).create();
    await this.#noteCreation(blob);
  }

  async #noteCreation(blob: TruthBlob): Promise<void> {
    const { container, truth } = this.#parts;
    const { createdOn } = await container.getBlobClient(blob.name).getProperties();
    if (createdOn === undefined) throw new Error("the emulator says no creation time");
    truth.created(blob, createdOn.getTime());
  }

  async #append(blob: TruthBlob, block: Block): Promise<void> {
    block.note(blob);
    const { bytes } = block;
    const client = this.#parts.container.getAppendBlobClient(blob.name);
    await client.appendBlock(bytes, bytes.length);
  }

  #nameOf(resource: string, hoursAgo: number): string {
    const prefix =
      "resourceId=/SUBSCRIPTIONS/0000/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.KEYVAULT/" +
      `MANAGEDHSMS/${resource}/`;
    return hourBlobName(prefix, this.#parts.hourMs - hoursAgo * HOUR_MS);
  }
}
