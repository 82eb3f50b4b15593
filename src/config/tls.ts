// SPDX-License-Identifier: Apache-2.0
/**
 * Reads and checks the PEM files of the receiver's TLS. A wrong certificate must stop the program at its start: an
 * exporter that goes on without it would send audit records to an unchecked receiver, or be refused hours later.
 * Reading is a function that the caller gives; messages never hold the contents.
 */
import { createPrivateKey, X509Certificate } from "node:crypto";
import type { TlsConfig } from "./config.ts";
import type { ConfigProblem } from "./problem.ts";
import type { OptionName, OptionValues } from "./schema.ts";
import { Secret } from "./secret.ts";
import type { OriginOf } from "./storage-access.ts";

/** The text of a file, or why there is none (`ENOENT`, `EACCES`, …). */
export type FileText =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "unreadable"; readonly reason: string };

export type ReadFile = (path: string) => FileText;

type PemOption = "export.certificate" | "export.clientCertificate" | "export.clientKey";

const PEM_CHECKS: Readonly<Record<PemOption, (pem: string) => string | undefined>> = {
  "export.certificate": certificateProblem,
  "export.clientCertificate": certificateProblem,
  "export.clientKey": keyProblem,
};

/** Reads the PEM files that are named, and checks that key and certificate belong together. */
export function loadTls(
  values: OptionValues,
  originOf: OriginOf,
  readFile: ReadFile,
): { readonly tls: TlsConfig; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const add = (name: OptionName, message: string): void => {
    problems.push({ name, origin: originOf(name), message });
  };
  const load = (name: PemOption): string | undefined => {
    const path = values[name];
    if (path === undefined) return undefined;
    const file = readFile(path);
    const problem =
      file.kind === "text" ? PEM_CHECKS[name](file.text) : `cannot be read (${file.reason})`;
    if (problem !== undefined) add(name, `${JSON.stringify(path)} ${problem}`);
    return file.kind === "text" && problem === undefined ? file.text : undefined;
  };
  const ca = load("export.certificate");
  const cert = load("export.clientCertificate");
  const key = load("export.clientKey");
  if (
    values["export.clientKey"] !== undefined &&
    values["export.clientCertificate"] === undefined
  ) {
    add("export.clientKey", "is given without export.clientCertificate; give both");
  }
  if (
    values["export.clientCertificate"] !== undefined &&
    values["export.clientKey"] === undefined
  ) {
    add("export.clientCertificate", "is given without export.clientKey; give both");
  }
  if (cert !== undefined && key !== undefined && !isPair(cert, key)) {
    const certificate = `export.clientCertificate (${originOf("export.clientCertificate")})`;
    add("export.clientKey", `does not belong to ${certificate}`);
  }
  return { tls: { ca, cert, key: key === undefined ? undefined : new Secret(key) }, problems };
}

function certificateProblem(pem: string): string | undefined {
  if (!pem.includes("-----BEGIN CERTIFICATE-----")) return "holds no PEM certificate";
  try {
    new X509Certificate(pem);
    return undefined;
  } catch {
    // OpenSSL's own words ("bad base64 decode", "asn1 …") help nobody here.
    return "holds a PEM certificate that cannot be decoded";
  }
}

function keyProblem(pem: string): string | undefined {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem)) return "holds no PEM private key";
  if (/ENCRYPTED/.test(pem)) return "holds an encrypted private key; give it without passphrase";
  try {
    createPrivateKey(pem);
    return undefined;
  } catch {
    // As above; and an error about a key is better not quoted at all.
    return "holds a PEM private key that cannot be decoded";
  }
}

function isPair(cert: string, key: string): boolean {
  return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
}
