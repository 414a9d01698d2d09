// The pages beside Cockpit, on the same machine, in the same Chromium, by turns.

import type { Browser } from "@playwright/test";
import { alive } from "../world/login.ts";
import { Login } from "../world/login.ts";
import { Server } from "../world/server.ts";
import { type Host, ownHost } from "../world/host.ts";
import { expect, test } from "@playwright/test";
import { Cockpit } from "./cockpit.ts";
import { OBSERVE, Wire, kept, largestPaint, mainThread, median, pss, share } from "./measure.ts";
import { streamed, watched, wild } from "./stream.ts";

const ROUNDS = Number(process.env.HOSTED_DEPLOY_ROUNDS ?? 5);
const SESSIONS = 10;
const REQUESTS = 2_000;
const LINES = 1_000_000;
/** After a page can be used, for what it still loads. Not until its network is idle: Cockpit's never is. */
const SETTLE_MILLIS = 3_000;
/** Where somebody who wants to deploy goes first. */
const WIZARD = "/deploy/vm";

interface Row {
    what: string;
    unit: string;
    ours: number;
    theirs?: number;
    /** Ours must not be above this. */
    limit?: number;
    /** Ours must not be below this. */
    least?: number;
    /** Ours must be below theirs. */
    race?: true;
}

const rows: Row[] = [];
let host: Host;
let server: Server;
let cockpit: Cockpit;

test.beforeAll(async () => {
    host = await ownHost();
    server = await Server.start();
    cockpit = await Cockpit.start();
});

test.afterAll(async () => {
    await cockpit.stop();
    await server.stop();
    await host.stop();
    const number = (value?: number) => (value === undefined ? "" : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0));
    const line = (cells: string[]) => console.log(`  ${cells[0]?.padEnd(46)}${cells.slice(1).map((cell) => cell.padStart(10)).join("")}`);
    console.log(`\nbeside Cockpit ${Cockpit.version()}; medians of ${ROUNDS} rounds by turns, each with an empty cache`);
    line(["", "ours", "Cockpit", "ratio", "at most", "at least"]);
    for (const { what, unit, ours, theirs, limit, least } of rows) {
        const ratio = theirs === undefined ? "" : (ours / theirs).toFixed(2);
        line([`${what}, ${unit}`, number(ours), number(theirs), ratio, number(limit), number(least)]);
    }
});

function keep(row: Row): void {
    rows.push(row);
    if (row.limit !== undefined) expect.soft(row.ours, row.what).toBeLessThanOrEqual(row.limit);
    if (row.least !== undefined) expect.soft(row.ours, row.what).toBeGreaterThanOrEqual(row.least);
    if (row.race && row.theirs !== undefined) expect.soft(row.ours, `${row.what}: Cockpit's is ${row.theirs}`).toBeLessThan(row.theirs);
}

interface Visit {
    loginBytes: number;
    loginRequests: number;
    bytes: number;
    requests: number;
    paint: number;
    work: number;
    usable: number;
}

/** From an empty cache to a page that can be used: the login page, the login, the first page. */
async function visit(browser: Browser, login: (page: import("@playwright/test").Page) => Promise<() => Promise<void>>): Promise<Visit> {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 }, locale: "en-US" });
    const page = await context.newPage();
    await page.addInitScript(OBSERVE);
    const [wire, session] = await Wire.of(page);
    const send = await login(page);
    await page.waitForTimeout(SETTLE_MILLIS);
    const [loginBytes, loginRequests] = [wire.bytes, wire.requests];
    const before = await mainThread(session);
    const began = Date.now();
    await send();
    const usable = Date.now() - began;
    await page.waitForTimeout(SETTLE_MILLIS);
    const work = ((await mainThread(session)) - before) * 1000;
    const paint = await largestPaint(page, began);
    await context.close();
    return { loginBytes, loginRequests, bytes: wire.bytes, requests: wire.requests, paint, work, usable };
}

async function firstVisit(browser: Browser): Promise<void> {
    const known = await browser.newContext({ ignoreHTTPSErrors: true });
    const first = new Login(await known.newPage());
    await first.page.goto(`${server.url}/login`);
    await first.through(host);
    await known.close();
    const ours = () =>
        visit(browser, async (page) => {
            await page.goto(`${server.url}${WIZARD}`);
            const login = new Login(page);
            return async () => {
                await login.send(host, host.password);
                await alive(page);
                await expect(page).toHaveURL(WIZARD.includes("deploy") ? /\/deploy\// : /\/$/);
            };
        });
    const theirs = () =>
        visit(browser, async (page) => {
            await page.goto(cockpit.url);
            await expect(page.locator("#login-user-input")).toBeVisible();
            return () => cockpit.logIn(page);
        });
    const visits: { ours: Visit[]; theirs: Visit[] } = { ours: [], theirs: [] };
    for (let round = 0; round < ROUNDS; round++) {
        visits.ours.push(await ours());
        visits.theirs.push(await theirs());
    }
    const pair = (of: (visit: Visit) => number) => ({ ours: median(visits.ours.map(of)), theirs: median(visits.theirs.map(of)) });
    keep({ what: "login page", unit: "kB", ...pair((v) => v.loginBytes / 1000), limit: 60 });
    keep({ what: "login page", unit: "requests", ...pair((v) => v.loginRequests) });
    keep({ what: "login and first page", unit: "kB", ...pair((v) => v.bytes / 1000), limit: 450 });
    keep({ what: "login and first page", unit: "requests", ...pair((v) => v.requests), limit: 15 });
    keep({ what: "largest paint after the login was sent", unit: "ms", ...pair((v) => v.paint), race: true });
    keep({ what: "usable after the login was sent", unit: "ms", ...pair((v) => v.usable) });
    keep({ what: "work of the main thread for it", unit: "ms", ...pair((v) => v.work), race: true });
}

async function idleSessions(browser: Browser): Promise<void> {
    const empty = { ours: pss(server.pid), theirs: pss(cockpit.pid) };
    const contexts = [];
    for (let n = 0; n < SESSIONS; n++) {
        const context = await browser.newContext({ ignoreHTTPSErrors: true });
        contexts.push(context);
        const login = new Login(await context.newPage());
        await login.page.goto(`${server.url}${WIZARD}`);
        await login.through(host);
        const page = await context.newPage();
        await page.goto(cockpit.url);
        await cockpit.logIn(page);
    }
    await contexts[0]?.pages()[0]?.waitForTimeout(10_000);
    keep({ what: "memory without a session", unit: "MB", ...empty });
    keep({ what: `memory with ${SESSIONS} idle sessions, pages open`, unit: "MB", ours: pss(server.pid), theirs: pss(cockpit.pid), limit: 25, race: true });
    for (const context of contexts) await context.close();
}

async function keptConnection(): Promise<void> {
    const css = `${server.url}/pkg/wizard.css`;
    const [login, theirs, file] = [await kept(`${server.url}/login`, REQUESTS), await kept(cockpit.url, REQUESTS), await kept(css, REQUESTS)];
    keep({ what: "login page on a kept connection, p50", unit: "ms", ours: median(login), theirs: median(theirs), limit: 2 });
    keep({ what: "login page on a kept connection, p99", unit: "ms", ours: share(login, 0.99), theirs: share(theirs, 0.99) });
    keep({ what: "style sheet on a kept connection, p50", unit: "ms", ours: median(file), limit: 2 });
}

async function million(browser: Browser): Promise<void> {
    const run = wild(server, host, LINES);
    const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: { width: 1280, height: 800 }, locale: "en-US" });
    const login = new Login(await context.newPage());
    await login.page.goto(`${server.url}/login`);
    await login.through(host);
    const cookie = (await context.cookies(server.url)).map(({ name, value }) => `${name}=${value}`).join("; ");
    const rates: number[] = [];
    for (let round = 0; round < 3; round++) rates.push(await streamed(server, cookie, run));
    keep({ what: "stream of a million lines", unit: "lines/s", ours: median(rates), least: 300_000 });
    const { seconds, longest, typed } = await watched(await context.newPage(), server, run);
    keep({ what: "a million lines in the page's log", unit: "s", ours: seconds });
    keep({ what: "longest task of the page meanwhile", unit: "ms", ours: longest, limit: 200 });
    keep({ what: "from a key to the next picture meanwhile", unit: "ms", ours: typed, limit: 200 });
    await context.close();
}

/** Which of them: all, or those that are named in HOSTED_DEPLOY_BENCH_ONLY. */
const STEPS: [name: string, what: string, measure: (browser: Browser) => Promise<void>][] = [
    ["visit", "the first visit", firstVisit],
    ["memory", "sessions that nobody uses", idleSessions],
    ["kept", "a static page on a kept connection", keptConnection],
    ["stream", "a million lines", million],
];

test("the pages beside Cockpit", async ({ browser }) => {
    const only = process.env.HOSTED_DEPLOY_BENCH_ONLY?.split(",");
    for (const [, what, measure] of STEPS.filter(([name]) => only?.includes(name) ?? true)) await test.step(what, () => measure(browser));
});
