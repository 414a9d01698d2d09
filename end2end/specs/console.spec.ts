// The serial console in the page: a real terminal on the tests' host, behind a real SSH connection.

import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { alive } from "../world/login.ts";
import { CUT, expect, open, test } from "../world/test.ts";

test.use({ serveWith: [] });

test.beforeEach(({ host }) => {
    test.skip(host.engine === undefined, "the lab's console is not for playing");
    host.engine?.is("up");
});
test.afterEach(({ host }) => host.engine?.off());

const screen = (page: Page) => page.locator("#console .xterm-rows");
const told = (page: Page) => page.locator("#console-told");
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

async function opened(page: Page): Promise<void> {
    await open(page, "/console");
    await button(page, "Open the console").click();
    await expect(screen(page)).toContainText("engine login:", { timeout: 20_000 });
}

test("what is typed arrives, what comes back is shown, and Ctrl+] ends it", async ({ loggedIn: page, host }) => {
    await opened(page);
    await expect(screen(page)).toContainText("The engine VM is running on this host");
    await page.keyboard.type("root");
    await expect(screen(page)).toContainText("engine login: root");
    // Colours by number and by value: the policy lets the terminal have both.
    await page.keyboard.type("#");
    await expect(screen(page).getByText("green")).toHaveCSS("color", "rgb(10, 200, 30)");
    await expect(screen(page).getByText("red", { exact: true })).toHaveClass(/xterm-fg-1/);
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await page.keyboard.press("Control+]");
    await expect(told(page)).toContainText("The console has ended.");
    await expect(button(page, "Open the console")).toBeVisible();
    expect(host.engine?.did()).toEqual(["--console"]);

    await open(page, "/health");
    await expect(page.locator(".hd-deeds")).toContainText("Console of the engine VM", { timeout: 30_000 });
    await expect(page.locator(".hd-deeds")).toContainText(`${host.user}@${host.at} (browser)`);
});

test("the terminal has the window's size, also when that changes", async ({ loggedIn: page }) => {
    await opened(page);
    const size = async (): Promise<number[]> => {
        await page.keyboard.type("!");
        await expect(screen(page)).toContainText(/\[\d+ \d+\]/);
        const all = [...(await screen(page).innerText()).matchAll(/\[(\d+) (\d+)\]/g)];
        return (all.at(-1) ?? []).slice(1).map(Number);
    };
    const [rows = 0, columns = 0] = await size();
    expect(columns).toBeGreaterThan(80);
    expect(rows).toBe(await page.locator("#console .xterm-rows > div").count());
    await page.setViewportSize({ width: 700, height: 500 });
    await expect.poll(async () => (await size())[1]).toBeLessThan(columns - 10);
});

test("the keyboard comes out of the terminal, and the escape has a button", async ({ loggedIn: page }) => {
    await opened(page);
    await page.keyboard.press("Shift+Tab");
    await expect(button(page, "Close the console")).toBeFocused();
    await button(page, "Send Ctrl+]").click();
    await expect(told(page)).toContainText("The console has ended.");
});

test("a second visitor is told who has it, and may take it over", async ({ loggedIn: page, host, context }) => {
    await opened(page);
    const second = await context.newPage();
    await open(second, "/console");
    await button(second, "Open the console").click();
    await expect(told(second)).toContainText(`The console is open already: ${host.user}@${host.at} (browser) has it.`);
    await expect(told(second)).toContainText("only one at a time");
    await button(second, "Take it over").click();
    await expect(screen(second)).toContainText("engine login:", { timeout: 20_000 });
    await expect(told(page)).toContainText("Somebody else has taken the console over.");
    await second.keyboard.type("mine");
    await expect(screen(second)).toContainText("mine");
});

test("a console that is open outside of the pages is explained", async ({ loggedIn: page, host }) => {
    host.engine?.consoleElsewhere();
    await open(page, "/console");
    await button(page, "Open the console").click();
    await expect(told(page)).toContainText("outside of these pages", { timeout: 20_000 });
    await expect(told(page).locator("code")).toHaveText(["virsh console", "hosted-engine --console"]);
    await expect(told(page)).not.toContainText("`");
});

test("leaving the page hangs up, and so does the log-out", async ({ loggedIn: page, host, context }) => {
    await opened(page);
    await page.getByRole("link", { name: "Overview" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Overview");
    await expect.poll(() => host.engine?.consoleIsOpen(), { timeout: 20_000 }).toBe(false);

    await opened(page);
    const second = await context.newPage();
    await open(second, "/");
    await second.getByRole("button", { name: "Log out" }).click();
    await expect(told(page)).toContainText("Your session has ended", { timeout: 20_000 });
    await expect.poll(() => host.engine?.consoleIsOpen(), { timeout: 20_000 }).toBe(false);
});

test("a terminal that cannot be loaded says so, and offers no button that does nothing", async ({ loggedIn: page, console }) => {
    console.announce(CUT);
    await page.route("**/pkg/xterm.mjs*", (route) => route.abort("connectionfailed"));
    await open(page, "/console");
    await expect(page.locator("main").getByRole("alert")).toContainText("did not arrive from the server");
    await expect(button(page, "Open the console")).toBeDisabled();
});

test("a server that is gone is told", async ({ loggedIn: page, server, console }) => {
    console.announce(CUT);
    console.announce(/WebSocket/);
    console.announce(/status of 401/);
    await opened(page);
    await server.kill();
    await expect(told(page)).toContainText("The connection to the server was lost");
    await server.again();
});

test("no other site opens a console by a visitor's cookie", async ({ loggedIn: page, server, browser }) => {
    await open(page, "/");
    await alive(page);
    const cookies = await page.context().cookies();
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    await context.addCookies(cookies);
    const answer = await context.request.get(`${server.url}/api/v1/console?columns=80&rows=24`, {
        headers: {
            Connection: "Upgrade",
            Upgrade: "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            Origin: "https://evil.example",
        },
    });
    expect(answer.status()).toBe(403);
    await context.close();
});
