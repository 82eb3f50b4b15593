// SPDX-License-Identifier: Apache-2.0
/** The parts of an Azure resource id (pure): in any case, as they are written. */
import type { AuditedResource } from "../model.ts";

export interface ArmId {
  readonly subscription: string | undefined;
  readonly resourceGroup: string | undefined;
  readonly provider: string | undefined;
  readonly type: string | undefined;
  readonly name: string | undefined;
}

/** The parts as the folder of a blob names them. */
export function armIdOf(audited: AuditedResource): ArmId {
  const { subscriptionId, resourceGroup, provider, type, name } = audited;
  return { subscription: subscriptionId, resourceGroup, provider, type, name };
}

/** The parts of an ARM id in any case; each undefined where the text has none. */
export function parseArmId(resourceId: string): ArmId {
  const segments = resourceId.split("/");
  const valueAfter = (name: string): string | undefined => {
    const at = segments.findIndex((segment) => segment.toLowerCase() === name);
    return at < 0 ? undefined : nonEmpty(segments[at + 1]);
  };
  const providers = segments.findIndex((segment) => segment.toLowerCase() === "providers");
  const at = providers < 0 ? segments.length : providers;
  return {
    subscription: valueAfter("subscriptions"),
    resourceGroup: valueAfter("resourcegroups"),
    provider: nonEmpty(segments[at + 1]),
    type: nonEmpty(segments[at + 2]),
    name: nonEmpty(segments[at + 3]),
  };
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
