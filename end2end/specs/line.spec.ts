// A line that is slow, cut or silent while somebody works.

import type { Page } from "@playwright/test";
import { alive } from "../world/login.ts";
import { Line } from "../world/line.ts";
import { CUT, expect, open, test } from "../world/test.ts";

// Each has a draft of its own.
test.use({ serveWith: [] });

const fqdn = (page: Page) => page.locator("#f-engine_vm-fqdn");
const saved = (page: Page) => expect(page.getByText("Draft saved", { exact: true })).toBeVisible();
const READ = { timeout: 40_000 };

test("what was typed in the last moment is saved when the wizard is left, and nobody waits for its answers in vain", async ({ loggedIn: page }) => {
    await open(page, "/deploy/vm");
    const [judged] = await Promise.all([
        page.waitForRequest("**/api/v1/draft/check"),
        // The program stays, the wizard goes.
        fqdn(page).fill("engine.example.com").then(() => page.getByRole("link", { name: "Overview" }).click()),
    ]);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Overview");
    await judged.response();
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
    await expect(page.getByText("Not saved yet")).toBeVisible();
    await server.again();
    await page.getByRole("link", { name: "Log in again" }).first().click(READ);
    await login.through(host);
    await expect(page).toHaveURL(/\/deploy\/vm/);
    await expect(fqdn(page)).toHaveValue("typed-while-it-was-away.example.com");
    await saved(page);
    // Once: what is changed later elsewhere is not overwritten by it.
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
});
