// SPDX-License-Identifier: Apache-2.0
/**
 * What `map` takes in: the flags of the command, where the records are said to come from, and the records of an input by
 * the framings of delivery.
 */
import type { Flags } from "../config/sources.ts";
import { oneOf } from "../config/value-types.ts";
import { hourOfBlob, parseResource, resourcePrefixOf } from "../discover/blob-path.ts";
import { ConnectorError } from "../errors.ts";
import type { Framing, RawRecord, RecordOrigin } from "../model.ts";
import { createRecordSplitter } from "../read/record-splitter.ts";
import type { CommandFlag } from "./command.ts";

export const MAP_FLAGS: readonly CommandFlag[] = [
  {
    name: "blob",
    placeholder: "name",
    doc: "map as if the events stood in this hour blob: its path fills what they do not say",
  },
  {
    name: "framing",
    placeholder: "auto|json-lines|document",
    doc: "how the input is cut into events (default auto: told by its first bytes, as in delivery)",
  },
  { name: "pretty", doc: "indented JSON, also into a pipe" },
];

export interface MapInput {
  readonly origin: RecordOrigin;
  readonly framing: Framing;
  readonly isPretty: boolean;
}

/** Where records from stdin come from. No observed time: equal input gives equal output. */
export const STDIN_ORIGIN: RecordOrigin = {
  resource: {
    prefix: "stdin/",
    resourceId: "",
    subscriptionId: undefined,
    resourceGroup: undefined,
    provider: undefined,
    type: undefined,
    name: "stdin",
  },
  blob: { account: "stdin", container: "stdin", name: "stdin", createdAtMs: 0 },
  hourMs: undefined,
  observedAtMs: undefined,
};

const FRAMING = oneOf(["auto", "json-lines", "document"]);

/** What the flags mean. Throws CONFIG_INVALID that names every flag that is wrong. */
export function readMapFlags(flags: Flags): MapInput {
  const problems: string[] = [];
  const framing = FRAMING.schema.safeParse(flags["framing"] ?? "auto");
  if (!framing.success) {
    const reason = framing.error.issues[0]?.message ?? "";
    problems.push(`--framing: ${reason}; expected ${FRAMING.expected}`);
  }
  const origin = originOf(flags["blob"], problems);
  if (problems.length > 0) throw new ConnectorError("CONFIG_INVALID", problems.join("\n"));
  const named = framing.data === undefined || framing.data === "auto" ? "unknown" : framing.data;
  return { origin, framing: named, isPretty: flags["pretty"] !== undefined };
}

/** The records of an input, by the splitter of delivery: blanks, separators and envelopes belong to no record. */
export function recordsOf(input: Buffer, framing: Framing, maxRecordBytes: number): RawRecord[] {
  const position = { offset: 0, crc32: 0, framing };
  const splitter = createRecordSplitter({ ...position, maxRecordBytes, keptBytes: 0 });
  const records = [...splitter.push(input), ...splitter.takeTail()];
  return records.filter((record) => record.length > 0);
}

function originOf(flag: Flags[string], problems: string[]): RecordOrigin {
  if (flag === undefined) return STDIN_ORIGIN;
  const blobName = String(flag);
  const prefix = resourcePrefixOf(blobName);
  if (prefix === undefined) {
    problems.push(
      `--blob: ${JSON.stringify(blobName)} is no hour blob; ` +
        "expected a name such as resourceId=/SUBSCRIPTIONS/…/y=2026/m=01/d=15/h=10/m=00/PT1H.json",
    );
    return STDIN_ORIGIN;
  }
  const hourMs = hourOfBlob(blobName);
  const blob = { ...STDIN_ORIGIN.blob, name: blobName };
  return { ...STDIN_ORIGIN, resource: parseResource(prefix), blob, hourMs };
}
