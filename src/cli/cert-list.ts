import type { Command } from "commander";
import { configOption } from "./config-option.ts";
import type { Services } from "./services.ts";

const DETAILS = `
Looks at all that \`scans\` of the schedules name, or at the targets that are given (as for \`cert check\`), and lists the
certificates by when they expire: which files, servers and swarm configs have each, and which secret keeps it there.

Examples:
  keyturn cert list
  keyturn cert list /etc/nginx/tls shop.example.com:443
  keyturn cert list --json | jq '.certificates[] | select(.daysLeft < 14)'`;

interface CertListOptions {
  readonly all?: true;
  readonly json?: true;
}

export function addCertList(cert: Command, services: Services): void {
  cert
    .command("list")
    .description("list certificates by when they expire, and who has them")
    .argument("[target...]", "instead of what the scans name")
    .option("--all", "CA certificates too")
    .option("--json", "print one JSON document")
    .addHelpText("after", DETAILS)
    .action(async (targets: string[], options: CertListOptions, command: Command) => {
      const config = await services.loadConfig(configOption(command, services));
      const { listCertificates } = await import("./list-certificates.ts");
      await listCertificates(config, targets, options, services);
    });
}
