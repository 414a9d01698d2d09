import path from "node:path";
import usual from "../playwright.config.ts";

// One thing at a time, and nothing recorded beside it.
export default {
    ...usual,
    testDir: ".",
    testMatch: "*.bench.ts",
    outputDir: path.join(usual.outputDir ?? "", "..", "bench"),
    workers: 1,
    fullyParallel: false,
    timeout: 600_000,
    use: { ...usual.use, trace: "off", screenshot: "off" },
} as typeof usual;
