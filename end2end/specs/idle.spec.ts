// A session that nobody uses ends; before that, the page warns.

import { AxeBuilder } from "@axe-core/playwright";
import { expect, open, test } from "../world/test.ts";

test.use({ serveWith: ["--idle", "1"] });

const WARNING = /You will be logged out soon/;

test("the page warns, and staying puts the end off", async ({ loggedIn: page }) => {
    test.setTimeout(150_000);
    await open(page, "/");
    await expect(page.getByRole("alert")).toHaveText("");
    await expect(page.getByRole("alert")).toContainText(WARNING, { timeout: 50_000 });
    await expect(page.getByRole("timer")).toContainText(/Seconds left: \d+/);
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await page.getByRole("button", { name: "Stay logged in" }).click();
    await expect(page.getByRole("alert")).toHaveText("");
    // Beyond the minute since the page was opened: it is alive by the button alone.
    await page.waitForTimeout(25_000);
    await page.reload();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Overview");
});

test("the page leads to the login when the session has ended, and the login back @full", async ({ loggedIn: page, console }) => {
    test.setTimeout(150_000);
    // What the page asks last is refused.
    console.announce(/status of 401/);
    await open(page, "/");
    await expect(page).toHaveURL(/\/login\?ended&next=/, { timeout: 90_000 });
    await expect(page.getByRole("alert")).toContainText("Your session has ended.");
});
