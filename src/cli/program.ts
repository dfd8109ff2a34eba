/** The command line as a whole. Commands load what they need when they run: `status` must start fast. */
import { Command, CommanderError, Option } from "commander";
import { asRotationError, RotationError } from "../domain/errors.ts";
import { addAdopt } from "./adopt.ts";
import { addBackup } from "./backup.ts";
import { addCert } from "./cert.ts";
import { addCompletion } from "./completion.ts";
import { addConfig } from "./config.ts";
import { addDoctor } from "./doctor.ts";
import { addDaemon } from "./daemon.ts";
import { addExplain } from "./explain.ts";
import { exitCodeOfError, type ExitCode } from "./exit-code.ts";
import { addHistory } from "./history.ts";
import { addInit } from "./init.ts";
import { errorRow, printError } from "./output/print-error.ts";
import { Terminal } from "./output/terminal.ts";
import { addLockdown } from "./lockdown.ts";
import { addPlan } from "./plan.ts";
import { addMan } from "./man.ts";
import { addRekey } from "./rekey.ts";
import { addRecover } from "./recover.ts";
import { addResolve } from "./resolve.ts";
import { addRetire } from "./retire.ts";
import { addRollback } from "./rollback.ts";
import { addRotate } from "./rotate.ts";
import type { Services } from "./services.ts";
import { addShow } from "./show.ts";
import { addStatus } from "./status.ts";

const LOG_LEVELS = ["debug", "info", "warn", "error"];

const EXAMPLES = `
Examples:
  keyturn init /etc/keyturn                 write a configuration to start from
  keyturn config check                      say everything that is wrong with it
  keyturn doctor                            say what would keep a rotation from working
  keyturn plan                              what a rotation would do now, and to whom
  keyturn rotate --now azure_secret         rotate one secret, whatever its age
  keyturn rotate                            rotate what is due, retire what is past its overlap
  keyturn status                            every secret on one page
  keyturn show RUN                          every step of one run

Exit codes: 0 done, 1 failed and rolled back, 2 usage or configuration,
            3 needs an operator, 4 refused before it began`;

export function buildProgram(services: Services): Command {
  const program = new Command("keyturn")
    .description(
      "Rotates secrets so that nothing is lost: every step is journaled, verified and can be undone.",
    )
    .version(services.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help for a command")
    .addOption(
      new Option(
        "-c, --config <file>",
        "configuration; else $KEYTURN_CONFIG, else /etc/keyturn/keyturn.yaml",
      ),
    )
    .addOption(
      new Option("--log <level>", "also log every journal entry to stderr, as JSON lines").choices(
        LOG_LEVELS,
      ),
    )
    .helpCommand("help [command]", "show help for a command")
    .addHelpText("after", EXAMPLES)
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void services.stdout.write(text),
      writeErr: (text) => void services.stderr.write(text),
      getOutHelpWidth: () => (services.stdout.isTTY ? Math.min(100, services.stdout.columns) : 80),
      getErrHelpWidth: () => 80,
      outputError: () => {},
    });
  for (const add of [
    addInit,
    addConfig,
    addDoctor,
    addPlan,
    addRotate,
    addStatus,
    addHistory,
    addShow,
    addRecover,
    addResolve,
    addRetire,
    addRollback,
    addAdopt,
    addBackup,
    addRekey,
    addLockdown,
    addCert,
    addDaemon,
    addExplain,
    addCompletion,
    addMan,
  ])
    add(program, services);
  for (const command of allCommands(program)) command.copyInheritedSettings(program).exitOverride();
  return program;
}

/** Runs one command line to its end. Never throws; the exit code is set through `services`. */
export async function runProgram(services: Services, argv: readonly string[]): Promise<void> {
  for (const stream of [services.stdout, services.stderr]) stream.on("error", ignoreClosedPipe);
  try {
    await buildProgram(services).parseAsync([...argv], { from: "user" });
  } catch (thrown) {
    services.setExitCode(report(thrown, services, argv));
  }
}

/** Whoever reads our output may have seen enough. A rotation goes on without its reader. */
function ignoreClosedPipe(error: Error & { readonly code?: string }): void {
  if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") throw error;
}

function report(thrown: unknown, services: Services, argv: readonly string[]): ExitCode {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
  const error = thrown instanceof CommanderError ? usageError(thrown) : asRotationError(thrown);
  const terminal = new Terminal(services);
  printError(terminal, error);
  if (error.code !== "usage" && argv.includes("--json"))
    terminal.json({ type: "error", error: errorRow(error) });
  return exitCodeOfError(error, 1);
}

function usageError({ code, message }: CommanderError): RotationError {
  // Commander has printed the help that lists the commands.
  if (code === "commander.help") return usage("a command is missing", "Give one of the commands above.");
  const [first = "", ...rest] = message.replace(/^error: /, "").split("\n");
  const suggestion = /\(Did you mean (.*)\?\)/.exec(rest.join(" "))?.[1];
  const hint = suggestion === undefined ? "See `keyturn --help`." : `Did you mean \`${suggestion}\`?`;
  return usage(first, hint);
}

function usage(message: string, hint: string): RotationError {
  return new RotationError("usage", { kind: "rejected", message, hint });
}

function allCommands(command: Command): readonly Command[] {
  return command.commands.flatMap((child) => [child, ...allCommands(child)]);
}
