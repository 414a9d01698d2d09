// Against the lab's host1, which can take an engine. @lab: `cargo xtask test` runs these when the lab is up.

import { expect, open, test } from "../world/test.ts";

test("the lab's host lets its administrator in @lab", async ({ loggedIn: page, host }) => {
    await open(page, "/");
    await expect(page.locator("main")).toContainText(host.at);
    await expect(page.locator("main")).toContainText(host.user);
});
