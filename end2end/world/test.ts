// `test` with a world around it: a host, a server, a page that is logged in, and a watch over the console.

import { type BrowserContext, type Page, test as base } from "@playwright/test";
import { type Host, labHost, noHost, ownHost } from "./host.ts";
import { Login, alive } from "./login.ts";
import { lab } from "./places.ts";
import { Server } from "./server.ts";

export { expect } from "@playwright/test";

export type Lang = "en" | "ja";
export type Theme = "light" | "dark";

/** What a browser must not say: every error in its console fails the test, unless it was announced. */
export class Console {
    private readonly heard: string[] = [];
    private readonly announced: RegExp[] = [];

    constructor(context: BrowserContext) {
        context.on("console", (message) => {
            if (message.type() === "error" || message.type() === "warning") {
                this.heard.push(`${message.type()}: ${message.text()} (${message.location().url})`);
            }
        });
        context.on("weberror", (error) => this.heard.push(`not caught: ${error.error().stack ?? error.error().message}`));
    }

    /** This line may come. A test announces what it provokes, such as the 401 of a wrong password. */
    announce(line: RegExp): void {
        this.announced.push(line);
    }

    complaints(): string[] {
        return this.heard.filter((line) => !this.announced.some((known) => known.test(line)));
    }
}

interface PerWorker {
    host: Host;
    shared: Server;
    cookies: Awaited<ReturnType<BrowserContext["cookies"]>>;
}

interface PerTest {
    /** Arguments of `serve`; a server of the test's own is started with them. Empty: also one of its own, as usual. */
    serveWith: string[] | undefined;
    server: Server;
    console: Console;
    login: Login;
    /** A page behind the login; nothing is open yet. */
    loggedIn: Page;
}

export const test = base.extend<PerTest, PerWorker>({
    host: [
        async ({}, use) => {
            const host = lab ? labHost() : await ownHost();
            await use(host);
            await host.stop();
        },
        { scope: "worker" },
    ],
    shared: [
        async ({}, use) => {
            const server = await Server.start();
            await use(server);
            await server.stop();
        },
        { scope: "worker" },
    ],
    cookies: [
        async ({ browser, shared, host }, use) => {
            const context = await browser.newContext({ baseURL: shared.url, ignoreHTTPSErrors: true, locale: "en-US" });
            const login = new Login(await context.newPage());
            await login.open();
            await login.through(host);
            const cookies = await context.cookies();
            await context.close();
            await use(cookies);
        },
        { scope: "worker" },
    ],
    serveWith: [undefined, { option: true }],
    server: async ({ shared, serveWith }, use) => {
        if (serveWith === undefined) {
            await use(shared);
        } else {
            const own = await Server.start(serveWith);
            await use(own);
            await own.stop();
        }
    },
    baseURL: async ({ server }, use) => use(server.url),
    console: [
        async ({ context, server, host }, use) => {
            const console = new Console(context);
            await use(console);
            const complaints = [
                ...console.complaints().map((line) => `browser: ${line}`),
                ...server.complaints().map((line) => `server: ${line}`),
                ...server.leaks(host.password).map((place) => `the password is in ${place}`),
            ];
            if (complaints.length > 0) {
                throw new Error(`complaints that nobody announced:\n${complaints.join("\n")}`);
            }
        },
        { auto: true },
    ],
    login: async ({ page }, use) => use(new Login(page)),
    loggedIn: async ({ page, context, cookies, serveWith, server, host }, use) => {
        if (serveWith === undefined) {
            await context.addCookies(cookies);
        } else {
            const login = new Login(page);
            await page.goto(`${server.url}/login`);
            await login.through(host);
        }
        await use(page);
    },
});

test.beforeEach(() => {
    const why = noHost();
    test.skip(why !== undefined, why);
});

/** Chooses language and look, as the switches do. */
export async function choose(page: Page, url: string, lang: Lang, theme: Theme): Promise<void> {
    const cookie = (name: string, value: string) => ({ name, value, url, secure: true, httpOnly: true });
    await page.context().addCookies([cookie("__Host-lang", lang), cookie("__Host-theme", theme)]);
}

/** Opens a page behind the login and waits until it is alive. */
export async function open(page: Page, path: string): Promise<void> {
    await page.goto(path);
    await alive(page);
}
