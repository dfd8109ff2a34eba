import type { RotationError } from "../../domain/errors.ts";
import { refusedFile } from "../../connections/file-system/file-failure.ts";

export function unsayable(name: string): RotationError {
  return refusedFile(
    `the version's content cannot be written as ${name}: it is no UTF-8 text, or has characters that readers drop`,
    "Rotate to a text, or deliver it as a file of its own (target `file`).",
  );
}
