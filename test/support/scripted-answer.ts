// SPDX-License-Identifier: Apache-2.0
/** The answers that a test can script for the fake receiver, and how each is given. */
import type { ServerResponse } from "node:http";
import type { OtlpContentType } from "../../src/export/otlp-encoder.ts";

/**
 * `hang` never answers; `stall-mid-body` begins a 200 and never ends it; `reset` breaks the connection unanswered;
 * `cut-mid-body` breaks it within a 200's body.
 */
export type ScriptedAnswer =
  | "ok"
  | "hang"
  | "stall-mid-body"
  | "reset"
  | "cut-mid-body"
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Uint8Array;
    };

/** True when the receiver keeps the records. */
export function isAccepting(answer: ScriptedAnswer): boolean {
  if (typeof answer === "string") return answer !== "hang" && answer !== "reset";
  return answer.status >= 200 && answer.status <= 299;
}

export function answerWith(
  answer: ScriptedAnswer,
  response: ServerResponse,
  contentType: OtlpContentType,
): void {
  if (answer === "hang") return;
  if (answer === "reset") {
    response.socket?.resetAndDestroy();
    return;
  }
  if (answer === "stall-mid-body") {
    response.writeHead(200, { "content-type": contentType, "content-length": "100" });
    response.write("{");
    return;
  }
  if (answer === "cut-mid-body") {
    response.writeHead(200, { "content-type": contentType, "content-length": "100" });
    response.write("{", () => response.socket?.destroy());
    return;
  }
  if (answer === "ok") {
    response
      .writeHead(200, { "content-type": contentType })
      .end(contentType === "application/json" ? "{}" : "");
    return;
  }
  response.writeHead(answer.status, { "content-type": "text/plain", ...answer.headers });
  response.end(answer.body ?? "");
}
