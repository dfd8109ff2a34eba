import { RotationError } from "../../domain/errors.ts";

/** What nodemailer and Node's sockets give. */
export interface NotifyFailure {
  readonly code?: unknown;
  readonly responseCode?: unknown;
}

/** Only codes are told: a server's words may repeat what was sent to it. */
export function notNotified(
  channel: string,
  where: string,
  { code, responseCode }: NotifyFailure,
): RotationError {
  const codes = [code, responseCode].filter((each) => typeof each === "string" || typeof each === "number");
  return new RotationError("not-notified", {
    kind: "transient",
    subject: channel,
    message: `the channel ${channel} could not deliver to ${where} (${codes.join(", ") || "no code"})`,
    hint: `Check notify.${channel} in keyturn.yaml, and that ${where} can be reached.`,
  });
}
