/** `adopt --discover`: a schedule on standard output, everything else on standard error. */
import { discoveryYaml } from "./output/discovery-yaml.ts";
import { printError } from "./output/print-error.ts";
import { Terminal } from "./output/terminal.ts";
import { sayWhenSlow } from "./say-when-slow.ts";
import type { Services } from "./services.ts";

export async function showDiscovery(
  connection: string | null,
  file: string,
  services: Services,
): Promise<void> {
  const config = await services.loadConfig(file);
  const terminal = new Terminal(services);
  const heard = new AbortController();
  sayWhenSlow(terminal, heard.signal);
  const discovery = await services.discover(config, connection).finally(() => {
    heard.abort();
  });
  for (const { connection: name, error } of discovery.failures)
    printError(terminal, { ...error, message: `${name}: ${error.message}` });
  const taken = config.secrets.map(({ secret, policy }) => ({ secret, policy: policy.name }));
  services.stdout.write(discoveryYaml(discovery, taken, services.now()));
  const { issuers, targets, failures } = discovery;
  terminal.warn(
    `Found ${issuers.length} application${issuers.length === 1 ? "" : "s"} and ${targets.length} place${targets.length === 1 ? "" : "s"} that no secret of the configuration has yet.`,
  );
  if (failures.length > 0) services.setExitCode(1);
}
