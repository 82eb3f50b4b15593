// SPDX-License-Identifier: Apache-2.0
/** The rows of the dead-letter commands in the registration table. */
import { OPTION_GROUPS } from "../config/schema.ts";
import type { OptionGroup } from "../config/option.ts";
import type { CommandEntry } from "./command.ts";
import { LIST_FLAGS, PURGE_FLAGS, REPLAY_FLAGS, SHOW_FLAGS } from "./dead-letters-flags.ts";

/** All that says where the letters are: the directory stands beside the checkpoint, the container in the account. */
const PLACE: { readonly groups: readonly OptionGroup[]; readonly needs: { storage: false } } = {
  groups: ["Storage", "Checkpoint", "Dead letters"],
  needs: { storage: false },
};

export const DEAD_LETTER_COMMANDS: readonly CommandEntry[] = [
  {
    name: "dead-letters list",
    summary: "what is kept, where it comes from, and why; never its content",
    config: PLACE,
    flags: LIST_FLAGS,
    examples: [
      "hsm-audit-otel dead-letters list",
      "hsm-audit-otel dead-letters list --reason refused --json | jq -r .uid",
    ],
    notes:
      "A table on a terminal, fields separated by tabs in a pipe (the summary then goes to stderr). Each letter stands there\n" +
      "once, however often it was kept. The summary names the place, and says when it does not exist.",
    load: async () => (await import("./dead-letters-list.ts")).list,
  },
  {
    name: "dead-letters show",
    summary: "one letter whole: the original, and what the receiver said",
    config: PLACE,
    flags: SHOW_FLAGS,
    args: [{ form: "<uid>", doc: "log.record.uid of the letter" }],
    examples: [
      "hsm-audit-otel dead-letters show 4c1f0e7d8a9b2c3d0000000000001a2b",
      "hsm-audit-otel dead-letters show 4c1f0e7d8a9b2c3d0000000000001a2b --raw > record.json",
    ],
    load: async () => (await import("./dead-letters-show.ts")).show,
  },
  {
    name: "dead-letters replay",
    summary: "send letters once more, with the uid they have, and mark what got through",
    config: {
      groups: OPTION_GROUPS.filter((group) => group !== "Reading"),
      needs: { storage: false },
    },
    flags: REPLAY_FLAGS,
    args: [{ form: "[uids...]", doc: "log.record.uid of each letter to send" }],
    examples: [
      "hsm-audit-otel dead-letters replay --reason refused",
      "hsm-audit-otel dead-letters replay --all --uncertain",
    ],
    notes:
      "Records are mapped as they would be today. What fails again stays open, and why is said; an oversize letter holds\n" +
      "only its first bytes and is never sent. Letters of reason partial-success are likely repeats and are sent only when\n" +
      "they are named, or with --uncertain. --give-up-after holds for a replay as it does for once: it ends early when nothing\n" +
      "got through for so long. Exit code 1 when some stayed or it ended early.",
    load: async () => (await import("./dead-letters-replay.ts")).replay,
  },
  {
    name: "dead-letters purge",
    summary: "remove letters for good: replayed ones, if nothing else is said",
    config: PLACE,
    flags: PURGE_FLAGS,
    examples: [
      "hsm-audit-otel dead-letters purge",
      "hsm-audit-otel dead-letters purge --state all --older-than 90d --yes",
    ],
    notes:
      "Safe while a connector is writing. What was removed, when, and by whom is written to operations.ndjson beside the\n" +
      "letters. Lines that cannot be read are never removed. Letters that stay open are removed with --state open only: they\n" +
      "may be all that is left of a record.",
    load: async () => (await import("./dead-letters-purge.ts")).purge,
  },
];
