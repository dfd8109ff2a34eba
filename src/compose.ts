/** The only place that constructs and wires. What a command does not need is not loaded. */
import type { Services } from "./cli/services.ts";
import type { Entry } from "./domain/journal-record.ts";
import type { Sink } from "./domain/ports.ts";
import type { Environment } from "./compose/wiring.ts";

export interface Surroundings {
  readonly version: string;
  readonly env: Environment;
  stdin(): NodeJS.ReadStream;
  readonly stdout: Services["stdout"];
  readonly stderr: Services["stderr"];
  setExitCode(code: number): void;
  /** Aborted when the process is asked to stop. */
  readonly signal: AbortSignal;
}

export function compose(around: Surroundings): Services {
  const { env, signal } = around;
  return {
    ...around,
    now: () => Date.now(),
    loadConfig: async (file) => {
      const [{ loadConfig }, { kinds }] = await configParts();
      return loadConfig(file, kinds, env);
    },
    loadWithoutSchedules: async (file) => {
      const [{ loadWithoutSchedules }, { kinds }] = await configParts();
      return loadWithoutSchedules(file, kinds, env);
    },
    configSchema: async () => {
      const [{ configJsonSchema }, { kinds }] = await Promise.all([
        import("./config/json-schema.ts"),
        import("./compose/kinds.ts"),
      ]);
      return configJsonSchema(kinds);
    },
    work: async (config, request, { wait, log, observe }) => {
      const logs = log === null ? [] : [(await import("./sinks/log.ts")).openLogSink({ level: log })];
      const observers = [observer(observe), ...logs];
      const { askDaemon } = await import("./control/client.ts");
      const tell = (entry: Entry): void => {
        for (const each of observers) void each.observe(entry);
      };
      const answered = await askDaemon({ socket: config.control.operator, request, observe: tell, signal });
      if (answered !== null) return answered;
      const { work } = await import("./compose/work.ts");
      return work({ config, request, wait, env, signal, observers });
    },
    plan: async (config, request) =>
      (await import("./compose/plan.ts")).plan({ config, request, env, signal }),
    doctor: async (config, secrets) =>
      (await import("./compose/doctor.ts")).doctor({ config, secrets, env, signal }),
    discover: async (config, connection) =>
      (await import("./compose/discover.ts")).discover({ config, connection, env, signal }),
    checkCertificates: async (check) =>
      (await import("./compose/check-certificates.ts")).checkCertificates(check, env, signal),
    listCertificates: async (config, targets) =>
      (await import("./compose/list-certificates.ts")).listCertificates({
        config,
        targets,
        env,
        at: Date.now(),
        signal,
      }),
    openReader: async (file) => (await import("./compose/reader.ts")).openReader(file, env),
    backUp: async (file, to) => (await import("./compose/back-up.ts")).backUp(file, to, env),
    rekey: async (config, options) =>
      (await import("./compose/rekey.ts")).rekey({ config, ...options, env, signal }),
    lockdown: async (config, { observe, ...request }) => {
      const { startLockdown } = await import("./compose/lockdown/start-lockdown.ts");
      return startLockdown({ config, ...request, observers: [observer(observe)], env, signal });
    },
    lift: async (config, request) => {
      const { liftLockdown } = await import("./compose/lockdown/lift-lockdown.ts");
      return liftLockdown({ config, ...request, env, signal });
    },
    drill: async (config, scope) => {
      const { drillLockdown } = await import("./compose/lockdown/drill-lockdown.ts");
      return drillLockdown({ config, scope, env, signal });
    },
    verifyEvidence: async (dir) => (await import("./lockdown/evidence/verify.ts")).verifyEvidence(dir),
    daemon: async (file) => (await import("./compose/daemon.ts")).daemon(file, env, signal),
    serveWorker: async () => {
      const { serveWorker } = await import("./compose/worker.ts");
      return serveWorker({ input: process.stdin, output: around.stdout, env, signal });
    },
    generateSealKey: async () => (await import("./journal/seal-key.ts")).generateSealKey(),
  };
}

function configParts() {
  return Promise.all([import("./config/load-config.ts"), import("./compose/kinds.ts")]);
}

function observer(observe: (entry: Entry) => void): Sink {
  return {
    kind: "observer",
    gating: false,
    observe: async (entry) => {
      observe(entry);
    },
  };
}
