import { enableCompileCache } from "node:module"; enableCompileCache("/tmp/ccache"); await import("./journal/journal-reader.ts");
