// SPDX-License-Identifier: Apache-2.0
/**
 * The receiver of a run: real, on one port for the whole of it, with the answers of the present fault. Poison is refused
 * before anything else is looked at, so it can never be kept. Texts of refusals hold the marker of event content, which
 * must not turn up in a log; those of 401 do not, because they may be quoted.
 */
import { EVENT_MARKER } from "../test/support/audit-lines.ts";
import { startFakeReceiver } from "../test/support/fake-receiver.ts";
import type { FakeReceiver, ReceivedRequest } from "../test/support/fake-receiver.ts";
import { startFaultProxy } from "../test/support/fault-proxy.ts";
import type { FaultProxy } from "../test/support/fault-proxy.ts";
import type { ReceivedRecord } from "../test/support/received-records.ts";
import type { ScriptedAnswer } from "../test/support/scripted-answer.ts";
import type { PlannedFault, ReceiverFaultKind } from "./fault-plan.ts";
import { isPoison } from "./lines.ts";
import { Receipts } from "./receipts.ts";
import type { Answered } from "./receipts.ts";

interface Verdict {
  readonly answer: ScriptedAnswer;
  readonly answered: Answered;
  /** So many records, from the first, are rejected without being named. */
  readonly rejected?: number;
}

const LONG = "x".repeat(5 * 1024 * 1024);
const MARKED = new RegExp(`${EVENT_MARKER}-(\\d+)`);
const POISONED: Verdict = refusal(400, `the record ${EVENT_MARKER} is not to my taste`);
const TAKEN: Verdict = { answer: "ok", answered: "acknowledged" };

export class ChaosReceiver {
  readonly receipts = new Receipts();
  readonly network: FaultProxy;
  #receiver: FakeReceiver;
  readonly #former: FakeReceiver[] = [];
  #fault: PlannedFault<ReceiverFaultKind> | undefined;

  private constructor(receiver: FakeReceiver, network: FaultProxy) {
    this.#receiver = receiver;
    this.network = network;
  }

  static async start(): Promise<ChaosReceiver> {
    const first = await startFakeReceiver();
    const receiver = new ChaosReceiver(first, await startFaultProxy(first.port));
    receiver.#listen(first);
    return receiver;
  }

  /** What the connector is given: it leads through the proxy. */
  get url(): string {
    return `http://127.0.0.1:${this.network.port}/v1/logs`;
  }

  /** Resolves when the fault is in force; undefined ends it. */
  async setFault(fault: PlannedFault<ReceiverFaultKind> | undefined): Promise<void> {
    const wasAway = this.#fault?.kind === "away";
    this.#fault = fault;
    if (fault?.kind === "away") await this.#receiver.close();
    if (!wasAway) return;
    this.#former.push(this.#receiver);
    this.#receiver = await startFakeReceiver({ port: this.#receiver.port });
    this.#listen(this.#receiver);
  }

  /** Rejects when a client broke the protocol. */
  async close(): Promise<void> {
    await this.network.close();
    if (this.#fault?.kind !== "away") await this.#receiver.close();
  }

  #listen(receiver: FakeReceiver): void {
    receiver.script((request, records) => {
      const verdict = this.#judge(request, records);
      const { answered, rejected = 0 } = verdict;
      const isKept = answered === "acknowledged" || answered === "kept-unsaid";
      const { receipts } = this;
      if (rejected > 0) for (const uid of request.uids) receipts.uncertain.add(uid);
      receipts.note(answered, request.uids, isKept ? records.slice(rejected) : [], Date.now());
      receiver.forget();
      return verdict.answer;
    });
  }

  #judge(request: ReceivedRequest, records: readonly ReceivedRecord[]): Verdict {
    if (records.some(isRefusedForGood)) return POISONED;
    return this.#fault === undefined ? TAKEN : verdictOf(this.#fault, request, records.length);
  }
}

function isRefusedForGood({ body }: ReceivedRecord): boolean {
  const number = typeof body === "string" ? MARKED.exec(body)?.[1] : undefined;
  return number !== undefined && isPoison(Number(number));
}

function verdictOf(
  { kind, measure }: PlannedFault<ReceiverFaultKind>,
  { uncompressedBytes }: ReceivedRequest,
  records: number,
): Verdict {
  switch (kind) {
    case "503":
    case "429":
      return later(Number(kind), { "retry-after": String(1 + Math.floor(measure * 2)) });
    case "502":
      return later(502);
    case "400":
    case "422":
    case "500":
      return refusal(Number(kind), `I take nothing, least of all ${EVENT_MARKER}`);
    case "size":
      // From smaller than a large record to larger than most batches.
      return uncompressedBytes > 4_000 + measure * 60_000 ? refusal(413, EVENT_MARKER) : TAKEN;
    case "partial":
      return partly(records, measure);
    case "entries":
      return entries(records, measure);
    case "401":
      return { answer: { status: 401, body: "who are you" }, answered: "none" };
    case "login-page":
      return unread("<html><body>please log in</body></html>");
    case "long-refusal":
      return refusal(400, EVENT_MARKER + LONG);
    case "long-success":
      return unread(LONG);
    case "hang":
    case "reset":
      return { answer: kind, answered: "none" };
    case "stall-mid-body":
    case "cut-mid-body":
      return { answer: kind, answered: "kept-unsaid" };
    case "away":
      return { answer: "reset", answered: "none" };
  }
}

function refusal(status: number, body: string): Verdict {
  return { answer: { status, body }, answered: "refused" };
}

function later(status: number, headers: Readonly<Record<string, string>> = {}): Verdict {
  return { answer: { status, headers, body: EVENT_MARKER }, answered: "none" };
}

/** A 2xx that no receiver of logs gave: something in between answered, and kept nothing. */
function unread(body: string): Verdict {
  return {
    answer: { status: 200, headers: { "content-type": "text/html" }, body },
    answered: "none",
  };
}

function rejectedOf(records: number, measure: number): number {
  return 1 + Math.floor(measure * Math.min(3, records - 1));
}

function partly(records: number, measure: number): Verdict {
  const rejected = rejectedOf(records, measure);
  const partialSuccess = { rejectedLogRecords: String(rejected), errorMessage: EVENT_MARKER };
  const body = JSON.stringify({ partialSuccess });
  return {
    answer: { status: 200, headers: { "content-type": "application/json" }, body },
    answered: rejected < records ? "acknowledged" : "none",
    rejected,
  };
}

/** As Loki does: some entries are too old, the others are stored, and the answer is a 400. */
function entries(records: number, measure: number): Verdict {
  const body = `entry for stream '{${EVENT_MARKER}}' has timestamp too old`;
  const rejected = rejectedOf(records, measure);
  return { answer: { status: 400, body }, answered: "kept-unsaid", rejected };
}
