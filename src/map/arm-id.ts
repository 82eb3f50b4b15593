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

/**
 * The parts of an ARM id in any case; each undefined where the text has none. Names and values take turns, so a resource
 * group may be called `providers`.
 */
export function parseArmId(resourceId: string): ArmId {
  const segments = resourceId.split("/").filter((segment) => segment !== "");
  const values = new Map<string, string | undefined>();
  let at = 0;
  for (; at < segments.length && segments[at]?.toLowerCase() !== "providers"; at += 2) {
    values.set(segments[at]?.toLowerCase() ?? "", segments[at + 1]);
  }
  return {
    subscription: values.get("subscriptions"),
    resourceGroup: values.get("resourcegroups"),
    provider: segments[at + 1],
    type: segments[at + 2],
    name: segments[at + 3],
  };
}
