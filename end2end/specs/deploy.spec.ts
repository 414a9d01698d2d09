// A whole deployment through the browser into the lab, as an administrator does it: type, check, start, watch, done.

import { execFileSync } from "node:child_process";
import http from "node:http";
import path from "node:path";
import type { Page } from "@playwright/test";
import { alive } from "../world/login.ts";
import { root } from "../world/places.ts";
import { CUT, expect, open, test } from "../world/test.ts";

test.use({ serveWith: [] });

const ROOT_PASSWORD = "canary-root of the VM {{ 1 }}";
const ADMIN_PASSWORD = "canary-admin of the engine 'q'";
/** Upper bound of a deployment here, also on a busy machine. */
const LONG = 20 * 60_000;

const field = (page: Page, answer: string) => page.locator(`#f-${answer.replaceAll(".", "-")}`);

// A lab without an engine on it, before anybody logs in.
test.beforeEach(() => {
    test.setTimeout(2 * LONG);
    lab("reset");
});

function lab(...args: string[]): void {
    execFileSync("python3", [path.join(root, "end2end/lab/lab"), ...args], { stdio: "ignore" });
}

async function password(page: Page, answer: string, value: string): Promise<void> {
    await field(page, answer).fill(value);
    await page.locator(`#f-${answer.replaceAll(".", "-")}-again`).fill(value);
}

/** The steps VM and Engine, up to where the host's verdict on them is there. */
async function fill(page: Page): Promise<void> {
    await open(page, "/deploy/vm");
    await expect(page.locator("fieldset").first()).toBeEnabled();
    await field(page, "engine_vm.fqdn").fill("engine.lab.test");
    await field(page, "engine_vm.mac").fill("00:16:3e:12:34:56");
    await field(page, "engine_vm.network").selectOption("static");
    await field(page, "engine_vm.ip").fill("10.99.0.50/24");
    await field(page, "engine_vm.dns").fill("10.99.0.1");
    await field(page, "engine_vm.memory_mib").fill("4096");
    await field(page, "engine_vm.vcpus").fill("2");
    await password(page, "engine_vm.root_password", ROOT_PASSWORD);
    await page.getByRole("link", { name: "Next", exact: true }).click();
    await password(page, "engine.admin_password", ADMIN_PASSWORD);
    await page.getByRole("link", { name: "Next", exact: true }).click();
    await expect(page.getByRole("heading", { level: 2, name: "Prepare VM", exact: true })).toBeVisible();
}

/** The storage by discovery: portal and CHAP, a target, a LUN. */
async function iscsi(page: Page): Promise<void> {
    await field(page, "storage.type").selectOption("iscsi");
    await field(page, "storage.iscsi.portals").fill("10.99.0.1:3260");
    await page.locator("details").evaluateAll((all: HTMLDetailsElement[]) => all.forEach((details) => (details.open = true)));
    for (const [account, secret] of [["discovery_username", "discovery_password"], ["username", "password"]] as const) {
        await field(page, `storage.iscsi.${account}`).fill("chapuser");
        await field(page, `storage.iscsi.${secret}`).fill("chapsecret12");
    }
    await page.getByRole("button", { name: "Retrieve target list" }).click();
    await page.getByRole("radio", { name: /iqn\.2024-01\.test\.lab:he/ }).check({ timeout: 60_000 });
    await page.getByRole("row", { name: /0002.*140/ }).getByRole("radio").check();
}

/** The page of the run that was just started. */
async function started(page: Page): Promise<void> {
    await page.waitForURL(/\/runs\/\d{8}-/, { timeout: 120_000 });
    await alive(page);
}

async function done(page: Page): Promise<void> {
    await expect(page.getByRole("heading", { name: "The engine runs" })).toBeVisible({ timeout: LONG });
    await expect(page.getByRole("link", { name: "https://engine.lab.test/ovirt-engine" })).toBeVisible();
    await expect(page.locator(".hd-login")).toHaveText(/^admin/);
    expect(await engineHealth()).toContain("DB Up!Welcome to Health Status!");
}

/** What the engine itself says, through the lab's forwarder. */
function engineHealth(): Promise<string> {
    return new Promise((resolve, reject) => {
        const options = { host: "127.0.0.1", port: 22080, path: "/ovirt-engine/services/health", headers: { Host: "engine.lab.test" } };
        http.get(options, (answer) => {
            let text = "";
            answer.on("data", (part) => (text += part)).on("end", () => resolve(text));
        }).on("error", reject);
    });
}

test("an engine on NFS: prepared, through the gate, the server killed on the way @lab", async ({ loggedIn: page, server, host, login, console }) => {
    console.announce(CUT);
    console.announce(/status of 401/);
    await fill(page);
    await page.getByRole("button", { name: "Prepare VM", exact: true }).click();
    await started(page);
    const run = page.url();

    const panel = page.locator(".hd-panel");
    await expect(panel).toContainText("The engine is prepared; the storage is next", { timeout: LONG });
    await panel.getByRole("link", { name: "Choose the storage" }).click();
    await alive(page);
    await page.getByRole("button", { name: "Look at the storage from the host" }).waitFor();
    await field(page, "storage.nfs.connection").fill("storage.lab.test:/exports/he");
    await page.getByRole("button", { name: "Look at the storage from the host" }).click();
    await expect(page.getByRole("radio", { name: /storage\.lab\.test:\/exports\/he/ })).toBeChecked({ timeout: 60_000 });
    await page.getByRole("link", { name: "Next", exact: true }).click();
    await page.getByRole("button", { name: "Finish deployment" }).click();
    await page.waitForURL(run, { timeout: 120_000 });
    await alive(page);
    await expect(page.getByRole("listitem").filter({ hasText: "Move the engine to shared storage" })).toHaveAttribute("aria-current", "step", {
        timeout: LONG,
    });

    await server.kill();
    await server.again();
    await expect(page.getByText("Your session has ended")).toBeVisible({ timeout: 60_000 });
    await page.getByRole("link", { name: "Log in again" }).click();
    await login.through(host);
    await expect(page).toHaveURL(run);
    await done(page);
    for (const secret of [ROOT_PASSWORD, ADMIN_PASSWORD]) {
        expect(server.leaks(secret)).toEqual([]);
        expect(await page.content()).not.toContain(secret);
    }
});

test("an engine on iSCSI: targets and LUNs by discovery, all as one @lab @full", async ({ loggedIn: page }) => {
    await fill(page);
    await page.getByRole("link", { name: "Next", exact: true }).click();
    await iscsi(page);
    await page.getByRole("link", { name: "Next", exact: true }).click();
    await page.getByRole("button", { name: "Prepare and finish as one" }).click();
    await started(page);
    await done(page);
});

test("storage that fails is edited to another one, and the run tried again from there @lab @full", async ({ loggedIn: page }) => {
    await fill(page);
    await page.getByRole("link", { name: "Next", exact: true }).click();
    await field(page, "storage.nfs.connection").fill("storage.lab.test:/exports/he");
    await page.getByRole("link", { name: "Next", exact: true }).click();
    await page.getByRole("button", { name: "Prepare and finish as one" }).click();
    await started(page);
    const failed = page.url();
    // The checks were content: it breaks afterwards.
    await expect(page.getByRole("listitem").filter({ hasText: "Prepare the local engine VM" })).toHaveAttribute("aria-current", "step", { timeout: LONG });
    lab("fault", "nfs-read-only", "on");
    const panel = page.locator(".hd-panel");
    await expect(panel).toContainText("Failed: Create the storage domain", { timeout: LONG });
    await panel.getByRole("button", { name: "Edit answers" }).click();

    // The draft is still what the run was begun with: nothing is asked, and the field that is at fault is where it leads.
    await page.waitForURL(/\/deploy\/storage/);
    await alive(page);
    await expect(field(page, "storage.nfs.connection")).toHaveValue("storage.lab.test:/exports/he");
    await iscsi(page);
    await expect(page.getByText("Draft saved", { exact: true })).toBeVisible();
    await page.getByRole("link", { name: "Back to the run" }).click();
    await page.waitForURL(failed);
    await alive(page);
    await panel.getByRole("button", { name: "Try again" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByRole("checkbox", { name: /as they stand in the wizard/ })).toBeChecked();
    await dialog.getByRole("button", { name: "Try again" }).click();
    await page.waitForURL((url) => url.href !== failed && /\/runs\/\d{8}-/.test(url.pathname), { timeout: 120_000 });
    await alive(page);
    // The local engine VM is kept, and it is said why.
    const search = page.getByRole("searchbox", { name: "Search the log" });
    await search.fill("The local engine VM still runs");
    await expect(page.locator(".hd-log-count")).toHaveText(/^1\b/);
    await search.fill("");
    await expect(page.getByRole("heading", { name: "Create the storage domain" })).toBeVisible();
    await expect(page.getByRole("heading", { name: "Prepare the local engine VM" })).toHaveCount(0);
    await done(page);
});
