// The clean-up page: real leavings on the tests' host are found, shown, removed, and looked for again.

import type { Page } from "@playwright/test";
import { DOMAIN, ENGINE, EXPORT } from "../world/engine.ts";
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

const storage = (page: Page) => page.locator(".pf-v6-c-card", { has: page.getByRole("heading", { name: "Shared storage" }) });
const look = (page: Page) => button(page, "Look what is on it");

test("the storage is emptied only while it holds idle domains and nothing else, and when its path is typed", async ({ loggedIn: page, host, console }) => {
    // The refusal comes with a status of its own.
    console.announce(/status of 500/);
    const engine = host.engine;
    engine?.is("up");
    engine?.exports();
    engine?.foreign("holiday photos");
    await open(page, "/cleanup");
    await expect(storage(page)).toContainText(EXPORT, READ);
    await look(page).click();
    const seen = storage(page).locator("pre");
    await expect(seen).toContainText(`storage domain hosted_storage (${DOMAIN})`, READ);
    await expect(seen).toContainText("holiday photos: no storage domain");
    await expect(seen).toContainText("leases last written 1 h");
    await expect(storage(page)).toContainText("move them away first");
    const typed = page.getByLabel(`Type ${EXPORT}`);
    await expect(typed).toHaveCount(0);

    engine?.moved("holiday photos");
    engine?.lease(5);
    await look(page).click();
    await expect(storage(page)).toContainText("a host still uses it", READ);
    await expect(typed).toHaveCount(0);

    engine?.lease(3600);
    await look(page).click();
    await expect(storage(page)).toContainText("Everything shown here will be lost.", READ);
    const empty = button(page, "Empty the storage");
    await expect(empty).toBeDisabled();
    await typed.fill("/exports/he");
    await expect(empty).toBeDisabled();
    await typed.fill(EXPORT);
    // What was not there when it was looked at is not removed either.
    engine?.foreign("holiday photos");
    await empty.click();
    await expect(page.getByRole("alert").filter({ hasText: "Nothing was removed." })).toBeVisible(READ);
    expect(engine?.exported()).toContain(DOMAIN);

    engine?.moved("holiday photos");
    await look(page).click();
    await expect(typed).toBeVisible(READ);
    await typed.fill(EXPORT);
    await empty.click();
    await expect(storage(page)).toContainText("It is empty now.", READ);
    await expect(seen).toContainText(`removed ${DOMAIN}`);
    expect(engine?.exported()).toEqual([]);
    await open(page, "/health");
    await expect(page.locator(".hd-deeds")).toContainText(`emptying ${EXPORT}`, READ);
    await expect(page.locator(".hd-deeds")).toContainText(`${host.user}@${host.at} (browser)`);
});

test("a LUN's signatures are wiped when what is on it was shown and its id typed", async ({ loggedIn: page, server, host }) => {
    const engine = host.engine;
    const id = "360000000000000000e00000000010002";
    engine?.leavings();
    engine?.lun(id, "family_photos");
    new Played(server, host, "failed", "20261121-060134-77e3", undefined, {
        storage: { type: "iscsi", iscsi: { lun_id: id } },
    });
    await open(page, "/cleanup");
    await expect(storage(page)).toContainText(id, READ);
    await look(page).click();
    const seen = storage(page).locator("pre");
    await expect(seen).toContainText("family_photos", READ);
    await expect(seen).toContainText("ext4");
    await expect(seen).toContainText("64M");
    const empty = button(page, "Empty the storage");
    await expect(empty).toBeDisabled();
    await page.getByLabel(`Type ${id}`).fill("360000000000000000e00000000010001");
    await expect(empty).toBeDisabled();
    expect(engine?.signatures()).toBe("ext4");
    await page.getByLabel(`Type ${id}`).fill(id);
    await empty.click();
    await expect(storage(page)).toContainText("It is empty now.", READ);
    expect(engine?.signatures()).toBe("");
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
