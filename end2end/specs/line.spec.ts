// A line that is slow, cut or silent while somebody works, and hands that are quicker than the page.

import type { Page } from "@playwright/test";
import { alive } from "../world/login.ts";
import { noBoot, pxe } from "../world/boot.ts";
import { Line } from "../world/line.ts";
import { CUT, expect, open, test } from "../world/test.ts";

// Each has a draft of its own.
test.use({ serveWith: [] });

const fqdn = (page: Page) => page.locator("#f-engine_vm-fqdn");
const saved = (page: Page) => expect(page.getByText("Draft saved", { exact: true })).toBeVisible();
const READ = { timeout: 40_000 };

/** How often the page has asked for something from now on. */
function asked(page: Page, path: string): () => number {
    let times = 0;
    page.on("request", (request) => (times += Number(new URL(request.url()).pathname === path)));
    return () => times;
}

test("what was typed in the last moment is saved when the wizard is left, and nobody waits for its answers in vain", async ({ loggedIn: page }) => {
    const judged = page.waitForRequest("**/api/v1/draft/check");
    await open(page, "/deploy/vm");
    // The overview may have had the host checked already: then it is this answer that asks for it.
    await fqdn(page).fill("first.example.com");
    await fqdn(page).press("Tab");
    const check = await judged;
    await fqdn(page).fill("engine.example.com");
    // The program stays, the wizard goes.
    await page.getByRole("link", { name: "Overview" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Overview");
    await check.response();
    await expect(page.getByText("System", { exact: true })).toBeVisible(READ);
    await page.goBack();
    await expect(fqdn(page)).toHaveValue("engine.example.com");
    await fqdn(page).fill("engine2.example.com");
    // Another program: the page goes.
    await page.getByRole("link", { name: "Health" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Health");
    await open(page, "/deploy/vm");
    await expect(fqdn(page)).toHaveValue("engine2.example.com");
});

test("what is typed while the line is cut is saved when it is back", async ({ loggedIn: page, context, console }) => {
    console.announce(CUT);
    await open(page, "/deploy/vm");
    await context.setOffline(true);
    await fqdn(page).fill("engine.example.com");
    await expect(page.getByText("Not saved yet")).toBeVisible();
    await expect(page.getByRole("alert").filter({ hasText: "cannot be reached" }).first()).toBeVisible();
    await context.setOffline(false);
    await saved(page);
    await page.reload();
    await expect(fqdn(page)).toHaveValue("engine.example.com");
});

test("a line that falls silent is noticed while something is saved, and everything is saved over the next", async ({ loggedIn: page, server, console }) => {
    console.announce(CUT);
    const line = await Line.to(server);
    try {
        await page.goto(`${line.url}/deploy/vm`);
        await alive(page);
        line.silent();
        await fqdn(page).fill("engine.example.com");
        await expect(page.getByText("Saving…")).toBeVisible();
        await expect(page.getByText("Not saved yet")).toBeVisible(READ);
        line.back();
        await saved(page);
        await page.goto(`${server.url}/deploy/vm`);
        await expect(fqdn(page)).toHaveValue("engine.example.com");
    } finally {
        line.stop();
    }
});

test("a line that falls silent is noticed by a page that only looks, and the page goes on when it is back", async ({ loggedIn: page, server, console }) => {
    console.announce(CUT);
    const line = await Line.to(server);
    try {
        await page.goto(`${line.url}/health`);
        await expect(page.getByRole("heading", { level: 2 }).first()).toContainText("Unknown", READ);
        line.silent();
        await expect(page.getByText("Connection lost. Reconnecting…")).toBeVisible(READ);
        line.back();
        await expect(page.getByText("Connection lost. Reconnecting…")).toHaveCount(0, READ);
    } finally {
        line.stop();
    }
});

test("what could not be saved outlives a restart of the server and the new login", async ({ loggedIn: page, server, login, host, console }) => {
    console.announce(CUT);
    console.announce(/status of 401/);
    await open(page, "/deploy/vm");
    await page.locator("[data-judged]").waitFor(READ);
    await fqdn(page).fill("engine.example.com");
    await saved(page);
    await server.kill();
    await fqdn(page).fill("typed-while-it-was-away.example.com");
    for (const id of ["#f-engine_vm-root_password", "#f-engine_vm-root_password-again"]) {
        await page.locator(id).fill("canary-of-the-tab-5 X");
    }
    await expect(page.getByText("Not saved yet")).toBeVisible();
    await server.again();
    await page.getByRole("link", { name: "Log in again" }).first().click(READ);
    await expect(login.password).toBeVisible();
    const kept = await page.evaluate(() => JSON.stringify(sessionStorage));
    expect(kept).toContain("typed-while-it-was-away");
    expect(kept).not.toContain("canary-of-the-tab");
    await login.through(host);
    await expect(page).toHaveURL(/\/deploy\/vm/);
    await expect(fqdn(page)).toHaveValue("typed-while-it-was-away.example.com");
    await saved(page);
    // Once: what is changed later elsewhere is not overwritten by it.
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
});

test("a double click on Prepare VM asks once", async ({ loggedIn: page }) => {
    await open(page, "/deploy/prepare");
    const begun = asked(page, "/api/v1/draft/begin");
    await page.getByRole("button", { name: "Prepare VM" }).dblclick();
    await expect(page.getByText("The deployment did not start")).toBeVisible(READ);
    expect(begun()).toBe(1);
});

test("a double click on Start over asks before it does it", async ({ loggedIn: page }) => {
    await open(page, "/deploy/vm");
    await fqdn(page).fill("engine.example.com");
    await saved(page);
    const reset = asked(page, "/api/v1/draft/reset");
    await page.locator(".hd-files > summary").click();
    await page.getByRole("button", { name: "Start over", exact: true }).dblclick();
    const sure = page.locator(".hd-files .pf-m-danger");
    await expect(sure).toBeVisible();
    await expect(fqdn(page)).toHaveValue("engine.example.com");
    expect(reset()).toBe(0);
    // Somebody who means it.
    await sure.press("Enter");
    await expect(fqdn(page)).toHaveValue("");
    expect(reset()).toBe(1);
});

test.describe("with an engine", () => {
    test.beforeEach(({ host }) => test.skip(host.engine === undefined, "the lab's engine is not for playing"));
    test.afterEach(({ host }) => host.engine?.off());

    test("a double click on an action does it once", async ({ loggedIn: page, host }) => {
        host.engine?.is("up");
        await open(page, "/health");
        const action = page.locator("#act-set-maintenance-global").getByRole("button");
        await action.dblclick(READ);
        await expect(page.getByText("Begun; what comes of it is shown on this page.")).toBeVisible();
        await expect(page.locator(".hd-deeds > li")).toContainText("✔ Done, and seen on the host", READ);
        await expect(page.locator(".hd-deeds > li")).toHaveCount(1);
        expect(host.engine?.did()).toEqual(["--set-maintenance --mode=global"]);
    });

    test("while an action is not answered, none can be pressed", async ({ loggedIn: page, host }) => {
        host.engine?.is("up");
        await open(page, "/health");
        let answer = () => {};
        const wait = new Promise<void>((done) => (answer = done));
        page.on("close", answer);
        await page.route("**/api/v1/health/act", async (route) => {
            await wait;
            await route.continue().catch(() => {});
        });
        const action = page.locator("#act-set-maintenance-global").getByRole("button");
        await action.click(READ);
        await expect(action).toBeDisabled();
        await expect(page.locator("#act-check-liveliness").getByRole("button")).toBeDisabled();
        answer();
        await expect(action).toBeEnabled(READ);
        await expect(page.locator(".hd-deeds > li")).toContainText("✔ Done, and seen on the host", READ);
        expect(host.engine?.did()).toEqual(["--set-maintenance --mode=global"]);
    });

    test("a double click on the clean-up begins one", async ({ loggedIn: page, host }) => {
        host.engine?.leavings();
        await open(page, "/cleanup");
        const remove = page.getByRole("button", { name: "Remove all of this", exact: true });
        await expect(remove).toBeEnabled(READ);
        const begun = asked(page, "/api/v1/cleanup/act");
        await remove.dblclick();
        await expect(page.getByRole("alert").filter({ hasText: /leftover|blocks a deployment/ })).toBeVisible(READ);
        expect(begun()).toBe(1);
        expect(host.engine?.left()).toEqual([]);
    });
});

test("a double click on a node's removal asks before it does it", async ({ loggedIn: page, server }) => {
    test.skip(noBoot() !== undefined, noBoot());
    pxe(server, "node", "add", "node1", "--mac", "52:54:00:00:00:01");
    await open(page, "/nodes/node1");
    await page.getByRole("button", { name: "Remove", exact: true }).dblclick();
    await expect(page.getByRole("button", { name: "Yes: Remove" })).toBeVisible();
    const acted = asked(page, "/api/v1/nodes/act");
    await page.getByRole("button", { name: "Yes: Remove" }).dblclick();
    await expect(page).toHaveURL(/\/nodes$/);
    await alive(page);
    expect(acted()).toBe(1);
    expect(pxe(server, "node", "list")).toContain("No machine yet");
});
