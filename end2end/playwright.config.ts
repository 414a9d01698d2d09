import { defineConfig } from "@playwright/test";
import path from "node:path";
import { target } from "./world/places.ts";

// Without these, Chromium starts services that talk to the network; as root it has no sandbox.
const FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

export default defineConfig({
    testDir: "specs",
    outputDir: path.join(target, "end2end", "results"),
    forbidOnly: true,
    // A test that passes the second time is broken.
    retries: 0,
    // Each has a server and an SSH host of its own.
    workers: Number(process.env.HOSTED_DEPLOY_WORKERS ?? 2),
    fullyParallel: true,
    // What waits, waits for something that comes: these are for a machine that other work keeps busy, three times as slow as an idle one.
    timeout: 120_000,
    expect: { timeout: 20_000 },
    reporter: [["list"]],
    use: {
        browserName: "chromium",
        headless: true,
        launchOptions: { executablePath: process.env.HOSTED_DEPLOY_CHROMIUM ?? "/usr/bin/chromium", args: FLAGS },
        // Its certificate is its own; that it is the right one is tested in Rust.
        ignoreHTTPSErrors: true,
        viewport: { width: 1280, height: 800 },
        locale: "en-US",
        timezoneId: "UTC",
        contextOptions: { reducedMotion: "reduce" },
        trace: "retain-on-failure",
        screenshot: "only-on-failure",
    },
});
