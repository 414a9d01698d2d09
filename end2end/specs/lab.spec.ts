// Against the lab's host1, which can take an engine. @lab: `cargo xtask test` runs these when the lab is up.

import { expect, open, test } from "../world/test.ts";

test("the lab's host lets its administrator in @lab", async ({ loggedIn: page, host }) => {
    await open(page, "/");
    await expect(page.locator("main")).toContainText(host.at);
    await expect(page.locator("main")).toContainText(host.user);
});

test("a test mail goes from the host, and the mail server's words are shown @lab", async ({ loggedIn: page, host }) => {
    await open(page, "/deploy/engine");
    await expect(page.locator("fieldset").first()).toBeEnabled();
    const type = (answer: string, text: string) => page.locator(`#f-engine-${answer}`).fill(text);
    await type("mail_sender", "engine@lab.test");
    await type("mail_recipients", "admin@lab.test");
    const send = page.getByRole("button", { name: "Send test mail" });
    await type("smtp_server", host.at.slice(0, host.at.lastIndexOf(":")));
    await type("smtp_port", "9");
    await send.click();
    await expect(page.getByText("No mail was sent through")).toBeVisible({ timeout: 40_000 });
    await type("smtp_server", "infra.lab.test");
    await type("smtp_port", "25");
    await send.click();
    await expect(page.getByText("infra.lab.test:25 took the mail")).toBeVisible({ timeout: 40_000 });
    await expect(page.locator("pre")).toContainText("RCPT TO:<admin@lab.test>");
});

test("a Gluster server's volumes are found and one is taken @lab", async ({ loggedIn: page }) => {
    await open(page, "/deploy/storage");
    await expect(page.locator("fieldset").first()).toBeEnabled();
    await page.locator("#f-storage-type").selectOption("glusterfs");
    await page.locator("#f-storage-glusterfs-connection").fill("storage.lab.test:/other");
    await page.getByRole("button", { name: "Look at the storage from the host" }).click();
    await page.getByRole("radio", { name: /storage\.lab\.test:\/he/ }).check({ timeout: 60_000 });
    await expect(page.locator("#f-storage-glusterfs-connection")).toHaveValue("storage.lab.test:/he");
});
