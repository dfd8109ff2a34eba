import type { Instant } from "../../domain/time.ts";
import { SECOND_MS } from "../../domain/time.ts";
import type { Certificate } from "../certificate/certificate.ts";
import { EXTENSION } from "../certificate/extension-ids.ts";
import { nameOf } from "../certificate/read-extensions.ts";
import { isStrongScheme } from "../rules/key-rules.ts";
import type { RevocationList } from "./revocation-list.ts";

const PROCESSED: ReadonlySet<string> = new Set([EXTENSION.issuingDistributionPoint]);

/** Why a list cannot be used for this certificate, its signature aside; `undefined` when it can. */
export function listProblem(list: RevocationList, certificate: Certificate, at: Instant): string | undefined {
  return (
    formProblem(list) ?? timeProblem(list, at) ?? extensionProblem(list) ?? scopeProblem(list, certificate)
  );
}

/** RFC 5280 section 5.1. */
function formProblem(list: RevocationList): string | undefined {
  if (list.version !== 2) return "it is not of version 2";
  if (Buffer.compare(list.innerAlgorithm.whole, list.signatureAlgorithm.whole) !== 0)
    return "it names two signature algorithms";
  if (!isStrongScheme(list.signatureAlgorithm)) return "its signature algorithm is too weak";
  if (list.nextUpdate === undefined) return "it does not say when the next one comes";
  return undefined;
}

function timeProblem({ thisUpdate, nextUpdate }: RevocationList, at: Instant): string | undefined {
  const second = Math.floor(at / SECOND_MS) * SECOND_MS;
  if (!thisUpdate.isRightType || nextUpdate?.isRightType === false)
    return "a time is written in the type for other years";
  if (second < thisUpdate.at) return "it is from later";
  return nextUpdate !== undefined && second > nextUpdate.at ? "it is out of date" : undefined;
}

/** RFC 5280 section 5.2. */
function extensionProblem({ extensions, unknownEntryExtension }: RevocationList): string | undefined {
  const has = (id: string) => extensions.some((extension) => extension.id === id);
  if (has(EXTENSION.deltaCrlIndicator)) return "it is a delta list, which is not supported";
  const unknown = extensions.find(({ id, critical }) => critical && !PROCESSED.has(id));
  if (unknown !== undefined) return `its critical extension ${nameOf(unknown.id)} is not processed`;
  if (unknownEntryExtension !== undefined)
    return unknownEntryExtension === "certificateIssuer"
      ? "it is an indirect list, which is not supported"
      : `its critical entry extension ${unknownEntryExtension} is not processed`;
  const isOpen = extensions.some(
    ({ id, critical }) => id === EXTENSION.issuingDistributionPoint && !critical,
  );
  if (isOpen) return "its issuing distribution point is not critical";
  if (new Set(extensions.map(({ id }) => id)).size < extensions.length) return "it has an extension twice";
  if (!has(EXTENSION.crlNumber)) return "it has no number";
  return has(EXTENSION.authorityKeyIdentifier) ? undefined : "it has no authority key identifier";
}

/** RFC 5280 section 6.3.3 (b)(2). */
function scopeProblem({ scope }: RevocationList, { known }: Certificate): string | undefined {
  if (scope === undefined) return undefined;
  if (scope.unsupported !== undefined) return `${scope.unsupported}, which is not supported`;
  const isAuthority = known.basicConstraints?.ca === true;
  if (isAuthority ? scope.usersOnly : scope.authoritiesOnly) return "it does not cover such certificates";
  const { revocationUris: points = [] } = known;
  const isElsewhere = points.length > 0 && !points.some((uri) => scope.uris.includes(uri));
  return scope.uris.length > 0 && isElsewhere ? "it is for another distribution point" : undefined;
}
