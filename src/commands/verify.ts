// SPDX-License-Identifier: Apache-2.0
/**
 * `verify`: reads every settled byte again and proves the ledger. It writes nothing, takes no lock, and may run beside
 * `run`. What is found stands on stdout as it is found; on a terminal, progress renews itself on stderr.
 */
import { ConnectorError, isCancelled } from "../errors.ts";
import { proveLedger } from "../ledger-proof.ts";
import type { BlobProof, ProofStep } from "../ledger-proof.ts";
import type { AuditedResource } from "../model.ts";
import { formatBytes, formatCount, formatDuration } from "../simulate/amounts.ts";
import { visibleText } from "../telemetry/visible-text.ts";
import { ProofTotals } from "../verify/proof-totals.ts";
import { EXIT } from "./command.ts";
import type { Command, CommandContext } from "./command.ts";
import { configure } from "./configure.ts";
import { readVerifyFlags } from "./verify-flags.ts";
import { openVerification } from "./verify-parts.ts";
import { blobJson, faultJson, lineOf, summaryJson, summaryText, tableOf } from "./verify-report.ts";

/** Rows of a table before it is printed and another one begins. */
const TABLE_ROWS = 200;
const PROGRESS_MS = 100;

/** Exit code 0 when all is proven, 1 on a difference or where something could not be read, 2 for wrong flags. */
export const verify: Command = async (context) => {
  const loaded = await configure(context, { storage: true });
  if (loaded === undefined) return EXIT.badConfig;
  const options = readVerifyFlags(context.flags, context.clock.now());
  const names = new Set<string>();
  const selects = (resource: AuditedResource): boolean => {
    names.add(resource.name);
    return options.selects(resource);
  };
  const parts = await openVerification(context, loaded.config, { ...options, selects });
  const report = new Report(context);
  try {
    const onRead = (bytes: number): void => {
      report.read(bytes);
    };
    for await (const step of proveLedger({ ...parts, onRead })) await report.take(step);
    if (options.resource !== undefined && report.isEmpty) {
      await report.flush();
      throw noSuchResource(options.resource, names);
    }
    return (await report.end()) ? EXIT.ok : EXIT.fault;
  } catch (reason) {
    // Nobody reads any more (`| head`): there is nobody to tell, and nothing is proven.
    if (isCancelled(reason) && context.stdout.closed.aborted) return EXIT.fault;
    throw reason;
  } finally {
    await report.clear();
    await parts.archive.close();
  }
};

function noSuchResource(wanted: string, names: ReadonlySet<string>): ConnectorError {
  const known =
    names.size === 0 ? "there are none" : `there are ${[...names].slice(0, 20).join(", ")}`;
  return new ConnectorError(
    "CONFIG_INVALID",
    `--resource: no resource matches "${wanted}"; ${known}`,
  );
}

class Report {
  readonly #context: CommandContext;
  readonly #isJson: boolean;
  readonly #startedAtMs: number;
  readonly #totals = new ProofTotals();
  #resource = "";
  #rows: BlobProof[] = [];
  #bytes = 0;
  #blobs = 0;
  #shownAtMs = -Infinity;
  /** No resource was looked at, and nothing failed either. */
  isEmpty = true;

  constructor(context: CommandContext) {
    this.#context = context;
    this.#isJson = context.flags["json"] === true;
    this.#startedAtMs = context.clock.now();
  }

  async take(step: ProofStep): Promise<void> {
    this.isEmpty = false;
    switch (step.kind) {
      case "resource":
        await this.flush();
        this.#resource = step.resource.name;
        return;
      case "fault":
        this.#totals.faults++;
        await this.flush();
        await this.#fault(step.message);
        return;
      case "blob":
        this.#totals.add(step.proof.claim, step.proof.verdict);
        this.#blobs++;
        await this.#blob(step.proof);
        this.#show();
    }
  }

  read(bytes: number): void {
    this.#bytes += bytes;
    this.#show();
  }

  /** Prints the rows that wait for their table. */
  async flush(): Promise<void> {
    if (this.#rows.length === 0) return;
    const rows = this.#rows;
    this.#rows = [];
    await this.#say(tableOf(this.#resource, rows, this.#context.stdout.colors));
  }

  /** Prints the sums; true when all is proven. */
  async end(): Promise<boolean> {
    await this.flush();
    const tookMs = this.#context.clock.now() - this.#startedAtMs;
    const took = `${formatBytes(this.#bytes)} read in ${formatDuration(tookMs)}`;
    await this.#say(
      this.#isJson
        ? summaryJson(this.#totals, tookMs)
        : summaryText(this.#totals, took, this.#context.stdout),
    );
    return this.#totals.isProven;
  }

  /** Removes the live line. */
  async clear(): Promise<void> {
    if (!this.#isLive || this.#shownAtMs === -Infinity) return;
    this.#shownAtMs = -Infinity;
    await this.#context.stderr.write("\r\u001b[2K");
  }

  async #blob(proof: BlobProof): Promise<void> {
    const { stdout } = this.#context;
    if (this.#isJson) await this.#say(blobJson(proof));
    else if (!stdout.isTty) await this.#say(lineOf(proof, stdout.colors));
    else if (this.#rows.push(proof) >= TABLE_ROWS) await this.flush();
  }

  async #fault(message: string): Promise<void> {
    const { colors } = this.#context.stdout;
    await this.#say(
      this.#isJson ? faultJson(message) : `${colors.red("✗")} fault: ${visibleText(message)}\n`,
    );
  }

  async #say(text: string): Promise<void> {
    await this.clear();
    await this.#context.stdout.write(text);
  }

  get #isLive(): boolean {
    return this.#context.stderr.isTty;
  }

  /** Writes never reject, and a late line holds up nothing. */
  #show(): void {
    const { clock, stderr } = this.#context;
    if (!this.#isLive || clock.now() - this.#shownAtMs < PROGRESS_MS) return;
    this.#shownAtMs = clock.now();
    const { differing } = this.#totals;
    const found = differing === 0 ? "" : `, ${formatCount(differing)} differ`;
    const done = `${formatCount(this.#blobs)} blobs, ${formatBytes(this.#bytes)}${found}`;
    const line = `${done}: ${visibleText(this.#resource)}`.slice(0, (stderr.columns ?? 80) - 1);
    void stderr.write(`\r\u001b[2K${line}`);
  }
}
