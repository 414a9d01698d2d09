// All pages. A line here gives a page: axe in both looks, both languages, the keyboard, narrow screens, and its pictures.

import type { Page } from "@playwright/test";
import type { Host } from "./world/host.ts";
import { noBoot, pxe, stock } from "./world/boot.ts";
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
    /** Why it cannot be shown here, or nothing. */
    needs?: () => string | undefined;
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

/** The same on the overview, which shows the host's system then. */
async function read(page: Page): Promise<void> {
    await page.getByText(/^(System|システム)$/).waitFor({ timeout: 30_000 });
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

/** Names of nodes, profiles and images. */
const NODE_TERMS = /^(discovered-.*|node\d|rhvh|bare|kubevirt|UUID|MAC)$/;

/** Nodes in every state that the command line leads to; a server's tests share its state, so only once. */
function nodes(server: Server): undefined {
    if (noBoot() !== undefined || pxe(server, "node", "list").includes("node1")) return undefined;
    stock(server);
    pxe(server, "node", "add", "node1", "--mac", "52:54:00:00:00:01", "--address", "192.0.2.51", "--profile", "rhvh");
    pxe(server, "node", "add", "node2", "--uuid", "4c4c4544-0042-3510-8056-b1c04f4d3732", "--role", "host");
    const controller = ["--bmc-address", "192.0.2.9", "--bmc-user", "admin", "--bmc-password-file", "/nowhere"];
    pxe(server, "node", "add", "node3", "--mac", "52:54:00:00:00:03", "--profile", "rhvh", ...controller);
    return undefined;
}

export const pages: Entry[] = [
    { name: "login", path: "/login", plain: true },
    {
        name: "login-key",
        path: "/login",
        plain: true,
        prepare: (page) => page.locator("details").evaluate((details: HTMLDetailsElement) => void (details.open = true)),
    },
    { name: "overview", path: "/", prepare: read },
    {
        name: "runs",
        path: "/runs",
        before: (server, host) => {
            new Played(server, host, "failed", "20261119-060134-77e2");
            new Played(server, host, "succeeded", "20261119-071933-5673");
            return undefined;
        },
        terms: RUN_TERMS,
    },
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
        prepare: (page) => page.locator(".hd-log-lines", { hasText: "hosted_engine" }).waitFor(),
    },
    { name: "console", path: "/console", prepare: (page) => page.locator("#console-open:enabled").waitFor() },
    {
        name: "cleanup",
        path: "/cleanup",
        before: (_, host) => {
            host.engine?.leavings();
            return async () => host.engine?.off();
        },
        prepare: (page) => page.locator(".hd-found", { hasText: "/var/tmp/localvm" }).waitFor({ timeout: 30_000 }),
    },
    {
        name: "nodes",
        path: "/nodes",
        before: nodes,
        prepare: (page) => page.getByRole("link", { name: "node1", exact: true }).waitFor(),
        needs: noBoot,
        terms: NODE_TERMS,
    },
    {
        name: "node",
        path: "/nodes/node3",
        before: nodes,
        prepare: (page) => page.locator(".hd-code").first().waitFor(),
        needs: noBoot,
        terms: NODE_TERMS,
    },
    {
        name: "profiles",
        path: "/profiles",
        before: nodes,
        prepare: async (page) => {
            await page.locator("#render-subnet").fill("192.0.2.0/24");
            await page.locator("#render-server").fill("192.0.2.1");
            await page.locator("form.hd-form button[type=submit]").click();
            await page.locator(".hd-code").first().waitFor();
        },
        needs: noBoot,
        terms: /^(.*\.(conf|yaml)|dhcpd|node|rhvh)$/,
    },
];
