import { printable } from "../certificate/distinguished-name.ts";
import type { GeneralName } from "../certificate/general-name.ts";
import { ipText } from "./ip-address.ts";

/** A name for people, harmless to a terminal; empty for kinds that are no text. */
export function generalNameText(name: GeneralName): readonly string[] {
  if (name.kind === "dns" || name.kind === "email" || name.kind === "uri") return [printable(name.text)];
  return name.kind === "ip" ? [ipText(name.octets)] : [];
}
