// The first page, and what is around every page.

import { alive } from "../world/login.ts";
import { Played, begins } from "../world/runs.ts";
import { expect, open, test } from "../world/test.ts";

test("the overview says who is logged in where", async ({ loggedIn: page, host }) => {
    await open(page, "/");
    for (const fact of [host.at, host.user, host.fingerprint]) {
        await expect(page.locator("main")).toContainText(fact);
    }
    await expect(page.getByRole("link", { name: "Overview" })).toHaveAttribute("aria-current", "page");
});

test("the switches change language and look at once, and the choice stays", async ({ loggedIn: page }) => {
    await open(page, "/");
    const root = page.locator("html");
    await page.getByRole("button", { name: "Dark" }).click();
    await expect(root).toHaveClass(/pf-v6-theme-dark/);
    await page.getByRole("button", { name: "日本語" }).click();
    await expect(root).toHaveAttribute("lang", "ja");
    await alive(page);
    await page.reload();
    await alive(page);
    await expect(root).toHaveClass(/pf-v6-theme-dark/);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("概要");
    const ground = await page.evaluate(() => getComputedStyle(document.querySelector("main") ?? document.body).color);
    await page.getByRole("button", { name: "ライト" }).click();
    await expect(root).not.toHaveClass(/pf-v6-theme-dark/);
    await alive(page);
    expect(await page.evaluate(() => getComputedStyle(document.querySelector("main") ?? document.body).color)).not.toBe(ground);
});

test("the first Tab offers to skip to the content", async ({ loggedIn: page }) => {
    await open(page, "/");
    await page.keyboard.press("Tab");
    const skip = page.getByRole("link", { name: "Skip to content" });
    await expect(skip).toBeFocused();
    await expect(skip).toBeInViewport();
    await page.keyboard.press("Enter");
    await expect(page.locator("main")).toBeFocused();
});

test("an address that leads nowhere says so and leads on", async ({ loggedIn: page, console }) => {
    console.announce(/status of 404/);
    await page.goto("/nowhere");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Page not found");
    await page.getByRole("link", { name: "To the overview" }).click();
    await alive(page);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Overview");
});

test.describe("all runs", () => {
    // A server that has none yet.
    test.use({ serveWith: [] });

    test("are a page, which says how to begin where there is none", async ({ loggedIn: page, server, host }) => {
        await open(page, "/");
        await page.getByRole("link", { name: "Runs", exact: true }).click();
        await expect(page.getByRole("heading", { level: 1 })).toHaveText("All runs");
        await expect(page.locator("main")).toContainText("hosted-deploy --answers FILE");
        await expect(page.getByRole("table")).toHaveCount(0);

        for (let minute = 10; minute < 17; minute++) {
            new Played(server, host, "failed", `20261120-06${minute}34-77e3`);
        }
        const newest = new Played(server, host, "succeeded", "20261121-051933-5674", begins("Create local VM"));
        await page.getByRole("link", { name: "Overview", exact: true }).click();
        await expect(page.getByRole("row")).toHaveCount(1 + 5);
        await page.getByRole("link", { name: "All runs", exact: true }).click();
        await expect(page.getByRole("row")).toHaveCount(1 + 8);
        const cells = page.getByRole("row").nth(1).getByRole("cell");
        await expect(cells).toHaveText([newest.id, "engine.lab.test", "host1.lab.test", /^\d{4}-\d\d-\d\d \d\d:\d\d$/, /\d+ (s|min)/, /Running/, host.user]);
        await expect(page.getByRole("row").nth(2)).toContainText("Failed");
        await page.getByRole("link", { name: newest.id }).click();
        await alive(page);
        await expect(page.getByRole("heading", { level: 1 })).toHaveText("Deployment of engine.lab.test");
    });
});

test("a link to a page of the other program brings that program, and so does the way back", async ({ loggedIn: page }) => {
    await open(page, "/");
    const came = (program: string) => page.waitForResponse((answer) => answer.url().endsWith(`/pkg/${program}_bg.wasm`));
    await Promise.all([came("watch"), page.getByRole("link", { name: "Health" }).click()]);
    await alive(page);
    await expect(page).toHaveURL(/\/health$/);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Health");
    await Promise.all([came("wizard"), page.goBack()]);
    await alive(page);
    await expect(page).toHaveURL(/[^h]\/$/);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Overview");
});

test.describe("where an engine is deployed", () => {
    // What is read of a host is kept: a server of its own.
    test.use({ serveWith: [] });
    test.beforeEach(({ host }) => {
        test.skip(host.engine === undefined, "the lab's engine is not for playing");
    });
    test.afterEach(({ host }) => host.engine?.off());

    test("the first step is to see how it is", async ({ loggedIn: page, host }) => {
        const see = page.getByRole("link", { name: "See how the engine is" });
        const again = page.getByRole("button", { name: "Check again" });
        await open(page, "/");
        await expect(again).toBeEnabled({ timeout: 30_000 });
        await expect(see).toHaveCount(0);
        host.engine?.is("up");
        await again.click();
        await see.click({ timeout: 30_000 });
        await expect(page.getByRole("heading", { level: 1 })).toHaveText("Health");
    });
});
