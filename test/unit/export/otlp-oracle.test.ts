// SPDX-License-Identifier: Apache-2.0
// The stock exporters of OpenTelemetry are the oracle: we must encode the message that they send.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { OTLPLogExporter as StockJsonExporter } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as StockProtobufExporter } from "@opentelemetry/exporter-logs-otlp-proto";
import type { ReadableLogRecord } from "@opentelemetry/sdk-logs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decodeLogsRequest } from "../../../src/export/otlp-decoder.ts";
import { createOtlpEncoder } from "../../../src/export/otlp-encoder.ts";
import type { OtlpProtocol } from "../../../src/export/otlp-encoder.ts";
import { variedRecords } from "../../support/log-record-samples.ts";

/** `ExportResultCode.SUCCESS` of @opentelemetry/core, which is not a dependency of ours. */
const EXPORT_SUCCESS = 0;

const bodies: Buffer[] = [];
// The stock exporter sends chunked bodies, so this is not the fake receiver, which refuses them.
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    bodies.push(Buffer.concat(chunks));
    response.end();
  });
});

beforeEach(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  bodies.length = 0;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function stockBody(protocol: OtlpProtocol, records: ReadableLogRecord[]): Promise<Buffer> {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/logs`;
  const exporter =
    protocol === "http/json" ? new StockJsonExporter({ url }) : new StockProtobufExporter({ url });
  const code = await new Promise<number>((resolve) => {
    exporter.export(records, (result) => {
      resolve(result.code);
    });
  });
  await exporter.shutdown();
  expect(code).toBe(EXPORT_SUCCESS);
  return bodies[0]!;
}

describe.each<OtlpProtocol>(["http/protobuf", "http/json"])("our %s encoding", (protocol) => {
  const encoder = createOtlpEncoder(protocol);

  it("decodes to the same message as the stock exporter's", async () => {
    const stock = decodeLogsRequest(
      await stockBody(protocol, [...variedRecords]),
      encoder.contentType,
    );
    const ours = decodeLogsRequest(encoder.encode(variedRecords), encoder.contentType);
    expect(stock.kind).toBe("ok");
    expect(ours).toEqual(stock);
  });
});
