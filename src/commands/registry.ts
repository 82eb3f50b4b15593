// SPDX-License-Identifier: Apache-2.0
/**
 * Every command of the program. To add one: a file beside this one with a `Command`, and a row here. Rows are plain
 * values and load their file only when the command runs, so that help is instant.
 */
import { OPTION_GROUPS } from "../config/schema.ts";
import type { CommandEntry } from "./command.ts";
import { DEAD_LETTER_COMMANDS } from "./dead-letters-registry.ts";
import { DEMO_FLAGS } from "./demo-flags.ts";
import { MAP_FLAGS } from "./map-input.ts";
import { SIMULATE_FLAGS } from "./simulate-flags.ts";
import { NOT_PROVEN, VERIFY_FLAGS, wrapped } from "./verify-flags.ts";

/** As wide as the notes that are written out. */
const NOTE_COLUMNS = 118;

/** Words that only group commands, with what the group is about. */
export const COMMAND_GROUPS: Readonly<Record<string, string>> = {
  "dead-letters": "look after originals that could not be delivered",
  config: "show the configuration",
};

/** The commands, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "run",
    summary: "follow the container and deliver, until a signal",
    config: { groups: OPTION_GROUPS, needs: { storage: true } },
    examples: [
      "hsm-audit-otel run --account-url https://contoso.blob.core.windows.net",
      "hsm-audit-otel run --config /etc/hsm-audit-otel.yaml",
    ],
    notes:
      "The first SIGINT or SIGTERM stops reading and lets what is in flight finish (exit code 0); a second one, or the\n" +
      "end of the grace, drops it (exit code 3), and the next run sends it again.",
    load: async () => (await import("./run.ts")).run,
  },
  {
    name: "once",
    summary: "deliver what the container holds now, and end",
    config: { groups: OPTION_GROUPS, needs: { storage: true } },
    flags: [{ name: "json", doc: "the summary as one JSON object" }],
    examples: ["hsm-audit-otel once --account-url https://contoso.blob.core.windows.net"],
    notes:
      "Exit code 1 when nothing moved for --give-up-after, or the receiver or storage refuses; cursors stay intact.",
    load: async () => (await import("./once.ts")).once,
  },
  {
    name: "check",
    summary: "try configuration, storage, mapping and receiver, and say what to do",
    config: { groups: OPTION_GROUPS, needs: { storage: true } },
    flags: [{ name: "json", doc: "one JSON object a step" }],
    examples: ["hsm-audit-otel check --account-url https://contoso.blob.core.windows.net"],
    notes: "Delivers nothing: the receiver is asked with a request that holds no records.",
    load: async () => (await import("./check.ts")).check,
  },
  ...DEAD_LETTER_COMMANDS,
  {
    name: "map",
    summary: "map AuditEvents on stdin to OTLP/JSON on stdout",
    config: { groups: ["Mapping"], needs: { storage: false } },
    flags: MAP_FLAGS,
    examples: [
      "hsm-audit-otel map --pretty < PT1H.json",
      "hsm-audit-otel map --body summary < PT1H.json | jq .resourceLogs[0].resource",
    ],
    notes:
      'Takes JSON Lines and documents ({"records":[…]}, […], pretty-printed), prints one ExportLogsServiceRequest.\n' +
      "The events belong to no blob, so record ids are those of account, container and blob `stdin` (or of --blob),\n" +
      "created at the epoch, and no observed timestamp is set. What an operation is, is told of Key Vault's and Managed\n" +
      "HSM's own: by resourceId, by --blob, or else by a documented operation name. Records that cannot be mapped are named on stderr; the\n" +
      "others are printed all the same, and the exit code is 1.",
    load: async () => (await import("./map.ts")).map,
  },
  {
    name: "config print",
    summary: "print the configuration in effect, secrets masked, and where each value comes from",
    config: {
      groups: OPTION_GROUPS,
      needs: { storage: false },
    },
    flags: [{ name: "json", doc: "one JSON object a line" }],
    examples: [
      "hsm-audit-otel config print",
      "hsm-audit-otel config print --config hsm-audit-otel.yaml --json",
    ],
    load: async () => (await import("./config.ts")).configPrint,
  },
  {
    name: "verify",
    summary:
      "read the settled bytes again and prove the ledger: bytes, records, CRC-32, dead letters",
    config: {
      groups: ["Storage", "Reading", "Checkpoint", "Dead letters"],
      needs: { storage: true },
    },
    flags: VERIFY_FLAGS,
    examples: [
      "hsm-audit-otel verify --from 7d",
      "hsm-audit-otel verify --resource 'contoso*' --from 2026-01-15T10:00Z --to 2026-01-16T00:00Z --json",
    ],
    notes:
      "Reads only, and may run beside `run`. A blob is proven, behind (not begun yet), gone (deleted, by retention mostly),\n" +
      "replaced (another blob has the name), differs, unknown (to the store, where it says that all is settled) or\n" +
      "unreadable. Exit code 1 on any difference, with the byte range at fault, and where something could not be read; gone\n" +
      "blobs, and replaced ones of which the store knows it, are told and are no difference.\n\n" +
      wrapped(NOT_PROVEN, NOTE_COLUMNS),
    load: async () => (await import("./verify.ts")).verify,
  },
  {
    name: "simulate",
    summary: "write realistic audit blobs to a storage account, to try things without an HSM",
    config: { groups: ["Storage"], needs: { storage: true } },
    flags: SIMULATE_FLAGS,
    examples: [
      "hsm-audit-otel simulate --hsms 2 --vaults 1 --rate 50 --duration 60s --seed 7",
      "hsm-audit-otel simulate --from 6h --count 100000",
    ],
    notes:
      "It creates the container when it is missing, and needs the right to write. Never use it on a container of real\n" +
      "logs: what it writes looks like the real thing, and stays.",
    load: async () => (await import("./simulate.ts")).simulate,
  },
  {
    name: "demo",
    summary: "all of it on an embedded emulator: simulate, ship, receive, and add up",
    flags: DEMO_FLAGS,
    examples: [
      "hsm-audit-otel demo",
      "OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 hsm-audit-otel demo --seconds 60",
    ],
    notes:
      "Needs no Azure account and uses none. Records go to a built-in receiver, or to your own where a standard\n" +
      "OTEL_EXPORTER_OTLP_ENDPOINT is set. Exit code 1 when what was written is not what arrived.",
    load: async () => (await import("./demo.ts")).demo,
  },
];
