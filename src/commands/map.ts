// SPDX-License-Identifier: Apache-2.0
/**
 * `map`: AuditEvents on stdin, one a line, to one OTLP/JSON ExportLogsServiceRequest on stdout, by the very parser,
 * mapper and encoder that delivery uses. For looking at a mapping, not for delivery: the input is held in memory whole.
 *
 * The events come from no blob, so they get an origin that says so: account, container and blob `stdin`, created at the
 * epoch. Record ids made of it are stable, and differ from those of the same events in storage.
 */
import { createOtlpEncoder } from "../export/otlp-encoder.ts";
import { createLogRecordMapper, type Mapped } from "../map/log-record.ts";
import type { RawRecord, RecordOrigin } from "../model.ts";
import { parseAuditEvent } from "../parse/audit-event.ts";
import { createRecordSplitter } from "../read/record-splitter.ts";
import { VERSION } from "../version.ts";
import { EXIT, type Command, type CommandContext, type Input } from "./command.ts";
import { configure } from "./configure.ts";
import type { Config } from "../config/config.ts";

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

interface MalformedLine {
  readonly line: number;
  readonly reason: string;
  readonly detail: string;
}

/** Maps stdin to stdout. `EXIT.fault` when a line could not be mapped; the others are printed all the same. */
export const map: Command = async (context) => {
  const loaded = await configure(context, { storage: false });
  if (loaded === undefined) return EXIT.badConfig;
  if (context.stdin.isTty) {
    await context.stderr.write("reading AuditEvents, one a line; end with Ctrl-D\n");
  }
  const input = await readAll(context.stdin);
  const { records, malformed } = mapAll(input, loaded.config);
  const logRecords = records.map((record) => record.logRecord);
  const json = Buffer.from(createOtlpEncoder("http/json").encode(logRecords)).toString("utf8");
  await context.stdout.write(`${context.stdout.isTty ? pretty(json) : json}\n`);
  if (malformed.length === 0) return EXIT.ok;
  await report(malformed, input, context);
  return EXIT.fault;
};

function mapAll(
  input: Buffer,
  config: Config,
): { records: readonly Mapped[]; malformed: readonly MalformedLine[] } {
  const mapper = createLogRecordMapper({
    scopeVersion: VERSION,
    bodyMode: config.body,
    resourceDefaults: config.resourceDefaults,
    severityMode: config.severity,
    overrides: config.mapping,
  });
  const records: Mapped[] = [];
  const malformed: MalformedLine[] = [];
  const lineAt = createLineCounter(input);
  for (const raw of split(input, config.maxRecordBytes)) {
    const line = lineAt(raw.offset);
    if (raw.isOversize) {
      const detail = `${raw.length} bytes are more than maxRecordBytes (${config.maxRecordBytes})`;
      malformed.push({ line, reason: "oversize", detail });
      continue;
    }
    const parsed = parseAuditEvent(raw.buffer.subarray(raw.from, raw.to));
    if (parsed.kind === "malformed") malformed.push({ ...parsed, line });
    else records.push(mapper.toLogRecord(parsed.event, parsed.text, raw.offset, STDIN_ORIGIN));
  }
  return { records, malformed };
}

/** The records of the input, by the framing of delivery: BOM, CR and blank lines belong to no record. */
function split(input: Buffer, maxRecordBytes: number): RawRecord[] {
  const splitter = createRecordSplitter({ offset: 0, crc32: 0, maxRecordBytes, keptBytes: 0 });
  const records = splitter.push(input);
  const tail = splitter.takeTail();
  if (tail !== undefined) records.push(tail);
  return records.filter((record) => record.length > 0);
}

/** Line numbers of growing offsets, counted from 1. */
function createLineCounter(input: Buffer): (offset: number) => number {
  let line = 1;
  let next = input.indexOf(0x0a);
  return (offset) => {
    while (next !== -1 && next < offset) {
      line++;
      next = input.indexOf(0x0a, next + 1);
    }
    return line;
  };
}

async function report(
  malformed: readonly MalformedLine[],
  input: Buffer,
  { stderr }: CommandContext,
): Promise<void> {
  for (const { line, reason, detail } of malformed) {
    await stderr.write(`line ${line}: ${reason}: ${detail}\n`);
  }
  if (isDocument(input)) {
    const advice = "`jq -c '.records[]? // .[]?'` makes lines of a document";
    await stderr.write(`the input looks like one JSON document, not one event a line; ${advice}\n`);
  }
}

/** True for a pretty-printed document: its first line is only a bracket. */
function isDocument(input: Buffer): boolean {
  const head = input.subarray(0, 256).toString("utf8");
  return /^\uFEFF?\s*[[{]\s*\r?\n/.test(head);
}

async function readAll(stdin: Input): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function pretty(json: string): string {
  return JSON.stringify(JSON.parse(json), undefined, 2);
}
