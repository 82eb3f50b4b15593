// SPDX-License-Identifier: Apache-2.0
/** What the counting proxy can do to a request of storage, and the answers that it gives by itself. */
import type { OutgoingHttpHeaders } from "node:http";

/** What happens instead of, or around, forwarding. */
export type Fault =
  /** Answers by itself, as the service does when it refuses. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly errorCode?: string;
      readonly retryAfterSeconds?: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** Instead of the error's document. */
      readonly body?: string;
    }
  /** Breaks the connection; storage never hears of the request. */
  | { readonly kind: "reset" }
  /** Storage does what was asked, but its answer is lost. */
  | { readonly kind: "lost-answer" }
  /** The connection breaks after so many bytes of the answer's body. */
  | { readonly kind: "cut"; readonly afterBytes: number }
  /** Forwards after so many milliseconds. */
  | { readonly kind: "delay"; readonly ms: number }
  /** Forwards when the promise resolves: a delay without a clock. */
  | { readonly kind: "hold"; readonly until: Promise<void> };

type OwnAnswer = Fault & { readonly kind: "status" };

/** Headers and body of an answer in the service's words. */
export function ownAnswer(fault: OwnAnswer): { headers: OutgoingHttpHeaders; body: string } {
  const { errorCode = "ServerBusy", retryAfterSeconds } = fault;
  const error = `<?xml version="1.0" encoding="utf-8"?><Error><Code>${errorCode}</Code></Error>`;
  const headers = {
    "content-type": "application/xml",
    ...(fault.status >= 400 && { "x-ms-error-code": errorCode }),
    ...(retryAfterSeconds !== undefined && { "retry-after": String(retryAfterSeconds) }),
    ...fault.headers,
  };
  return { headers, body: fault.body ?? error };
}

/** A page of a listing that holds nothing and is not the last: the emulator goes on behind any name that sorts first. */
export const EMPTY_PAGE: Fault = {
  kind: "status",
  status: 200,
  body:
    '<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="x" ContainerName="x">' +
    "<Blobs></Blobs><NextMarker>!</NextMarker></EnumerationResults>",
};
