// SPDX-License-Identifier: Apache-2.0
/** Runs the real command line program in a process of its own, with the probe loaded beside it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Readable } from "node:stream";
import type { CompiledSources } from "./compiled-sources.ts";
import type { ProbeReport } from "./connector-probe.ts";

export interface ConnectorRun {
  readonly command: "once" | "run";
  readonly sources: CompiledSources;
  readonly connectionString: string;
  readonly endpoint: string;
  readonly inFlight: number;
  /** Sends SIGTERM after that; undefined waits for the end. */
  readonly stopWhen?: Promise<void> | undefined;
  /** More of the environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly profileDirectory?: string | undefined;
}

/** Runs one command with a store of its own; rejects when it fails in another way than by our stop. */
export async function runConnector(run: ConnectorRun): Promise<ProbeReport> {
  const directory = await mkdtemp(join(tmpdir(), "hsm-audit-otel-bench-"));
  try {
    return await runIn(directory, run);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function runIn(directory: string, run: ConnectorRun): Promise<ProbeReport> {
  const { cliPath, probePath } = run.sources;
  const profile = run.profileDirectory;
  const nodeFlags = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
  const child = spawn(
    process.execPath,
    [...nodeFlags, "--import", probePath, cliPath, run.command],
    {
      env: environment(directory, run),
      stdio: ["ignore", "ignore", "pipe", "pipe"],
    },
  );
  const report = text(child.stdio[3] as Readable);
  const log = text(child.stderr as Readable);
  const exited = once(child, "exit") as Promise<[number | null]>;
  if (run.stopWhen !== undefined) {
    await Promise.race([exited, run.stopWhen]);
    child.kill("SIGTERM");
  }
  const [code] = await exited;
  const isExpected = code === 0 || (run.stopWhen !== undefined && code === 3);
  if (!isExpected) throw new Error(`the connector ended with ${String(code)}: ${await log}`);
  return JSON.parse(await report) as ProbeReport;
}

function environment(directory: string, run: ConnectorRun): NodeJS.ProcessEnv {
  const inFlight = String(run.inFlight);
  return {
    PATH: process.env["PATH"],
    NODE_OPTIONS: process.env["BENCH_NODE_OPTIONS"],
    AZURE_STORAGE_CONNECTION_STRING: run.connectionString,
    OTEL_EXPORTER_OTLP_ENDPOINT: run.endpoint,
    HSM_AUDIT_OTEL_CHECKPOINT_PATH: join(directory, "checkpoint.sqlite"),
    HSM_AUDIT_OTEL_START: "beginning",
    HSM_AUDIT_OTEL_MAX_IN_FLIGHT: inFlight,
    HSM_AUDIT_OTEL_MAX_IN_FLIGHT_PER_RESOURCE: inFlight,
    HSM_AUDIT_OTEL_SHUTDOWN_GRACE: "0s",
    HSM_AUDIT_OTEL_LOG_LEVEL: "warn",
    ...run.env,
  };
}
