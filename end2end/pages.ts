// All pages. A line here gives a page: axe in both looks, both languages, the keyboard, narrow screens, and its pictures.

import type { Page } from "@playwright/test";
import type { Host } from "./world/host.ts";
import { Played, begins } from "./world/runs.ts";
import type { Server } from "./world/server.ts";

export interface Entry {
    /** Of its pictures, and of its tests. */
    name: string;
    path: string;
    /** Open to everybody: no session, no script. */
    plain?: true;
    /** Needs the lab; without it, it is skipped. */
    lab?: true;
    /** Before it is opened: puts there what it shows. Gives what is done afterwards. */
    before?: (server: Server, host: Host) => (() => Promise<void>) | undefined;
    /** After it is alive: opens what is folded, waits for what comes later. */
    prepare?: (page: Page) => Promise<void>;
    /** What stays as it is in Japanese: names and abbreviations that a heading, button or label may consist of. */
    terms?: RegExp;
}

/** The log's lines are there. */
async function shown(page: Page): Promise<void> {
    await page.locator(".hd-log-row").nth(10).waitFor();
}

/** The host was read: what it says stands beside the fields and in the review. */
async function judged(page: Page): Promise<void> {
    await page.locator("[data-judged]").waitFor({ timeout: 30_000 });
}

/** The host is one of an engine that does not answer. */
function broken(_: Server, host: Host): () => Promise<void> {
    host.engine?.is("failed-liveliness");
    return async () => host.engine?.off();
}

/** Formats of answer files. */
const TERMS = /^(TOML|YAML|JSON|he_\*)$/;

/** Names of runs and addresses. */
const RUN_TERMS = /^(\d{8}-\d{6}-[0-9a-f]{4}|https:.*)$/;

export const pages: Entry[] = [
    { name: "login", path: "/login", plain: true },
    {
        name: "login-key",
        path: "/login",
        plain: true,
        prepare: (page) => page.locator("details").evaluate((details: HTMLDetailsElement) => void (details.open = true)),
    },
    { name: "overview", path: "/" },
    {
        name: "deploy-files",
        path: "/deploy/vm",
        prepare: async (page) => {
            await judged(page);
            await page.locator(".hd-files > summary").click();
        },
        terms: TERMS,
    },
    ...["vm", "engine", "prepare", "storage", "finish"].map(
        (step): Entry => ({
            name: `deploy-${step}`,
            path: `/deploy/${step}`,
            prepare: judged,
            terms: TERMS,
        }),
    ),
    {
        name: "run",
        path: "/runs/20261121-051933-5674",
        before: (server, host) => {
            new Played(server, host, "succeeded", "20261120-051933-1111");
            const run = new Played(server, host, "succeeded", "20261121-051933-5674", begins("Wait for the host to be up"));
            run.drive();
            return () => run.leave();
        },
        prepare: shown,
        terms: RUN_TERMS,
    },
    {
        name: "run-failed",
        path: "/runs/20261121-060134-77e3",
        before: (server, host) => void new Played(server, host, "failed", "20261121-060134-77e3"),
        prepare: shown,
        terms: RUN_TERMS,
    },
    {
        name: "run-done",
        path: "/runs/20261121-051933-5675",
        before: (server, host) => void new Played(server, host, "succeeded", "20261121-051933-5675"),
        prepare: shown,
        terms: RUN_TERMS,
    },
    {
        name: "health",
        path: "/health",
        before: broken,
        // What an earlier test has read of the host may be shown first.
        prepare: (page) => page.getByText(/failed liveliness check/).first().waitFor({ timeout: 30_000 }),
    },
    {
        name: "logs",
        path: "/logs",
        before: broken,
        prepare: (page) => page.locator(".hd-lines", { hasText: "hosted_engine" }).waitFor(),
    },
    { name: "console", path: "/console" },
    {
        name: "cleanup",
        path: "/cleanup",
        before: (_, host) => {
            host.engine?.leavings();
            return async () => host.engine?.off();
        },
        prepare: (page) => page.locator(".hd-found", { hasText: "/var/tmp/localvm" }).waitFor({ timeout: 30_000 }),
    },
];
