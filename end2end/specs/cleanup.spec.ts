// The clean-up page: real leavings on the tests' host are found, shown, removed, and looked for again.

import type { Page } from "@playwright/test";
import { ENGINE } from "../world/engine.ts";
import { alive } from "../world/login.ts";
import { Played } from "../world/runs.ts";
import { CUT, expect, open, test } from "../world/test.ts";

test.use({ serveWith: [] });

test.beforeEach(({ host }) => {
    test.skip(host.engine === undefined, "the lab has scenarios of its own for this");
});
test.afterEach(({ host }) => host.engine?.off());

const READ = { timeout: 40_000 };
const found = (page: Page) => page.locator(".hd-found");
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

test("what a deployment left is listed, removed with its steps shown, and looked for again", async ({ loggedIn: page, host }) => {
    host.engine?.leavings();
    await open(page, "/cleanup");
    await expect(found(page)).toContainText("/var/tmp/localvmx7qk2", READ);
    await expect(found(page)).toContainText(`192.168.222.77 ${ENGINE}`);
    await expect(found(page)).toContainText("ovirt-engine");
    await expect(page.locator("main")).toContainText("The network is guarded");
    expect(host.engine?.left()).toEqual(["folder", "hosts", "key"]);
    await button(page, "Remove all of this").click();
    const progress = page.locator("pre.hd-said");
    for (const step of ["local-folders", "hosts-entry", "authorized-keys"]) {
        await expect(progress).toContainText(`▶ ${step}`, READ);
    }
    await expect(progress).toContainText("removed /var/tmp/localvmx7qk2");
    await expect(progress).toContainText("✓ A new connection to the host works.", READ);
    await expect(page.getByRole("alert").filter({ hasText: /leftover|blocks a deployment/ })).toBeVisible(READ);
    await expect(page.getByText("No deployment has left anything on this host.")).toBeVisible();
    expect(host.engine?.left()).toEqual([]);

    // Whoever comes later sees it as well, and who did it.
    await page.reload();
    await alive(page);
    await expect(progress).toContainText("▶ local-folders");
    await open(page, "/health");
    await expect(page.locator(".hd-deeds")).toContainText("Clean-up", READ);
    await expect(page.locator(".hd-deeds")).toContainText(`${host.user}@${host.at} (browser)`);
    await expect(page.locator(".hd-deeds")).toContainText("✔ Done.");
});

test("an engine that is deployed goes only when its name is typed", async ({ loggedIn: page, host }) => {
    host.engine?.is("up");
    host.engine?.upstream();
    await open(page, "/cleanup");
    await expect(found(page)).toContainText(`hosted-engine.conf (${ENGINE})`, READ);
    await expect(page.getByText("A hosted engine is deployed here.")).toBeVisible();
    const remove = button(page, "Remove all of this");
    await expect(remove).toBeDisabled();
    await page.getByLabel(`Type ${ENGINE}`).fill("engine");
    await expect(remove).toBeDisabled();
    await page.getByLabel(`Type ${ENGINE}`).fill(ENGINE);
    await expect(remove).toBeEnabled();
});

test("a clean-up whose server was killed goes on, and is followed to its end", async ({ loggedIn: page, host, server, console, login }) => {
    test.setTimeout(120_000);
    console.announce(CUT);
    console.announce(/status of 401/);
    host.engine?.is("up");
    host.engine?.upstream();
    host.engine?.hold();
    await open(page, "/cleanup");
    await page.getByLabel(`Type ${ENGINE}`).fill(ENGINE, READ);
    await button(page, "Remove all of this").click();
    const progress = page.locator("pre.hd-said").first();
    await expect(progress).toContainText("Destroy hosted-engine VM", READ);
    await server.kill();
    await expect(page.getByText("Connection lost. Reconnecting…")).toBeVisible();
    await server.again();
    await expect(page).toHaveURL(/\/login/, READ);
    await login.through(host);
    await open(page, "/cleanup");
    await button(page, "Follow the clean-up that goes on").click(READ);
    await expect(progress).toContainText("Destroy hosted-engine VM", READ);
    host.engine?.release();
    await expect(progress).toContainText("✓ A new connection to the host works.", READ);
    await expect(page.getByRole("alert").filter({ hasText: /leftover|ready for|blocks a deployment/ })).toBeVisible(READ);
});

test("a failed run and the health page lead to it", async ({ loggedIn: page, server, host }) => {
    const run = new Played(server, host, "failed", "20261121-060134-77e3");
    await open(page, `/runs/${run.id}`);
    await page.locator(".hd-panel").getByRole("link", { name: /clean/i }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Clean-up");
    await open(page, "/health");
    await page.getByRole("link", { name: "Clean-up" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Clean-up");
    await expect(page.getByText("No deployment has left anything on this host.")).toBeVisible(READ);
});
