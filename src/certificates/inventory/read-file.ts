import { readFileSync, statSync } from "node:fs";
import { RotationError } from "../../domain/errors.ts";
import type { Container } from "../containers/container.ts";
import { LARGEST_CONTAINER, readContainer } from "../containers/read-container.ts";

export interface CertificateFile {
  readonly container: Container;
  /** Everybody on the machine may read it. */
  readonly isPublic: boolean;
}

const OTHERS_READ = 0o004;

/** Throws `certificate-unreadable`, `certificate-malformed` or `certificate-locked`. */
export async function readCertificateFile(
  path: string,
  password: string | undefined,
): Promise<CertificateFile> {
  const { bytes, mode } = readBounded(path);
  return { container: await readContainer(bytes, password), isPublic: (mode & OTHERS_READ) !== 0 };
}

/** Its size is looked at before it is read: a log, a disk's image, a pipe. */
function readBounded(path: string): { readonly bytes: Buffer; readonly mode: number } {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw unreadable(path, "is not a file");
    if (stat.size > LARGEST_CONTAINER)
      throw unreadable(path, `has ${stat.size} bytes, and no certificate file has`);
    return { bytes: readFileSync(path), mode: stat.mode };
  } catch (thrown) {
    if (thrown instanceof RotationError) throw thrown;
    throw unreadable(
      path,
      `could not be read (${(thrown as NodeJS.ErrnoException).code ?? "unknown error"})`,
    );
  }
}

export function unreadable(path: string, problem: string): RotationError {
  return new RotationError("certificate-unreadable", {
    kind: "rejected",
    message: `${path} ${problem}`,
    hint: "Check the path, and that the user who runs keyturn may read the file.",
  });
}
