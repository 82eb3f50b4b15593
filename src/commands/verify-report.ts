// SPDX-License-Identifier: Apache-2.0
/**
 * What `verify` says (pure): a table a resource on a terminal, a line a blob in a pipe, one JSON object a blob with
 * `--json`; then the sums, which add up, and what is not proven. Keys and codes of the JSON form are interface.
 */
import Table from "cli-table3";
import type { BlobProof } from "../ledger-proof.ts";
import { formatBytes, formatColumns, formatCount } from "../simulate/amounts.ts";
import { visibleText } from "../telemetry/visible-text.ts";
import { totalOf } from "../verify/blob-claim.ts";
import type { BlobClaim } from "../verify/blob-claim.ts";
import { hex } from "../verify/compare-blob.ts";
import { BLOB_STATES } from "../verify/proof-totals.ts";
import type { ProofTotals, StateSum } from "../verify/proof-totals.ts";
import type { Output } from "./command.ts";
import { NOT_PROVEN, wrapped } from "./verify-flags.ts";

type Colors = Output["colors"];

const COUNT_HEADS = ["records", "delivered", "uncertain", "dead-lettered", "filtered"];

/** Blobs of one resource with a row each, and what differs below. Ends with a newline. */
export function tableOf(name: string, proofs: readonly BlobProof[], colors: Colors): string {
  const table = new Table({
    head: ["", "hour", "state", ...COUNT_HEADS, "bytes", "CRC-32"],
    colAligns: [
      "left",
      "left",
      "left",
      ...COUNT_HEADS.map(() => "right" as const),
      "right",
      "left",
    ],
    style: { head: [], border: [], compact: true },
  });
  for (const proof of proofs) table.push([markOf(proof, colors), ...cellsOf(proof)]);
  const findings = proofs.flatMap((proof) => findingLines(proof, colors));
  return `${colors.bold(visibleText(name))}\n${table.toString()}\n${findings.join("")}`;
}

function cellsOf({ claim, hourMs, name, verdict }: BlobProof): string[] {
  const hour = `${new Date(hourMs).toISOString().slice(0, 13).replace("T", " ")}h`;
  const file = name.slice(name.lastIndexOf("/") + 1);
  const where = file === "PT1H.json" ? hour : `${hour} ${visibleText(file)}`;
  const state = verdict.state + (claim?.isOpen === true ? ", open" : "");
  return [where, state, ...numbersOf(claim)];
}

function numbersOf(claim: BlobClaim | undefined): string[] {
  if (claim === undefined) return [...COUNT_HEADS.map(() => "-"), "-", "-"];
  const { delivered, uncertain, deadLettered, filtered } = claim.counts;
  const counts = [totalOf(claim.counts), delivered, uncertain, deadLettered, filtered];
  return [...[...counts, claim.length].map(formatCount), hex(claim.crc32)];
}

/** One blob for a pipe. */
export function lineOf(proof: BlobProof, colors: Colors): string {
  const { claim, name, verdict } = proof;
  const head = `${markOf(proof, colors)} ${verdict.state} ${visibleText(name)}`;
  const findings = findingLines(proof, colors);
  if (claim === undefined) return `${head}\n${findings.join("")}`;
  const { delivered, uncertain, deadLettered, filtered } = claim.counts;
  const counts = `${delivered} delivered, ${uncertain} uncertain, ${deadLettered} dead-lettered, ${filtered} filtered`;
  const text = `${totalOf(claim.counts)} records (${counts}), ${claim.length} bytes, CRC-32 ${hex(claim.crc32)}`;
  return `${head}: ${text}\n${findings.join("")}`;
}

function markOf({ verdict }: BlobProof, colors: Colors): string {
  if (verdict.findings.length > 0) return colors.red("✗");
  return verdict.state === "proven" ? colors.green("✓") : colors.yellow("-");
}

/** What differs, with the bytes, and what is only said. */
function findingLines({ name, verdict }: BlobProof, colors: Colors): string[] {
  const place = visibleText(name);
  const lines = verdict.findings.map(({ kind, range, detail }) => {
    const bytes = `bytes [${range.start}, ${range.end})`;
    return `  ${colors.red("✗")} ${place} ${bytes}: ${kind}: ${visibleText(detail)}\n`;
  });
  if (verdict.behindBytes === 0) return lines;
  const behind = `${verdict.behindBytes} bytes are not settled yet`;
  return [...lines, `  ${colors.yellow("-")} ${place}: behind: ${behind}\n`];
}

export function blobJson({ resource, name, hourMs, claim, reread, verdict }: BlobProof): string {
  const found = reread?.kind === "read" ? reread : undefined;
  return json({
    kind: "blob",
    state: verdict.state,
    ok: verdict.findings.length === 0,
    resource: resource.prefix,
    blob: name,
    hour: new Date(hourMs).toISOString(),
    ...(claim && {
      createdAt: new Date(claim.blob.createdAtMs).toISOString(),
      open: claim.isOpen,
      bytes: claim.length,
      crc32: hex(claim.crc32),
      records: totalOf(claim.counts),
      ...claim.counts,
    }),
    ...(found && {
      found: {
        bytes: found.recount.offset,
        crc32: hex(found.recount.crc32),
        records: found.recount.records,
        unreadable: found.recount.unreadable,
        length: found.present.length,
      },
    }),
    behindBytes: verdict.behindBytes,
    findings: verdict.findings.map(({ kind, range, detail }) => ({ kind, ...range, detail })),
  });
}

export function faultJson(message: string): string {
  return json({ kind: "fault", message });
}

/** Each state with its sums, and all of them. */
export function summaryJson(totals: ProofTotals, tookMs: number): string {
  const states = Object.fromEntries(BLOB_STATES.map((state) => [state, totals.of(state)]));
  const { isProven: ok, differing, behindBlobs, behindBytes, faults } = totals;
  const told = { differing, behindBlobs, behindBytes, faults, tookMs, notProven: NOT_PROVEN };
  return json({ kind: "summary", ok, ...totals.all, states, ...told });
}

/** The same for people. */
export function summaryText(
  totals: ProofTotals,
  took: string,
  { colors, columns }: Output,
): string {
  const states = BLOB_STATES.filter((state) => totals.of(state).blobs > 0);
  const head = ["", "blobs", ...COUNT_HEADS, "bytes"];
  const rows = states.map((state) => [state, ...sumCells(totals.of(state))]);
  const sums = formatColumns([head, ...rows, ["all", ...sumCells(totals.all)]]);
  const { differing, faults, behindBlobs, behindBytes } = totals;
  const unreadable = totals.of("unreadable").blobs;
  const wrong = [
    ...(differing > unreadable
      ? [countOf(differing - unreadable, "blob differs", "blobs differ")]
      : []),
    ...(unreadable > 0
      ? [countOf(unreadable, "blob could not be read", "blobs could not be read")]
      : []),
    ...(faults > 0 ? [countOf(faults, "fault", "faults")] : []),
  ];
  const verdict = totals.isProven
    ? `${colors.green("✓")} no differences${awayText(totals)}`
    : `${colors.red("✗")} ${wrong.join(", ")}`;
  const behind =
    behindBlobs === 0
      ? ""
      : `; ${countOf(behindBlobs, "blob has", "blobs have")} ${formatBytes(behindBytes)} that are not settled yet`;
  return `${sums}${verdict} (${took})${behind}\n${colors.dim(wrapped(NOT_PROVEN, columns ?? 100))}\n`;
}

/** What "no differences" does not say by itself. */
function awayText(totals: ProofTotals): string {
  if (totals.all.blobs === 0) return ": there was nothing to prove";
  const away = (["gone", "replaced"] as const).flatMap((state) => {
    const { blobs } = totals.of(state);
    return blobs > 0 ? [`${formatCount(blobs)} ${state}`] : [];
  });
  return away.length === 0 ? "" : `, but ${away.join(" and ")}`;
}

function sumCells(sum: StateSum): string[] {
  const { blobs, records, delivered, uncertain, deadLettered, filtered, bytes } = sum;
  return [blobs, records, delivered, uncertain, deadLettered, filtered, bytes].map(formatCount);
}

function countOf(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

function json(value: object): string {
  return `${JSON.stringify(value)}\n`;
}
