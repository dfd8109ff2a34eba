import type { TestContext } from "vitest";
import { faketimeLibrary } from "../world/world-clock.ts";

/** The library's path. Skips the test where it is not there, or fails it where it has to be. */
export function requireFaketime({ skip }: TestContext): string {
  try {
    return faketimeLibrary();
  } catch (thrown) {
    if (process.env["REQUIRE_ENGINES"] === "1") throw thrown;
    return skip("libfaketime is not there (faketime)");
  }
}
