// SPDX-License-Identifier: Apache-2.0
/** Opens the place of dead letters, to write into it and to look after it. Part of the composition root. */
import { createAppendBlobContainer } from "./azure/append-blob-container.ts";
import { createContainerClientFrom } from "./azure/credentials.ts";
import type { ContainerLocation } from "./azure/credentials.ts";
import { openBlobDeadLetterSink } from "./dead-letter/blob-dead-letter-sink.ts";
import type { DeadLetterSinkOptions } from "./dead-letter/bounded-dead-letter-sink.ts";
import type { DeadLetterArchive } from "./dead-letter/dead-letter-archive.ts";
import type { DeadLetterSink } from "./dead-letter/dead-letter-sink.ts";
import { openFileDeadLetterSink } from "./dead-letter/file-dead-letter-sink.ts";
import { LetterContainer } from "./dead-letter/letter-container.ts";
import { LetterIndex } from "./dead-letter/letter-index.ts";
import type { LetterPlace } from "./dead-letter/letter-place.ts";
import { LetterDirectory } from "./dead-letter/letter-directory.ts";
import { openDeadLetterArchive } from "./dead-letter/place-archive.ts";
import type { AppendBlobs } from "./dead-letter/append-blobs.ts";
import type { Clock } from "./runtime/clock.ts";
import type { ConnectorEvents } from "./telemetry/events.ts";

/** Where dead letters are kept. */
export type DeadLetterLocation =
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "container"; readonly storage: ContainerLocation };

/** To write; the place is created when it is missing. Throws DEAD_LETTER_UNAVAILABLE. */
export async function openDeadLetters(
  { place, maxBytes: maxTotalBytes }: { place: DeadLetterLocation; maxBytes: number },
  { clock, events }: { clock: Clock; events: Pick<ConnectorEvents, "deadLettersNearlyFull"> },
): Promise<DeadLetterSink> {
  const onNearlyFull: DeadLetterSinkOptions["onNearlyFull"] = (state) => {
    events.deadLettersNearlyFull(state);
  };
  const options = { clock, maxTotalBytes, onNearlyFull };
  if (place.kind === "directory") {
    return await openFileDeadLetterSink({ path: place.path, ...options });
  }
  return await openBlobDeadLetterSink(await blobsOf(place.storage), options);
}

/** To look after; nothing is touched or created yet. */
export async function openArchive(
  location: DeadLetterLocation,
  clock: Pick<Clock, "now">,
): Promise<DeadLetterArchive> {
  return openDeadLetterArchive(await placeOf(location), clock);
}

/** To count them; nothing is touched yet. */
export async function openLetterIndex(location: DeadLetterLocation): Promise<LetterIndex> {
  return new LetterIndex(await placeOf(location));
}

async function placeOf(location: DeadLetterLocation): Promise<LetterPlace> {
  if (location.kind === "directory") return new LetterDirectory(location);
  return new LetterContainer(await blobsOf(location.storage));
}

async function blobsOf(storage: ContainerLocation): Promise<AppendBlobs> {
  const client = await createContainerClientFrom(storage);
  return createAppendBlobContainer({ client, account: storage.account });
}
