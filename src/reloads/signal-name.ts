import { constants } from "node:os";
import { z } from "zod";

export type SignalName = keyof typeof constants.signals;

/** These cannot be caught (signal(7)), so no process reads a file because of them. */
const NEVER_CAUGHT = new Set(["SIGKILL", "SIGSTOP"]);

export const signalNameSchema = z.string().transform((text, context): SignalName => {
  if (isSignal(text) && !NEVER_CAUGHT.has(text)) return text;
  const message = NEVER_CAUGHT.has(text)
    ? `${text} stops a process instead of making it read its files`
    : "must be a signal's name, such as SIGHUP";
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});

function isSignal(text: string): text is SignalName {
  return Object.hasOwn(constants.signals, text);
}
