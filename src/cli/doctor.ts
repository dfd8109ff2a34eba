import type { Command } from "commander";
import { configOption } from "./config-option.ts";
import { collectLabel } from "./rotation-options.ts";
import { selectForRotation } from "./select-secrets.ts";
import type { Services } from "./services.ts";

const DETAILS = `
Looks at every connection, issuer, target, reload and probe, and at what keyturn
itself stands on. Sends nothing but reads, takes no lease, and exits 1 when
something failed.

  proved         it was looked at, or tried in a way that changes nothing
  inferred       it follows from what was seen, or is worth knowing
  not checkable  it could not be looked at, and why
  failed         a rotation would fail or do harm, now or soon

Examples:
  keyturn doctor
  keyturn doctor azure_secret               only what this secret uses
  keyturn doctor --json | jq '.checks[] | select(.result == "failed")'`;

interface DoctorOptions {
  readonly label?: readonly string[];
  readonly json?: true;
}

export function addDoctor(program: Command, services: Services): void {
  program
    .command("doctor")
    .description("looks at everything that a rotation needs, read-only, and says how to mend what is wrong")
    .argument("[secret...]", "only what these use")
    .option("--label <key=value>", "only what secrets with this label use; all of several", collectLabel)
    .option("--json", "print one JSON document")
    .addHelpText("after", DETAILS)
    .action(async (names: string[], options: DoctorOptions, self: Command) => {
      const config = await services.loadConfig(configOption(self, services));
      const { label } = options;
      const secrets = selectForRotation(config.secrets, names, label === undefined ? {} : { label });
      const { showDoctor } = await import("./show-doctor.ts");
      await showDoctor(config, secrets, options.json === true, services);
    });
}
