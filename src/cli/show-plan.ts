/** `plan` and `rotate --dry-run`: what `rotate` would do, asked of the same planner that it follows. */
import { Terminal } from "./output/terminal.ts";
import { planRequest, type RotationOptions } from "./rotation-options.ts";
import { sayWhenSlow } from "./say-when-slow.ts";
import type { Services } from "./services.ts";

export async function showPlan(
  names: readonly string[],
  options: RotationOptions,
  file: string,
  services: Services,
): Promise<void> {
  const config = await services.loadConfig(file);
  const request = planRequest(config.secrets, names, options);
  const terminal = new Terminal(services);
  const heard = new AbortController();
  if (options.json !== true) sayWhenSlow(terminal, heard.signal);
  const forecast = await services.plan(config, request).finally(() => {
    heard.abort();
  });
  if (options.json === true) {
    const { planDocument } = await import("./plan-document.ts");
    return terminal.json(planDocument(forecast));
  }
  const { printPlan } = await import("./output/print-plan.ts");
  printPlan(terminal, forecast, services.now());
}
