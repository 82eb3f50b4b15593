// SPDX-License-Identifier: Apache-2.0
/**
 * How an event ended (pure): the HTTP status first, resultType second, resultSignature third.
 * Severity and `error.type` follow from it, so the three never disagree.
 *
 * The 401 of an `Authentication` event is no failure: every SDK sends its first request without a
 * token to learn the challenge ("This is normal when using Key Vault SDK", Azure Key Vault
 * monitoring reference). A 202 is no success yet: the job behind it goes on, and how it ends is
 * never an event of its own.
 */

/**
 * `denied`: the caller was refused (401, 403). `accepted`: begun, end unknown. `failure`: any other
 * error, the caller's or the service's.
 */
export type Outcome = "success" | "failure" | "denied" | "accepted";

/** All outcomes, for documents and tests. */
export const OUTCOMES = [
  "success",
  "failure",
  "denied",
  "accepted",
] as const satisfies readonly Outcome[];

/** The fields of an event that say how it went; undefined where absent. */
export interface OutcomeFields {
  readonly level: string | undefined;
  readonly operationName: string | undefined;
  readonly status: number | undefined;
  readonly resultType: string | undefined;
  readonly resultSignature: string | undefined;
}

/** What resultType and resultSignature say: the words that Azure writes, as it writes them. */
const WORDS: readonly (readonly [word: string, outcome: Outcome])[] = [
  ["Success", "success"],
  ["Succeeded", "success"],
  ["OK", "success"],
  ["Created", "success"],
  ["No Content", "success"],
  ["Started", "accepted"],
  ["Accepted", "accepted"],
  // In the common schema of Azure Monitor, and in the activity log.
  ["In Progress", "accepted"],
  ["Start", "accepted"],
  ["Accept", "accepted"],
  ["Active", "accepted"],
  ["Resolved", "success"],
  ["Forbidden", "denied"],
  ["Unauthorized", "denied"],
  ["Failure", "failure"],
  ["Failed", "failure"],
  ["Error", "failure"],
  ["Bad Request", "failure"],
  ["Not Found", "failure"],
  ["Conflict", "failure"],
  ["Too Many Requests", "failure"],
  ["Internal Server Error", "failure"],
  ["Service Unavailable", "failure"],
];
/** As written, which needs no new text a record, and in the form that all spellings share. */
const BY_WORD: ReadonlyMap<string, Outcome> = new Map([
  ...WORDS,
  ...WORDS.map(([word, outcome]): [string, Outcome] => [plain(word), outcome]),
]);

/** How an event ended; undefined when it says nothing about it. */
export function outcomeOf(fields: OutcomeFields): Outcome | undefined {
  const { operationName, status, resultType, resultSignature } = fields;
  if (status !== undefined && status >= 400) {
    return isChallenge(status, operationName) ? "success" : outcomeOfError(status);
  }
  if (resultType !== undefined) return outcomeOfResult(resultType, fields);
  if (status !== undefined) return status === 202 ? "accepted" : "success";
  if (resultSignature !== undefined) return outcomeOfWord(resultSignature);
  // Nobody called, so nothing was refused: the service has told what it had to tell.
  return operationName?.endsWith("EventGridNotification") === true ? "success" : undefined;
}

/** True for an outcome that calls for attention. */
export function isFailure(outcome: Outcome | undefined): boolean {
  return outcome === "failure" || outcome === "denied";
}

/**
 * `error.type` of a failed event: the HTTP status when that is the failure, else resultSignature,
 * else resultType, else `_OTHER`. Undefined when the event did not fail.
 */
export function errorTypeOf(
  fields: OutcomeFields,
  outcome: Outcome | undefined,
): string | undefined {
  const { status, resultSignature, resultType } = fields;
  if (!isFailure(outcome)) return undefined;
  if (status !== undefined && status >= 400) return String(status);
  if (resultSignature !== undefined && isFailure(outcomeOfWord(resultSignature))) {
    return resultSignature;
  }
  const isResult = resultType !== undefined && isFailure(outcomeOfWord(resultType));
  return isResult ? resultType : "_OTHER";
}

function isChallenge(status: number, operationName: string | undefined): boolean {
  return status === 401 && operationName === "Authentication";
}

function outcomeOfError(status: number): Outcome {
  return status === 401 || status === 403 ? "denied" : "failure";
}

function outcomeOfResult(resultType: string, { status, resultSignature }: OutcomeFields): Outcome {
  const outcome = outcomeOfWord(resultType);
  if (isFailure(outcome)) {
    // A good status beside a bad result: whatever went wrong, it was no refusal by HTTP.
    if (status !== undefined) return "failure";
    const isDenied = resultSignature !== undefined && outcomeOfWord(resultSignature) === "denied";
    return isDenied ? "denied" : outcome;
  }
  if (status !== undefined) return status === 202 ? "accepted" : "success";
  // resultType is `Success` on many a refused call. A word that nobody knows says nothing.
  const signed = resultSignature === undefined ? undefined : knownOutcome(resultSignature);
  return signed === undefined || signed === "success" ? outcome : signed;
}

/** What is not known to be good is a failure. */
function outcomeOfWord(word: string): Outcome {
  return knownOutcome(word) ?? "failure";
}

/** A word, or the digits of a status: the common schema allows a signature to be either. */
function knownOutcome(word: string): Outcome | undefined {
  const known = BY_WORD.get(word) ?? BY_WORD.get(plain(word));
  if (known !== undefined) return known;
  if (!/^\d{3}$/.test(word)) return undefined;
  const status = Number(word);
  if (status >= 400) return outcomeOfError(status);
  return status === 202 ? "accepted" : "success";
}

/** `In Progress` and `InProgress`, `Started` and `Started.` */
function plain(word: string): string {
  return word.toLowerCase().replaceAll(/ |\.$/g, "");
}
