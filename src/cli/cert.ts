import type { Command } from "commander";
import { addCertCheck } from "./cert-check.ts";
import { addCertImportCertbot } from "./cert-import-certbot.ts";
import { addCertList } from "./cert-list.ts";
import { addCertScan } from "./cert-scan.ts";
import type { Services } from "./services.ts";

/** `cert`: certificates, whoever issues them. */
export function addCert(program: Command, services: Services): void {
  const cert = program.command("cert").description("look at certificates, and take over their renewals");
  addCertCheck(cert, services);
  addCertList(cert, services);
  addCertScan(cert, services);
  addCertImportCertbot(cert, services);
}
