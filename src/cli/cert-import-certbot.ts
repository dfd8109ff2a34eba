import type { Command } from "commander";
import type { Services } from "./services.ts";

const DETAILS = `
Prints a schedule on standard output: a secret for each certificate that certbot renews, with what certbot runs after a
renewal as comments. Changes nothing, neither here nor at certbot.

Example:
  keyturn cert import-certbot > /etc/keyturn/schedules/certbot.yaml`;

export function addCertImportCertbot(cert: Command, services: Services): void {
  cert
    .command("import-certbot")
    .description("print a schedule for the certificates that certbot renews")
    .argument("[dir]", "certbot's configuration", "/etc/letsencrypt")
    .addHelpText("after", DETAILS)
    .action(async (dir: string) => {
      const { readCertbot } = await import("./certbot/lineage.ts");
      const { scheduleYaml } = await import("./certbot/schedule-yaml.ts");
      services.stdout.write(scheduleYaml(readCertbot(dir)));
    });
}
