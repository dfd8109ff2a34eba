import { Agent, request } from "node:https";
import type { EntraSandbox, SandboxApp } from "../../src/sandbox/entra/start-entra-sandbox.ts";
import type { RequestSeen } from "../../src/sandbox/entra/tenant-server.ts";

/** Makes the requests of a rotation with `node:https` alone, one after the other, on connections that are kept. */
export class BareCaller {
  readonly #sandbox: EntraSandbox;
  readonly #app: SandboxApp;
  readonly #agent: Agent;
  readonly #added: string[] = [];
  #token = "";

  constructor(sandbox: EntraSandbox, app: SandboxApp) {
    this.#sandbox = sandbox;
    this.#app = app;
    this.#agent = new Agent({ keepAlive: true, ca: sandbox.caPem });
  }

  /** In milliseconds. */
  async repeat(requests: readonly RequestSeen[]): Promise<number> {
    await this.#signIn();
    const begin = performance.now();
    for (const { operation } of requests) await this.#call(operation);
    const took = performance.now() - begin;
    for (const keyId of this.#added) await this.#graph("POST", "/removePassword", { keyId });
    this.#agent.destroy();
    return took;
  }

  async #call(operation: RequestSeen["operation"]): Promise<void> {
    switch (operation) {
      case "discovery":
        await this.#send("GET", `/${this.#sandbox.tenant}/v2.0/.well-known/openid-configuration`, "");
        return;
      case "token":
        return this.#signIn();
      case "read":
        await this.#graph("GET", "", null);
        return;
      case "add": {
        const answer = await this.#graph("POST", "/addPassword", {
          passwordCredential: { displayName: "bench" },
        });
        this.#added.push((JSON.parse(answer) as { keyId: string }).keyId);
        return;
      }
      case "remove":
        await this.#graph("POST", "/removePassword", { keyId: this.#added.shift() ?? "none" });
    }
  }

  async #signIn(): Promise<void> {
    const { clientId, secret } = this.#sandbox.admin;
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: secret,
      scope: `${this.#sandbox.origin}/.default`,
    });
    const answer = await this.#send("POST", `/${this.#sandbox.tenant}/oauth2/v2.0/token`, form.toString(), {
      "content-type": "application/x-www-form-urlencoded",
    });
    this.#token = (JSON.parse(answer) as { access_token: string }).access_token;
  }

  #graph(method: string, path: string, body: object | null): Promise<string> {
    const headers = { authorization: `Bearer ${this.#token}`, "content-type": "application/json" };
    const text = body === null ? "" : JSON.stringify(body);
    return this.#send(method, `/v1.0/applications/${this.#app.objectId}${path}`, text, headers);
  }

  #send(method: string, path: string, body: string, headers: Record<string, string> = {}): Promise<string> {
    return new Promise((resolve, reject) => {
      const url = new URL(path, this.#sandbox.origin);
      const call = request(url, { method, agent: this.#agent, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        response.on("end", () => resolve(text));
      });
      call.on("error", reject).end(body);
    });
  }
}
