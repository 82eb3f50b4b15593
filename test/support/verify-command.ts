// SPDX-License-Identifier: Apache-2.0
/** Runs the command `verify` on a delivery world, and edits its closed store as somebody with a SQLite shell would. */
import { DatabaseSync } from "node:sqlite";
import { runProgram } from "../../src/commands/program.ts";
import type { DeliveryWorld } from "./delivery-world.ts";
import { createRecordingHost } from "./recording-context.ts";

export interface VerifyRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function runVerify(
  world: DeliveryWorld,
  flags: readonly string[] = [],
  { isTty = false, env = {} }: { isTty?: boolean; env?: Record<string, string> } = {},
): Promise<VerifyRun> {
  const host = createRecordingHost({ env: { ...world.environment, ...env }, isTty });
  const code = await runProgram(["verify", ...flags], host);
  return { code, stdout: host.stdout.text, stderr: host.stderr.text };
}

type Json = Record<string, unknown>;

/** `verify --json`: the blobs by name, each with its last line, and the summary. */
export async function verifyJson(
  world: DeliveryWorld,
  flags: readonly string[] = [],
): Promise<{ code: number; blobs: Map<string, Json>; summary: Json }> {
  const { code, stdout } = await runVerify(world, [...flags, "--json"]);
  const lines = stdout.trimEnd().split("\n");
  const values = lines.map((line) => JSON.parse(line) as Json);
  const blobs = values.filter(({ kind }) => kind === "blob");
  const summary = values.at(-1) ?? {};
  return { code, blobs: new Map(blobs.map((blob) => [String(blob["blob"]), blob])), summary };
}

/** Runs SQL on the store; the trigger that keeps the ledger append-only is taken away first, as a tamperer would. */
export function tamper(world: DeliveryWorld, sql: string, ...values: (string | number)[]): void {
  using database = new DatabaseSync(world.checkpointPath);
  database.exec("DROP TRIGGER IF EXISTS ledger_is_append_only");
  const { changes } = database.prepare(sql).run(...values);
  if (Number(changes) === 0) throw new Error(`nothing was changed by: ${sql}`);
}
