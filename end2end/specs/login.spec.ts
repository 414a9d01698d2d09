// The way in and out.

import { freePort, ownHost } from "../world/host.ts";
import { Login, alive } from "../world/login.ts";
import { lab } from "../world/places.ts";
import { CUT, choose, expect, open, test } from "../world/test.ts";

// Failures slow an address down, so each test has a server of its own.
test.use({ serveWith: [] });

const REFUSED = /status of 401/;

test("a strange host shows its key before any password, and is known afterwards", async ({ login, host, page, context }) => {
    await login.open();
    await login.send(host, host.password);
    await expect(login.fingerprint).toContainText(host.fingerprint);
    await expect(login.password).toHaveValue("");
    await login.password.fill(host.password);
    await login.submit.click();
    await alive(page);
    await expect(page.locator("main")).toContainText(host.user);
    await expect(page.locator("main")).toContainText(host.fingerprint);

    await context.clearCookies();
    await login.open();
    await login.send(host, host.password);
    await alive(page);
    await expect(page).toHaveURL("/");
});

test("a wrong password is said, with what to do; what was typed stays, the password does not", async ({ login, host, page, console }) => {
    console.announce(REFUSED);
    await login.open();
    await login.through(host);
    await page.context().clearCookies();
    await login.open();
    await login.send(host, "canary wrong");
    await expect(login.alert).toContainText(host.user);
    await expect(login.alert.locator("div")).not.toBeEmpty();
    await expect(login.user).toHaveValue(host.user);
    await expect(login.host).toHaveValue(host.at);
    await expect(login.password).toHaveValue("");
    expect(await page.content()).not.toContain("canary wrong");
    await login.send(host, host.password);
    await alive(page);
});

test("guessing gets slower", async ({ login, host, console }) => {
    console.announce(REFUSED);
    console.announce(/status of 429/);
    await login.open();
    for (let attempt = 0; attempt < 4; attempt++) {
        await login.send({ at: "127.0.0.1:1", user: host.user }, "canary guess");
        await expect(login.alert).toBeVisible();
    }
    await expect(login.alert).toContainText(/Try again after this many seconds: [1-9]/);
});

test("nobody there, and what is no host", async ({ login, console }) => {
    console.announce(REFUSED);
    console.announce(/status of 422/);
    await login.open();
    const at = `127.0.0.1:${await freePort()}`;
    await login.send({ at, user: "root" }, "canary");
    await expect(login.alert).toContainText(at);
    await login.send({ at: "no host", user: "root" }, "canary");
    await expect(login.alert).toContainText("This is no host name or address.");
});

test("why nobody is let in is told in Japanese as well", async ({ login, host, page, console, server }) => {
    console.announce(REFUSED);
    await choose(page, server.url, "ja", "light");
    await login.open();
    await login.send({ at: `127.0.0.1:${await freePort()}`, user: "root" }, "canary");
    await expect(login.alert).toContainText("接続が拒否されました");
    await expect(login.alert).toContainText("sshd が動作しているか");
    await login.through(host);
    await page.context().clearCookies();
    await choose(page, server.url, "ja", "light");
    await login.open();
    await login.send(host, "canary wrong");
    await expect(login.alert).toContainText(`${host.user} のログインが拒否されました`);
});

test("a host whose key has changed is refused, with both keys", async ({ login, page, console, server }) => {
    test.skip(lab, "the lab's host keeps its key");
    console.announce(REFUSED);
    const host = await ownHost();
    try {
        await login.open();
        await login.through(host);
        await page.context().clearCookies();
        const before = host.fingerprint;
        await host.changeKey?.();
        await login.open();
        await login.send(host, host.password);
        await expect(login.alert).toContainText(before);
        await expect(login.alert).toContainText(host.fingerprint);
        await expect(page.locator("input[name=trusted]")).toHaveCount(0);
        expect(server.leaks(host.password)).toEqual([]);
    } finally {
        await host.stop();
    }
});

test("after the log-out the way back leads to the login", async ({ login, host, page }) => {
    await login.open();
    await login.through(host);
    await page.getByRole("button", { name: "Log out" }).click();
    await expect(page).toHaveURL(/\/login/);
    await page.goBack();
    await expect(login.password).toBeVisible();
    await expect(page.locator("main")).not.toContainText(host.fingerprint);
    await page.goto("/");
    await expect(page).toHaveURL(/\/login/);
});

test("a session that ended is said, and the login leads back to the page", async ({ login, host, page, server, console }) => {
    console.announce(CUT);
    await login.open();
    await login.through(host);
    await server.kill();
    await server.again();
    await page.goto("/?here");
    await expect(page.getByRole("alert")).toContainText("Your session has ended.");
    await login.through(host);
    await expect(page).toHaveURL("/");
});

test("one who is not logged in is led to the login and then to where he wanted", async ({ login, host, page }) => {
    await page.goto("/");
    await expect(page).toHaveURL("/login?next=/");
    await login.through(host);
    await expect(page).toHaveURL("/");
});

test("the address without https leads to the login", async ({ page, server }) => {
    await page.goto(server.url.replace("https:", "http:"));
    await expect(page).toHaveURL(`${server.url}/login?next=/`);
});

test("the login has no script and few parts", async ({ page }) => {
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.goto("/login", { waitUntil: "networkidle" });
    await expect(page.locator("script")).toHaveCount(0);
    expect(asked.filter((path) => path !== "/pkg/favicon.svg").sort()).toEqual(["/login", "/pkg/plain.css"]);
});

test("two browsers have two sessions", async ({ login, host, page, browser, server }) => {
    await login.open();
    await login.through(host);
    const other = await browser.newContext({ baseURL: server.url, ignoreHTTPSErrors: true });
    const second = new Login(await other.newPage());
    await second.open();
    await second.through(host);
    await page.getByRole("button", { name: "Log out" }).click();
    await expect(page).toHaveURL(/\/login/);
    await open(second.page, "/");
    await expect(second.page.locator("main")).toContainText(host.user);
    await other.close();
});
