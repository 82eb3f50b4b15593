// SPDX-License-Identifier: Apache-2.0
/**
 * `map`: AuditEvents on stdin to one OTLP/JSON ExportLogsServiceRequest on stdout, by the very splitter, parser, mapper
 * and encoder that delivery uses. For looking at a mapping, not for delivery: the input is held in memory whole.
 *
 * The events come from no blob, so they get an origin that says so: account, container and blob `stdin`, created at the
 * epoch. Record ids made of it are stable, and differ from those of the same events in storage.
 */
import { createOtlpEncoder } from "../export/otlp-encoder.ts";
import { createLogRecordMapper, type Mapped } from "../map/log-record.ts";
import type { RawRecord } from "../model.ts";
import { parseAuditEvent, type ParseResult } from "../parse/audit-event.ts";
import { separateObjects } from "../read/objects-on-a-line.ts";
import { VERSION } from "../version.ts";
import { EXIT, type Command, type CommandContext, type Input } from "./command.ts";
import { configure } from "./configure.ts";
import { readMapFlags, recordsOf, type MapInput } from "./map-input.ts";
import type { Config } from "../config/config.ts";

interface MalformedLine {
  readonly line: number;
  readonly reason: string;
  readonly detail: string;
}

/** Maps stdin to stdout. `EXIT.fault` when a line could not be mapped; the others are printed all the same. */
export const map: Command = async (context) => {
  const loaded = await configure(context, { storage: false });
  if (loaded === undefined) return EXIT.badConfig;
  const asked = readMapFlags(context.flags);
  if (context.stdin.isTty) {
    await context.stderr.write("reading AuditEvents; end with Ctrl-D\n");
  }
  const input = await readAll(context.stdin);
  const { records, malformed } = mapAll(input, loaded.config, asked);
  const logRecords = records.map((record) => record.logRecord);
  const json = Buffer.from(createOtlpEncoder("http/json").encode(logRecords)).toString("utf8");
  const isPretty = context.stdout.isTty || asked.isPretty;
  await context.stdout.write(`${isPretty ? pretty(json) : json}\n`);
  if (malformed.length === 0) return EXIT.ok;
  await report(malformed, context);
  return EXIT.fault;
};

function mapAll(
  input: Buffer,
  config: Config,
  { origin, framing }: MapInput,
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
  for (const raw of recordsOf(input, framing, config.maxRecordBytes)) {
    for (const { raw: part, parsed } of parsedObjects(raw)) {
      if (parsed.kind === "malformed") malformed.push({ ...parsed, line: lineAt(part.offset) });
      else records.push(mapper.toLogRecord(parsed.event, parsed.text, part.offset, origin));
    }
  }
  return { records, malformed };
}

/** A record parsed, or each of several objects on one line. */
function parsedObjects(raw: RawRecord): { raw: RawRecord; parsed: ParseResult }[] {
  if (raw.isOversize) {
    const detail = `${raw.length} bytes are more than maxRecordBytes`;
    return [{ raw, parsed: { kind: "malformed", reason: "oversize", detail } }];
  }
  const parse = (part: RawRecord): { raw: RawRecord; parsed: ParseResult } => ({
    raw: part,
    parsed: parseAuditEvent(part.buffer.subarray(part.from, part.to)),
  });
  const whole = parse(raw);
  const isNotJson = whole.parsed.kind === "malformed" && whole.parsed.reason === "not-json";
  return (isNotJson ? separateObjects(raw, 0) : undefined)?.map(parse) ?? [whole];
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
  { stderr }: CommandContext,
): Promise<void> {
  for (const { line, reason, detail } of malformed) {
    await stderr.write(`line ${line}: ${reason}: ${detail}\n`);
  }
}

async function readAll(stdin: Input): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function pretty(json: string): string {
  return JSON.stringify(JSON.parse(json), undefined, 2);
}
