// SPDX-License-Identifier: Apache-2.0
/**
 * Gives every property the same inputs in every run, for runs whose verdicts are compared: a mutant that only some
 * inputs kill must not live today and die tomorrow. The usual suite goes on looking for inputs nobody thought of. A
 * failure is all that is asked for, so no time goes into making it small.
 */
import fc from "fast-check";

fc.configureGlobal({ seed: 1, endOnFailure: true });
