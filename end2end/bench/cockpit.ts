// The peer: Debian's Cockpit, started by hand on loopback with an account of its own. Without TLS and without its TLS
// processes, which spares it their bytes and their memory.

import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Frame, type Page, expect } from "@playwright/test";
import { freePort } from "../world/host.ts";
import { root } from "../world/places.ts";
import { Running, eventually } from "../world/process.ts";

const USER = "deployer";
const PASSWORD = "canary-cockpit-9e";

export class Cockpit {
    readonly url: string;
    private readonly process: Running;
    private readonly folder: string;

    private constructor(url: string, process: Running, folder: string) {
        this.url = url;
        this.process = process;
        this.folder = folder;
    }

    static async start(): Promise<Cockpit> {
        const folder = mkdtempSync(path.join(os.tmpdir(), "hosted-deploy-cockpit-"));
        chmodSync(folder, 0o755);
        const port = await freePort();
        const script = path.join(root, "server/tests/ssh/accounts.sh");
        const serve = ["/usr/lib/cockpit/cockpit-ws", "--no-tls", "--address=127.0.0.1", `--port=${port}`];
        const start = 'mkdir -p /run/cockpit; cp /etc/pam.d/sshd /etc/pam.d/cockpit; exec "$@"';
        const process = new Running(
            "unshare",
            ["-m", "--propagation", "private", "sh", script, folder, "sh", "-c", start, "sh", ...serve],
            `${USER}:${PASSWORD}\n`,
            { env: { ...globalThis.process.env, ACCOUNTS: USER } },
        );
        const url = `http://127.0.0.1:${port}`;
        await eventually(
            () => `Cockpit answers; it said: ${process.said}`,
            async () => ((await fetch(url, { signal: AbortSignal.timeout(2_000) }).then((answer) => answer.ok, () => false)) ? true : undefined),
        );
        return new Cockpit(url, process, folder);
    }

    get pid(): number {
        return this.process.pid;
    }

    async logIn(page: Page): Promise<void> {
        await page.locator("#login-user-input").fill(USER);
        await page.locator("#login-password-input").fill(PASSWORD);
        await page.locator("#login-button").click();
        await this.usable(page);
    }

    /** Its first page, which stands in a frame, shows its cards. */
    async usable(page: Page): Promise<void> {
        const frame = await eventually(
            () => `Cockpit's overview in a frame; there are ${page.frames().map((f) => f.url())}`,
            () => page.frames().find((f: Frame) => f.url().includes("/system/index.html")),
        );
        await expect(frame.locator("article, .pf-c-card").first()).toBeVisible({ timeout: 30_000 });
    }

    async stop(): Promise<void> {
        await this.process.stop("SIGTERM");
        rmSync(this.folder, { recursive: true, force: true });
    }

    static version(): string {
        return execFileSync("dpkg-query", ["-W", "-f", "${Version}", "cockpit-ws"]).toString();
    }
}
