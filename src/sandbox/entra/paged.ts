import type { Answer } from "./exchange.ts";

/** Graph pages as it likes, whatever is asked for; a client that reads one page sees too little here soon. */
const PAGE = 2;

/** https://learn.microsoft.com/graph/paging: the rest is behind a link that is to be followed as it is. */
export function paged(url: URL, all: readonly unknown[]): Answer {
  const skip = Number(Buffer.from(url.searchParams.get("$skiptoken") ?? "", "base64").toString() || 0);
  const value = all.slice(skip, skip + PAGE);
  if (skip + PAGE >= all.length) return { status: 200, body: { value } };
  const next = new URL(url);
  next.searchParams.set("$skiptoken", Buffer.from(String(skip + PAGE)).toString("base64"));
  return { status: 200, body: { value, "@odata.nextLink": next.href } };
}
