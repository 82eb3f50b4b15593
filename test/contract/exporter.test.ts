// SPDX-License-Identifier: Apache-2.0
import type { AttemptOutcome, EncodedRequest, ExportTransport } from "../../src/export/exporter.ts";
import { createOtlpEncoder } from "../../src/export/otlp-encoder.ts";
import { createOtlpHttpTransport } from "../../src/export/otlp-http-transport.ts";
import { createRequestEncoder } from "../../src/export/request-encoder.ts";
import { createRetryingExporter } from "../../src/export/retrying-exporter.ts";
import type { RetryingExporter } from "../../src/export/retrying-exporter.ts";
import { startFakeReceiver } from "../support/fake-receiver.ts";
import type { ScriptedAnswer } from "../support/scripted-answer.ts";
import { delivered, FakeTransport, faulty, refused, retryable } from "../support/fake-transport.ts";
import { recordsWithUids } from "../support/log-record-samples.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { describeExporterContract } from "./exporter.contract.ts";
import type { ContractAnswer, ExporterUnderTest } from "./exporter.contract.ts";

const encoder = createOtlpEncoder("http/protobuf");
const requests = createRequestEncoder({
  encoder,
  compression: "gzip",
  gzipLevel: 1,
});
let made = 0;
const makeRequest = (): Promise<EncodedRequest> =>
  requests.encode(recordsWithUids(2, `request-${++made}`).map(encoder.encodeRecord));

function retrying(transport: ExportTransport, clock: ManualClock): RetryingExporter {
  const ignored = (): void => undefined;
  const events = {
    exportRetried: ignored,
    receiverFaulted: ignored,
    receiverRecovered: ignored,
  };
  return createRetryingExporter({ transport, clock, events, random: () => 1 });
}

const OUTCOMES: Readonly<Record<Exclude<ContractAnswer, "hang">, AttemptOutcome>> = {
  delivered,
  partial: { kind: "partial", status: 200, rejectedCount: 1, message: "why" },
  refused: refused(),
  retryable: retryable(),
  "receiver-fault": faulty(),
};

function overFakeTransport(): Promise<ExporterUnderTest> {
  const clock = new ManualClock();
  const fake = new FakeTransport();
  let script: readonly ContractAnswer[] = [];
  const transport: ExportTransport = {
    send: (request, signal) => {
      const sending = fake.send(request, signal);
      const [answer = "delivered", ...rest] = script;
      if (signal.aborted) return sending;
      script = rest;
      if (answer !== "hang") fake.attempts.at(-1)?.answer(OUTCOMES[answer]);
      return sending;
    },
    close: () => fake.close(),
  };
  return Promise.resolve({
    exporter: retrying(transport, clock),
    clock,
    script: (answers) => {
      script = answers;
    },
    arrived: () => fake.attempts.map(({ request }) => Buffer.from(request.body).toString("hex")),
    dispose: () => Promise.resolve(),
  });
}

const ANSWERS: Readonly<Record<ContractAnswer, ScriptedAnswer>> = {
  delivered: "ok",
  partial: {
    status: 200,
    body: '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"why"}}',
  },
  refused: { status: 400, body: "no" },
  retryable: { status: 503 },
  "receiver-fault": { status: 401 },
  hang: "hang",
};

async function overHttp(): Promise<ExporterUnderTest> {
  const clock = new ManualClock();
  const receiver = await startFakeReceiver();
  const transport = createOtlpHttpTransport({
    url: receiver.url,
    contentType: "application/x-protobuf",
    headers: {},
    version: "0.0.0",
    timeoutMs: 10_000,
    maxConnections: 4,
    clock,
  });
  return {
    exporter: retrying(transport, clock),
    clock,
    script: (answers) => {
      receiver.script(answers.map((answer) => ANSWERS[answer]));
    },
    arrived: () => receiver.requests.map((request) => request.wireSha256),
    dispose: () => receiver.close(),
  };
}

describeExporterContract(
  "the retrying exporter over a fake transport",
  overFakeTransport,
  makeRequest,
);
describeExporterContract("the retrying exporter over HTTP", overHttp, makeRequest);
