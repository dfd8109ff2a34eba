/** The secret as the application reads it: a file, or a link to one of the versions that keyturn keeps beside it. */
import { readFileSync, realpathSync } from "node:fs";
import { basename } from "node:path";

export interface HeldSecret {
  /** 0 when the file's name tells none. */
  readonly version: number;
  readonly text: string;
}

export function readSecret(path: string): HeldSecret {
  // Resolved once, so that name and content are of the same version whenever the link is switched.
  const file = realpathSync(path);
  const version = /_v([1-9]\d*)\./.exec(basename(file))?.[1];
  return { version: Number(version ?? 0), text: readFileSync(file, "utf8").trimEnd() };
}
