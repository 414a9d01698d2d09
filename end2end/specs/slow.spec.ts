// A slow line: a page is there before its program is, and sometimes the program never comes.

import { AxeBuilder } from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { alive } from "../world/login.ts";
import { Played, begins } from "../world/runs.ts";
import { CUT, type Lang, choose, expect, open, test } from "../world/test.ts";

// Each has a draft of its own.
test.use({ serveWith: [] });

const PROGRAM = /\/pkg\/\w+_bg\.wasm$/;

/** Keeps the program back until it is let through. */
async function held(page: Page): Promise<() => void> {
    let through = () => {};
    const wait = new Promise<void>((done) => (through = done));
    // A test that ends does not wait for it.
    page.on("close", through);
    await page.route(PROGRAM, async (route) => {
        await wait;
        await route.continue().catch(() => {});
    });
    return through;
}

/** Opens a page whose program may not come. */
const early = (page: Page, path: string) => page.goto(path, { waitUntil: "domcontentloaded" });
/** What the page says about its program. */
const told = (page: Page) => page.locator("#arrival > p:visible");
/** It takes links in a `fieldset` that is disabled for disabled, and then finds nothing to focus in what scrolls; they are not. */
const axe = (page: Page) => new AxeBuilder({ page }).disableRules("scrollable-region-focusable");
const field = (page: Page, path: string): Locator => page.locator(`#f-${path.replaceAll(".", "-")}`);
const saved = (page: Page) => expect(page.getByText("Draft saved", { exact: true })).toBeVisible();

const RUN = "20261121-051933-5674";
for (const path of ["/", "/deploy/vm", "/deploy/engine", "/deploy/prepare", `/runs/${RUN}`, "/health", "/logs", "/console", "/cleanup", "/nodes", "/profiles"]) {
    test(`${path}: what cannot be used yet cannot be pressed, and that is told`, async ({ loggedIn: page, server, host }) => {
        const run = new Played(server, host, "succeeded", RUN, begins("Create local VM"));
        run.drive();
        const through = await held(page);
        await early(page, path);
        await expect(told(page)).toHaveText("This page is still loading. Its fields and buttons can be used in a moment.");
        await expect(page.locator("#arrival")).toHaveRole("status");
        expect(await page.locator("main :is(button, input, select, textarea):enabled").evaluateAll((all) => all.map((e) => e.outerHTML))).toEqual([]);
        expect((await axe(page).analyze()).violations).toEqual([]);
        through();
        await alive(page);
        await expect(told(page)).toHaveCount(0);
        await expect(page.locator("main > fieldset")).toBeEnabled();
        await run.leave();
    });
}

test("who types, chooses and presses too early loses nothing of it", async ({ loggedIn: page }) => {
    const through = await held(page);
    await early(page, "/deploy/vm");
    const [fqdn, mac] = [field(page, "engine_vm.fqdn"), field(page, "engine_vm.mac")];
    const first = await mac.inputValue();
    await fqdn.click({ force: true });
    await page.keyboard.type("too-early.example.com");
    await page.getByRole("button", { name: "Generate" }).click({ force: true });
    await expect(fqdn).toHaveValue("");
    await expect(fqdn).toBeDisabled();
    // Whoever keeps trying gets it done as soon as it can be done.
    const trying = Promise.all([fqdn.fill("engine.example.com"), field(page, "engine_vm.network").selectOption("static")]);
    through();
    await trying;
    await expect(mac).toHaveValue(first);
    await saved(page);
    await page.reload();
    await expect(fqdn).toHaveValue("engine.example.com");
    await expect(field(page, "engine_vm.network")).toHaveValue("static");
});

test("links, language, look and log-out do not need the program", async ({ loggedIn: page }) => {
    await held(page);
    await early(page, "/deploy/vm");
    await page.getByRole("link", { name: "Next", exact: true }).click();
    await expect(page).toHaveURL(/\/deploy\/engine$/);
    await page.getByRole("button", { name: "Dark" }).click();
    await expect(page.locator("html")).toHaveClass(/pf-v6-theme-dark/);
    await page.getByRole("button", { name: "日本語" }).click();
    await expect(page.locator("html")).toHaveAttribute("lang", "ja");
    await expect(told(page)).toContainText("ページを読み込んでいます");
    await page.getByRole("button", { name: "ログアウト" }).click();
    await expect(page).toHaveURL(/\/login/);
});

test("a program that is very long on its way is told as that", async ({ loggedIn: page }) => {
    await page.clock.install();
    const through = await held(page);
    await early(page, "/health");
    await page.clock.fastForward(25_000);
    await expect(told(page)).toContainText("loads very slowly");
    through();
    await alive(page);
    await expect(told(page)).toHaveCount(0);
});

for (const [lang, words, again] of [
    ["en", "did not arrive or did not start", "reload this page"],
    ["ja", "取得または開始できなかった", "このページを再読み込みしてください"],
] as [Lang, string, string][]) {
    test(`a program that does not arrive is told, with the next step, in ${lang}`, async ({ loggedIn: page, server, console }) => {
        console.announce(CUT);
        console.announce(/^not caught: /);
        await choose(page, server.url, lang, "light");
        await page.route(PROGRAM, (route) => route.abort("connectionreset"));
        await early(page, "/deploy/vm");
        await expect(told(page)).toContainText(words);
        await expect(field(page, "engine_vm.fqdn")).toBeDisabled();
        expect((await axe(page).analyze()).violations).toEqual([]);
        await page.unroute(PROGRAM);
        await told(page).getByRole("link", { name: again }).click();
        await expect(field(page, "engine_vm.fqdn")).toBeEnabled();
        await expect(told(page)).toHaveCount(0);
    });
}

test("a program that is cut off in its middle is told", async ({ loggedIn: page, console }) => {
    console.announce(/WebAssembly|CompileError/);
    console.announce(/^not caught: /);
    await page.route(PROGRAM, async (route) => {
        const response = await route.fetch();
        const { "content-encoding": _, "content-length": __, ...headers } = response.headers();
        await route.fulfill({ response, headers, body: (await response.body()).subarray(0, 100_000) });
    });
    await early(page, "/health");
    await expect(told(page)).toContainText("did not arrive or did not start");
});

test("without scripts the page says what it needs", async ({ loggedIn: page }) => {
    // Chromium shows no such element where it is only told not to run scripts, so it is looked for in what the server sends.
    const html = await (await page.request.get("/deploy/vm")).text();
    expect(html).toMatch(/<noscript><p>These pages need JavaScript and WebAssembly\./);
    expect(html).toMatch(/<fieldset[^>]* disabled[ >=]/);
});

test("a page that is alive says nothing of it", async ({ loggedIn: page }) => {
    await open(page, "/");
    await expect(told(page)).toHaveCount(0);
});
