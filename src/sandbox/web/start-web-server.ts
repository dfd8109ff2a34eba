import { fork } from "node:child_process";
import { once } from "node:events";
import { extname, join } from "node:path";

export interface WebSettings {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly pidFile: string;
}

export interface WebServer {
  readonly pid: number;
  readonly port: number;
  stop(): Promise<void>;
}

export async function startWebServer(settings: WebSettings): Promise<WebServer> {
  // The source here, or the compiled file where the package has no sources.
  const file = join(import.meta.dirname, `main${extname(import.meta.filename)}`);
  const child = fork(file, [JSON.stringify(settings)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: ["--disable-sigusr1"],
    env: {},
  });
  const ended = once(child, "exit");
  const [port] = (await Promise.race([
    once(child, "message"),
    ended.then(() => Promise.reject(new Error("the web server ended while it started"))),
  ])) as [number];
  return {
    pid: child.pid ?? 0,
    port,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      await ended;
    },
  };
}
