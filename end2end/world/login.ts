// The login page, as a person uses it.

import { type Locator, type Page, expect } from "@playwright/test";
import type { Host } from "./host.ts";

export class Login {
    readonly page: Page;
    readonly host: Locator;
    readonly user: Locator;
    readonly password: Locator;
    readonly submit: Locator;
    readonly alert: Locator;
    readonly fingerprint: Locator;

    constructor(page: Page) {
        this.page = page;
        this.host = page.locator("#host");
        this.user = page.locator("#user");
        this.password = page.locator("#password");
        this.submit = page.locator("form[action='/login'] button[type=submit]");
        this.alert = page.getByRole("alert");
        this.fingerprint = page.locator(".hd-fingerprint");
    }

    async open(): Promise<void> {
        await this.page.goto("/login");
    }

    /** Types and sends; the page that comes then is the caller's to judge. */
    async send(host: Pick<Host, "at" | "user">, password: string): Promise<void> {
        await this.submit.waitFor();
        if (await this.host.isVisible()) {
            await this.host.fill(host.at);
        }
        await this.user.fill(host.user);
        await this.password.fill(password);
        // The form of before is still there for a while, with what it said.
        await Promise.all([this.page.waitForEvent("domcontentloaded", { timeout: 0 }), this.submit.click()]);
    }

    /** Chooses or pastes a key and sends. */
    async sendKey(host: Pick<Host, "at" | "user">, key: { file: string } | { text: string }, passphrase: string): Promise<void> {
        await this.page.locator("details").evaluate((details: HTMLDetailsElement) => (details.open = true));
        if ("file" in key) {
            await this.page.locator("#key").setInputFiles(key.file);
        } else {
            await this.page.locator("#key_text").fill(key.text);
        }
        await this.page.locator("#passphrase").fill(passphrase);
        await this.send(host, "");
    }

    /** All of it: a host met for the first time is compared and trusted. Ends on a page that is alive. */
    async through(host: Host): Promise<void> {
        await this.send(host, host.password);
        await this.fingerprint.or(this.page.locator("main#main")).first().waitFor();
        if (await this.page.locator("input[name=trusted]").count()) {
            await expect(this.fingerprint).toContainText(host.fingerprint);
            await this.password.fill(host.password);
            await this.submit.click();
        }
        await alive(this.page);
    }
}

/** Waits until the page's script has taken it over. */
export async function alive(page: Page): Promise<void> {
    await page.locator("html[data-alive]").waitFor();
}
