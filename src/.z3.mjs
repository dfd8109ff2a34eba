import { enableCompileCache } from "node:module"; enableCompileCache("/tmp/ccache"); await import("./cli/program.ts");
