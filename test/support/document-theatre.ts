// SPDX-License-Identifier: Apache-2.0
/**
 * A world with one resource whose blobs are block blobs: each holds a document that is written again whole whenever
 * records come, as services do that do not append. The theatre knows every version that ever was, and watches what the
 * receiver gets of them.
 */
import { ConnectorError } from "../../src/errors.ts";
import type { ReceivedRecord, ScriptedReceiver } from "./scripted-receiver.ts";
import { blobsOf, proofSteps } from "./proven-world.ts";
import { HOUR_MS, TailingWorld } from "./tailing-world.ts";
import type { RunningLifecycle } from "./tailing-world.ts";

const DAY_MS = 24 * HOUR_MS;
const SETTLED_MS = 45 * 60_000;

/** How a document is written. */
export interface Layout {
  readonly open: string;
  readonly between: string;
  readonly close: string;
}

export const LAYOUTS: readonly Layout[] = [
  { open: '{"records":[', between: ",", close: "]}" },
  { open: '{\n  "records": [\n    ', between: ",\n    ", close: "\n  ]\n}\n" },
  { open: "[", between: ",\n", close: "]" },
  { open: "", between: "\n", close: "\n" },
];

/** One document, from its first version to the first one of another. */
interface Document {
  readonly layout: Layout;
  readonly texts: string[];
  /** Creation times of its versions. The first one that was seen names its records, in every version. */
  readonly versions: number[];
  /** That one, as far as the receiver has seen records of it. */
  seenAs: number | undefined;
}

/** A record as it stood in one version of a document. */
interface Place {
  readonly document: Document;
  readonly createdAtMs: number;
  readonly index: number;
}

export class DocumentTheatre {
  readonly world = new TailingWorld({
    settings: { maxIdlePollIntervalMs: 30 * 60_000, windowBytes: 64, budgetBytes: 256 },
  });
  readonly #documents = new Map<string, Document>();
  /** Every record that ever stood in a document, by each id that it may have. */
  readonly #known = new Map<string, Place>();
  /** What this process was given. */
  #delivered = new Set<string>();
  readonly #ever = new Set<string>();
  readonly #isCut = new Set<string>();
  #nextRecord = 1;
  #running: RunningLifecycle;
  #complaint: string | undefined;

  constructor() {
    this.world.receiver.onReceived = (record) => {
      this.#see(record);
    };
    this.#running = this.world.start();
  }

  /** Writes the document of an hour again, with so many records more; `keptShare` of what is new in it is there. */
  async grow(hoursAgo: number, records: number, layout: Layout, keptShare = 1): Promise<void> {
    const name = this.world.blobName("DOC", hoursAgo);
    await this.#nextSecond();
    const former = this.#documents.get(name);
    const document = former ?? { layout, texts: [], versions: [], seenAs: undefined };
    document.versions.push(this.#secondNow());
    this.#documents.set(name, document);
    const before = document.texts.length;
    for (let index = 0; index < records; index++) {
      document.texts.push(`{"n": ${this.#nextRecord++}, "x": {"y": ["}"]}}`);
    }
    const text = this.#render(name, document);
    const { open, between } = document.layout;
    const known = open + document.texts.slice(0, before).join(between);
    const kept = known.length + Math.ceil((text.length - known.length) * keptShare);
    this.world.container.put(name, text.slice(0, kept));
    if (keptShare < 1) this.#isCut.add(name);
    else this.#isCut.delete(name);
    await this.advance(0);
  }

  /** Writes another document in the place of an hour's. */
  async replace(hoursAgo: number, records: number, layout: Layout): Promise<void> {
    const name = this.world.blobName("DOC", hoursAgo);
    const former = this.#documents.get(name);
    if (former === undefined) return;
    this.#documents.delete(name);
    // A shorter one would be noticed by its length alone.
    await this.grow(hoursAgo, former.texts.length + records, layout);
  }

  async advance(ms: number): Promise<void> {
    await this.world.clock.advance(ms);
    if (this.#complaint !== undefined) throw new Error(this.#complaint);
    if (this.#running.hasEnded()) await this.#running.ended;
  }

  async crash(): Promise<void> {
    await this.world.kill(this.#running);
    this.#forget();
    this.#running = this.world.start();
  }

  /** A process that was not saved to the last may deliver again, and may see a later version first. */
  #forget(): void {
    this.#delivered = new Set();
    for (const { document } of this.#known.values()) document.seenAs = undefined;
  }

  /** After a stop that drained, nothing is repeated. */
  async stop(): Promise<void> {
    const end = await this.world.stop(this.#running);
    if (end.kind !== "drained") this.#forget();
    this.#running = this.world.start();
  }

  failStorage(calls: number): void {
    let left = calls;
    this.world.container.fault = () => {
      if (left-- > 0) throw new ConnectorError("STORAGE_UNAVAILABLE", "busy");
    };
  }

  become(mode: ScriptedReceiver["mode"]): void {
    this.world.receiver.become(mode);
  }

  /** In the end every record of every document that stands there whole was delivered, under its own id. */
  async end(): Promise<void> {
    this.world.receiver.become("up");
    this.world.container.fault = () => undefined;
    await this.advance(SETTLED_MS);
    await this.advance(DAY_MS + HOUR_MS);
    await this.advance(SETTLED_MS);
    for (const [name, document] of this.#documents) {
      if (this.#isCut.has(name)) continue;
      const ids = document.versions.map((version) => this.#uidsOf(name, document, version));
      document.texts.forEach((text, index) => {
        if (ids.some((uids) => this.#ever.has(uids[index] ?? ""))) return;
        throw new Error(`not delivered: ${text} of ${name}`);
      });
    }
    const end = await this.world.stop(this.#running);
    if (end.kind !== "drained") throw new Error(`it ended as ${end.kind}`);
    await this.#assertProven();
  }

  /** What `verify` would say: it counts again what was counted, whatever the windows were. */
  async #assertProven(): Promise<void> {
    const names = [...this.#documents.keys()];
    const resourceKeys = [...new Set(names.map((name) => name.slice(0, name.indexOf("y="))))];
    for (const windowBytes of [7, 4_096]) {
      const steps = await proofSteps(this.world, { resourceKeys, windowBytes });
      const differing = blobsOf(steps).find(({ verdict }) => verdict.findings.length > 0);
      if (differing !== undefined) throw new Error(`not proven: ${JSON.stringify(differing)}`);
    }
  }

  async abandon(): Promise<void> {
    await this.world.kill(this.#running);
  }

  #see({ uid, text }: ReceivedRecord): void {
    const place = this.#known.get(uid);
    const known = place?.document.texts[place.index];
    if (place === undefined || known !== text) {
      this.#complaint ??= `${uid} is ${String(known)}, got ${text}`;
      return;
    }
    const { document, createdAtMs } = place;
    document.seenAs ??= createdAtMs;
    if (document.seenAs !== createdAtMs) this.#complaint ??= `it has got another name: ${uid}`;
    if (this.#delivered.has(uid)) this.#complaint ??= `delivered twice by one process: ${uid}`;
    this.#delivered.add(uid);
    this.#ever.add(uid);
  }

  #render(name: string, document: Document): string {
    const { open, between, close } = document.layout;
    for (const createdAtMs of document.versions) {
      this.#uidsOf(name, document, createdAtMs).forEach((uid, index) => {
        this.#known.set(uid, { document, createdAtMs, index });
      });
    }
    return open + document.texts.join(between) + close;
  }

  #uidsOf(name: string, { layout, texts }: Document, createdAtMs: number): string[] {
    let offset = layout.open.length;
    return texts.map((text) => {
      const uid = `${name}@${createdAtMs / 1000}:${offset}`;
      offset += text.length + layout.between.length;
      return uid;
    });
  }

  /** The service's times are whole seconds: two versions of one second could not be told apart. */
  async #nextSecond(): Promise<void> {
    const second = this.#secondNow();
    while (this.#secondNow() === second) await this.advance(250);
  }

  #secondNow(): number {
    return Math.floor(this.world.clock.now() / 1000) * 1000;
  }
}
