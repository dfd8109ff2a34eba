/** `doctor`: all findings, for people or as one document. */
import type { LoadedConfig } from "../config/config.ts";
import type { SecretName } from "../domain/version.ts";
import { Terminal } from "./output/terminal.ts";
import { sayWhenSlow } from "./say-when-slow.ts";
import type { Services } from "./services.ts";

export async function showDoctor(
  config: LoadedConfig,
  secrets: readonly SecretName[] | null,
  json: boolean,
  services: Services,
): Promise<void> {
  const terminal = new Terminal(services);
  const heard = new AbortController();
  if (!json) sayWhenSlow(terminal, heard.signal);
  const checks = await services.doctor(config, secrets).finally(() => {
    heard.abort();
  });
  if (checks.some(({ result }) => result === "failed")) services.setExitCode(1);
  if (json) return terminal.json({ checks });
  const { printChecks } = await import("./output/print-checks.ts");
  printChecks(terminal, checks);
}
