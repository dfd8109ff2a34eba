import { resolve } from "node:path";
import type { Command } from "commander";
import { configOption } from "./config-option.ts";
import { claimedActor } from "./observed-work.ts";
import { errorRow, printError } from "./output/print-error.ts";
import { Terminal } from "./output/terminal.ts";
import type { Rekeyed, Services } from "./services.ts";

interface RekeyOptions {
  readonly newKey?: string;
  readonly wait?: true;
  readonly json?: true;
}

const DETAILS = `
Seals everything in the journal anew, then replaces the key's file; the old key opens nothing afterwards. A crash at any
point leaves a journal that the next start opens and finishes by itself. Where keyturn cannot replace the file (a systemd
credential, a container's secret), make a key yourself, give it with --new-key, and put it in place of the old one
afterwards: until keyturn has started with it, both keys open the journal.

What was copied earlier still opens with the old key: keep that as long as such a copy, or make a new one and remove both.

Examples:
  keyturn rekey
  (umask 077; openssl rand -base64 32 > /root/new.key); keyturn rekey --new-key /root/new.key`;

export function addRekey(program: Command, services: Services): void {
  program
    .command("rekey")
    .description("seal the journal with a new key, and replace the old one's file")
    .option("--new-key <file>", "take this key instead of making one")
    .option("--wait", "wait while another keyturn process is at work")
    .option("--json", "print one JSON document")
    .addHelpText("after", DETAILS)
    .action((options: RekeyOptions, command: Command) => rekey(options, command, services));
}

async function rekey(options: RekeyOptions, command: Command, services: Services): Promise<void> {
  const config = await services.loadConfig(configOption(command, services));
  const newKeyFile = options.newKey === undefined ? null : resolve(options.newKey);
  const actor = claimedActor(services);
  const done = await services.rekey(config, { newKeyFile, actor, wait: options.wait === true });
  const terminal = new Terminal(services);
  if (options.json === true) tellAsJson(terminal, done);
  else tell(terminal, done, config.sealKeyFile, newKeyFile);
  for (const alert of [done.unfinished, done.untold])
    if (alert !== null) printError(terminal, alert, "alert");
  // Where keyturn cannot replace the file, that it is the caller's turn now is no failure.
  if (done.untold !== null || done.unfinished?.kind === "transient") services.setExitCode(1);
}

function tellAsJson(terminal: Terminal, { from, to, dataKeys, unfinished }: Rekeyed): void {
  const why = unfinished === null ? {} : { unfinished: errorRow(unfinished) };
  terminal.json({ from, to, dataKeys, finished: unfinished === null, ...why });
}

function tell(terminal: Terminal, done: Rekeyed, path: string, newKeyFile: string | null): void {
  const { dataKeys, unfinished } = done;
  const keys = dataKeys === 1 ? "the key of 1 version" : `the keys of ${dataKeys} versions`;
  terminal.print(`sealed ${keys} anew`);
  if (unfinished !== null) return;
  terminal.print(`${path} holds the new key; the old one opens nothing any more.`);
  terminal.print(
    "Keep a copy of the new key elsewhere, and make a new back-up: earlier ones need the old key.",
  );
  if (newKeyFile !== null) terminal.print(`${newKeyFile} is not needed any more.`);
}
