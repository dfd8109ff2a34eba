/** `plan` and `rotate --dry-run`: what `rotate` would do, asked of the same planner that it follows. */
import type { LoadedConfig } from "../config/config.ts";
import type { PlanRequest } from "../run/planner.ts";
import { Terminal } from "./output/terminal.ts";
import { sayWhenSlow } from "./say-when-slow.ts";
import type { Services } from "./services.ts";

export async function showPlan(
  config: LoadedConfig,
  request: PlanRequest,
  options: { readonly json?: true },
  services: Services,
): Promise<void> {
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
