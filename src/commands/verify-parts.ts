// SPDX-License-Identifier: Apache-2.0
/** Opens what `verify` reads from: the checkpoint store, the container and the dead letters; all of them for reading. */
import { createStorageReader } from "../azure/container-client.ts";
import { createContainerClientFrom } from "../azure/credentials.ts";
import { BEHIND_BYTES } from "../blob-reread.ts";
import { openSqliteCheckpointArchive } from "../checkpoint/sqlite-checkpoint-archive.ts";
import type { Config } from "../config/config.ts";
import { openLetterIndex } from "../dead-letter-store.ts";
import { ConnectorError } from "../errors.ts";
import type { LedgerProofParts } from "../ledger-proof.ts";
import { recordIdPrefix } from "../map/record-id.ts";
import { parseAuditEvent } from "../parse/audit-event.ts";
import { createWindowMemory } from "../read/window-memory.ts";
import { systemRandom } from "../runtime/random.ts";
import type { CommandContext } from "./command.ts";
import type { VerifyOptions } from "./verify-flags.ts";

/** The caller closes `archive`. Throws CHECKPOINT_* when the store cannot be read. */
export async function openVerification(
  { clock, stdout }: CommandContext,
  config: Config,
  options: VerifyOptions,
): Promise<Omit<LedgerProofParts, "onRead">> {
  const { storage: access, checkpoint, windowBytes, maxRecordBytes } = config;
  if (access === undefined) throw new ConnectorError("INTERNAL", "no storage after its check");
  const { account, container } = access;
  const { allocate, release } = createWindowMemory(windowBytes + BEHIND_BYTES);
  const client = await createContainerClientFrom(access);
  const scope = { account, container, checkpointName: checkpoint.name };
  return {
    archive: await openSqliteCheckpointArchive({ path: checkpoint.path, scope }),
    storage: createStorageReader({ client, allocate }),
    release,
    letters: options.hasLetters ? await openLetterIndex(config.deadLetter.place) : undefined,
    uidPrefix: recordIdPrefix,
    account,
    container,
    span: options,
    selects: options.selects,
    parse: parseAuditEvent,
    maxRecordBytes,
    windowBytes,
    clock,
    random: systemRandom,
    signal: stdout.closed,
  };
}
