import { readFile } from "node:fs/promises";
import { codeOf, refusedFile } from "../../../connections/file-system/file-failure.ts";
import { expandPath, type Environment } from "../../../domain/expand-path.ts";

/** Without the line break that editors put at its end. Throws `file-refused`. */
export async function readPassword(passwordFile: string, env: Environment): Promise<string> {
  const path = expandPath(passwordFile, env);
  const text = await readFile(path, "utf8").catch((thrown: unknown) => {
    throw refusedFile(
      `could not read the password in ${path} (${codeOf(thrown) ?? "unknown error"})`,
      "Check the passwordFile, and that the user who runs keyturn may read it.",
    );
  });
  const password = text.replace(/\r?\n$/, "");
  if (password !== "") return password;
  throw refusedFile(`${path} is empty`, "Write the password of the key store into it.");
}
