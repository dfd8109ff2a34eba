import { enableCompileCache } from "node:module"; enableCompileCache("/tmp/ccache"); await import("./.x-main.ts");
