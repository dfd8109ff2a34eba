/** A fault as a patch of the source, and how it shows. */

export interface Edit {
  /** Below `src/`. */
  readonly file: string;
  /** Must stand there exactly once: a bug that cannot be planted any more proves nothing. */
  readonly find: string;
  readonly replace: string;
}

export interface Bug {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** How the violation begins that tells of it. */
  readonly shows: RegExp;
  /** Where it shows soonest; every other scenario is played too when it does not show there. */
  readonly scenario: string;
}

export function bug(
  name: string,
  scenario: string,
  shows: RegExp,
  ...edits: readonly (readonly [string, string, string])[]
): Bug {
  return { name, scenario, shows, edits: edits.map(([file, find, replace]) => ({ file, find, replace })) };
}
