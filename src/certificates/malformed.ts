import { RotationError } from "../domain/errors.ts";

/** The one error of parsing: `field` says where (`extensions.subjectAltName`), `problem` what is wrong there. */
export function malformed(field: string, problem: string): RotationError {
  return new RotationError("certificate-malformed", {
    kind: "rejected",
    subject: field,
    message: `${field}: ${problem}`,
    hint: "Ask whoever issued it for a well-formed one; a file that was cut short or edited looks like this.",
  });
}
