// SPDX-License-Identifier: Apache-2.0
/**
 * Rows of the option table: the OTLP receiver. The names in the environment are OpenTelemetry's own and keep their
 * meaning (opentelemetry.io/docs/specs/otel/protocol/exporter, read August 2026); the variable with `LOGS` in it wins.
 * One default differs: requests are compressed, because audit JSON shrinks to about a tenth and every server must
 * accept gzip.
 */
import { option, optional } from "./option.ts";
import { endpointUrl } from "./url-types.ts";
import { duration, oneOf, text } from "./value-types.ts";
import { headerList } from "./key-value-list.ts";

/** Both standard variables for one setting, the logs one first. */
function standard(name: string): readonly string[] {
  return [`OTEL_EXPORTER_OTLP_LOGS_${name}`, `OTEL_EXPORTER_OTLP_${name}`];
}

/** The receiver, and how to speak to it. */
export const RECEIVER_OPTIONS = {
  "export.endpoint": option(endpointUrl(), "http://localhost:4318", {
    env: ["OTEL_EXPORTER_OTLP_ENDPOINT"],
    isUrl: true,
    doc: "Base URL of the OTLP/HTTP receiver; v1/logs is appended.",
  }),
  "export.logsEndpoint": optional(endpointUrl(), {
    env: ["OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"],
    isUrl: true,
    doc: "Whole URL for logs, used as it is. Wins over endpoint where both are given in the same place.",
  }),
  "export.protocol": option(
    oneOf(["http/protobuf", "http/json"], {
      grpc: "this program speaks OTLP over HTTP; use http/protobuf and the receiver's HTTP port (usually 4318, not 4317)",
    }),
    "http/protobuf",
    { env: standard("PROTOCOL"), doc: "Encoding of requests." },
  ),
  "export.headers": optional(headerList(), {
    env: standard("HEADERS"),
    mergesEnv: true,
    isSecret: true,
    doc: "Headers of every request. Environment: name=value,name=value with percent-encoded values; both variables are merged. File: a map.",
  }),
  "export.compression": option(oneOf(["gzip", "none"]), "gzip", {
    env: standard("COMPRESSION"),
    doc: "Compression of requests. Unlike the OpenTelemetry default (none) it is gzip unless said otherwise.",
  }),
  "export.timeout": option(duration("100ms", "10m"), "10s", {
    env: standard("TIMEOUT"),
    envUnit: "ms",
    doc: "Longest wait for the answer to one request. A bare number in the environment is milliseconds, as the standard says.",
  }),
  "export.certificate": optional(text("path", "the path of a PEM file"), {
    env: standard("CERTIFICATE"),
    doc: "PEM file with the certificate authorities that the receiver's certificate is checked against.",
  }),
  "export.clientCertificate": optional(text("path", "the path of a PEM file"), {
    env: standard("CLIENT_CERTIFICATE"),
    doc: "PEM file with our certificate, for receivers that ask for one.",
  }),
  "export.clientKey": optional(text("path", "the path of a PEM file"), {
    env: standard("CLIENT_KEY"),
    doc: "PEM file with the private key of clientCertificate.",
  }),
} as const;
