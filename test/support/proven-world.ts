// SPDX-License-Identifier: Apache-2.0
/** The proof of a tailing world's ledger, from its fakes: what `verify` would say of it while nothing runs. */
import type { CheckpointArchive } from "../../src/checkpoint/checkpoint-archive.ts";
import { proveLedger } from "../../src/ledger-proof.ts";
import type { BlobProof, LetterBook, ProofStep } from "../../src/ledger-proof.ts";
import type { BlobIdentity } from "../../src/model.ts";
import { parseAuditEvent } from "../../src/parse/audit-event.ts";
import type { TailingWorld } from "./tailing-world.ts";

/** Every step of the proof; `windowBytes` is what one read asks for. */
export async function proofSteps(
  world: TailingWorld,
  { resourceKeys, windowBytes }: { resourceKeys: readonly string[]; windowBytes: number },
): Promise<ProofStep[]> {
  const steps: ProofStep[] = [];
  const proof = proveLedger({
    archive: archiveOf(world, resourceKeys),
    storage: world.container,
    letters: lettersOf(world),
    uidPrefix: identityText,
    account: "acct",
    container: "insights-logs-auditevent",
    span: { fromHourMs: 0, toMs: Infinity },
    selects: () => true,
    parse: parseAuditEvent,
    maxRecordBytes: 200,
    windowBytes,
    // As a window read into the same memory would: what still looks at it gets a wrong text.
    release: (bytes) => bytes.fill("X"),
    clock: world.clock,
    random: () => 0.5,
    signal: new AbortController().signal,
    onRead: () => undefined,
  });
  for await (const step of proof) steps.push(step);
  return steps;
}

export function blobsOf(steps: readonly ProofStep[]): BlobProof[] {
  return steps.flatMap((step) => (step.kind === "blob" ? [step.proof] : []));
}

function archiveOf(world: TailingWorld, resourceKeys: readonly string[]): CheckpointArchive {
  const store = world.store.reopen();
  const load = async (key: string) => (await store.load(key))?.checkpoint;
  return {
    start: async () => (await store.resolveStart(0)).startHourMs,
    load,
    resources: async function* () {
      for (const resourceKey of resourceKeys) {
        const checkpoint = await load(resourceKey);
        if (checkpoint !== undefined) yield { resourceKey, checkpoint };
      }
    },
    ledger: async function* (resourceKey) {
      await Promise.resolve();
      const entries = store.ledger.filter(({ name }) => name.startsWith(resourceKey));
      yield* entries.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    },
    findClosed: (key, names) => store.findClosed(key, names),
    close: async () => {
      await Promise.resolve();
    },
  };
}

function lettersOf(world: TailingWorld): LetterBook {
  return {
    refresh: async () => {
      await Promise.resolve();
    },
    before: (blob, offset) => {
      const kept = world.sink.kept.filter(
        (letter) => identityText(letter.blob) === blob && letter.range.start < offset,
      );
      const count = (isWanted: (reason: string) => boolean): number =>
        new Set(kept.filter(({ reason }) => isWanted(reason)).map(({ range }) => range.start)).size;
      return {
        deadLettered: count((reason) => reason !== "partial-success"),
        uncertain: count((reason) => reason === "partial-success"),
        incompleteEnds: kept.flatMap(({ reason, range }) =>
          reason === "incomplete" && range.end < offset ? [range.end] : [],
        ),
        purgedInAll: 0,
      };
    },
  };
}

function identityText({ name, createdAtMs }: BlobIdentity): string {
  return `${name}@${createdAtMs}`;
}
