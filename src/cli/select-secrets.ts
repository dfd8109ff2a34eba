/** Which secrets a command line means. */
import { RotationError } from "../domain/errors.ts";
import type { SecretPolicy } from "../domain/policy.ts";
import type { SecretName } from "../domain/version.ts";

/** What a secret can be asked for by. */
export type Selectable = Pick<SecretPolicy, "secret" | "labels">;

/** The named ones in the order of the configuration; all when none is named. Throws `unknown-secret`. */
export function named<T extends Selectable>(all: readonly T[], names: readonly string[]): readonly T[] {
  const known = new Set(all.map(({ secret }) => secret));
  const unknown = names.find((name) => !known.has(name));
  if (unknown !== undefined) throw unknownSecret(unknown, [...known]);
  return names.length === 0 ? all : all.filter(({ secret }) => names.includes(secret));
}

export interface Selection {
  readonly all?: true;
  readonly label?: readonly string[];
  readonly now?: true;
}

/**
 * For `rotate`; null means all that are configured. With `--now`, more than one must be asked
 * for in so many words.
 */
export function selectForRotation(
  policies: readonly Selectable[],
  names: readonly string[],
  { all, label = [], now }: Selection,
): readonly SecretName[] | null {
  const ways = [names.length > 0, label.length > 0, all === true].filter(Boolean).length;
  if (ways > 1) throw usage("names, --label and --all exclude one another", "Give one of them.");
  if (now === true && ways === 0 && policies.length > 1)
    throw usage("--now needs to be told what to rotate", "Name secrets, or give --label or --all.");
  if (names.length > 0) return named(policies, names).map(({ secret }) => secret);
  if (label.length === 0) return null;
  const wanted = label.map(parseLabel);
  const found = policies.filter(({ labels }) => wanted.every(([key, value]) => labels[key] === value));
  if (found.length === 0) {
    throw new RotationError("unknown-secret", {
      kind: "rejected",
      message: `no secret has the label ${label.join(" and ")}`,
      hint: "Labels stand under `labels:` of each secret.",
    });
  }
  return found.map(({ secret }) => secret);
}

function parseLabel(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw usage(`\`${text}\` is not a label`, "Write --label key=value.");
  return [text.slice(0, at), text.slice(at + 1)];
}

function unknownSecret(name: string, known: readonly string[]): RotationError {
  const list = known.slice(0, 10).join(", ") + (known.length > 10 ? ", …" : "");
  const hint =
    known.length === 0 ? "No secret is configured; see `keyturn config check`." : `Configured are: ${list}.`;
  return new RotationError("unknown-secret", {
    kind: "rejected",
    message: `there is no secret \`${name}\``,
    hint,
  });
}

function usage(message: string, hint: string): RotationError {
  return new RotationError("usage", { kind: "rejected", message, hint });
}
