// SPDX-License-Identifier: Apache-2.0
/** Sections about what an operator can change: severity by security, names of attributes. */
import { kindOf, OPERATION_ACTIONS, OPERATION_FAMILIES } from "../../src/map/operation-kind.ts";
import { code, table } from "./markdown.ts";

/** The operations that `severity: security` raises, by action. */
export function sensitiveOperations(): string {
  const rows = OPERATION_ACTIONS.flatMap((action) => {
    const families = OPERATION_FAMILIES.filter((family) => kindOf(family, action).isSensitive);
    if (families.length === 0) return [];
    const isAll = families.length === OPERATION_FAMILIES.length;
    return [[code(action), isAll ? "everything" : families.map(code).join(", ")]];
  });
  return `With \`severity: security\` (\`HSM_AUDIT_OTEL_SEVERITY=security\`) a sensitive operation that succeeded or was accepted is
at least WARN, so that a receiver that alerts on severity needs no list of names. Nothing is ever lowered. Polls of a job's
state are not raised: one backup is polled a hundred times.

${table(["action", "raised for family"], rows)}

Raised, too, is a read of the transfer key (\`/securitydomain/upload\` with 200): whoever asks for it is about to replace the
security domain; and \`VaultAccessPolicyChangedEventGridNotification\`. Not raised is the removal of a certificate's contacts, issuers or pending requests, which destroys no
certificate, and the release of a key, which confidential machines ask for at each start.`;
}

export function overrides(): string {
  return `Names can be changed in the configuration file; the body stays as it is.

\`\`\`yaml
mapping:
  rename: { client.address: source.address, azure.properties.hsmVersion: hsm.version }
  drop: [user.email, azure.identity.issuer]
  add: { team: payments }
\`\`\`

\`rename\` and \`drop\` take the names of the tables above, of records and of the Resource, and \`azure.properties.<name>\`;
\`add\` writes a fixed text on every record. To drop \`azure.properties.<name>\` drops the fields below it, too. In the environment: \`HSM_AUDIT_OTEL_MAPPING_RENAME=client.address=source.address\`,
\`HSM_AUDIT_OTEL_MAPPING_DROP=user.email,azure.identity.issuer\`, \`HSM_AUDIT_OTEL_MAPPING_ADD=team=payments\`.

They are checked at start, all mistakes at once: a name that no attribute has, a new name that another attribute has or that
is given twice. \`log.record.uid\` and \`service.name\` keep their names: receivers tell a repeat by the one and file records
under the other.`;
}
