// SPDX-License-Identifier: Apache-2.0
/** What can be wrong with a configuration, in words. Pure. Carries no secret: messages are built without them. */

/** One thing that is wrong. */
export interface ConfigProblem {
  /** Option, environment variable or key that it is about. */
  readonly name: string;
  /** Where the value came from: `--poll-interval`, `env HSM_…`, `config.yaml:12`, `default`. Empty when from nowhere. */
  readonly origin: string;
  /** What is wrong and what is expected. */
  readonly message: string;
}

/** The problem on one line. */
export function formatProblem(problem: ConfigProblem): string {
  const origin = problem.origin === "" ? "" : ` (${problem.origin})`;
  return `${problem.name}${origin}: ${problem.message}`;
}
