// The page of a run: recorded journals are played through the real server while people look.

import { readFileSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { alive } from "../world/login.ts";
import { Played, begins } from "../world/runs.ts";
import { CUT, expect, open, test } from "../world/test.ts";

// Each test restarts, fills and listens to a server of its own.
test.use({ serveWith: [] });

const log = (page: Page) => page.getByRole("region", { name: /^Lines of the log/ });
const lines = (page: Page) => page.locator(".hd-log-count");
const phase = (page: Page, title: string) => page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: title }) });
const ANOTHER = "canary-42 of another attempt";
/** `1 297 lines` as a number. */
const counted = async (page: Page) => Number((await lines(page).innerText()).replace(/\D/g, ""));

test("a run is followed from task to task and to its end", async ({ loggedIn: page, server, host }) => {
    const run = new Played(server, host, "succeeded", "20261121-051933-5674", begins("Create local VM"));
    run.drive();
    await open(page, "/");
    await page.getByRole("link", { name: run.id, exact: true }).click();
    await alive(page);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Deployment of engine.lab.test");
    await expect(phase(page, "Clean up earlier attempts")).toContainText("done");
    const bootstrap = phase(page, "Prepare the local engine VM");
    await expect(bootstrap).toHaveAttribute("aria-current", "step");
    await expect(bootstrap).toContainText("Create local VM");
    await expect(log(page)).toContainText("Create local VM");
    await expect(page.getByRole("progressbar", { name: "Progress" })).toBeVisible();
    await expect(page.locator(".hd-whole")).toContainText(/left: about \d+ (min|h)/);

    run.write(200);
    await expect(log(page)).not.toContainText("Create local VM");
    run.finish();
    await run.leave();
    await expect(page.getByRole("heading", { name: "The engine runs" })).toBeVisible();
    await expect(page.getByRole("link", { name: "https://engine.lab.test/ovirt-engine" })).toBeVisible();
    await expect(page.locator(".hd-login")).toHaveText("admin@ovirt");
    await expect(page.locator(".hd-whole")).toContainText("100 %");
    await expect(log(page)).toContainText("The engine runs.");
    await expect(page.getByRole("button", { name: "Cancel the deployment" })).toHaveCount(0);
});

test("a failure is explained, with the ways on", async ({ loggedIn: page, server, host }) => {
    const run = new Played(server, host, "failed", "20261121-060134-77e3");
    await open(page, `/runs/${run.id}`);
    const panel = page.locator(".hd-panel");
    await expect(panel).toContainText("Failed: Prepare the local engine VM");
    await expect(panel).toContainText("Compare sha1sum");
    await expect(panel).toContainText("What to do");
    await expect(phase(page, "Prepare the local engine VM")).toContainText("failed");
    await expect(panel.getByRole("button", { name: "Try again" })).toBeVisible();
    const [download] = await Promise.all([page.waitForEvent("download"), panel.getByRole("link", { name: "Download bundle" }).click()]);
    expect(download.suggestedFilename()).toBe(`hosted-deploy-${run.id}.tar.gz`);
});

test("a failed run's answers are edited in the wizard and the run is tried again with them", async ({ loggedIn: page, server, host, console }) => {
    // A host that is none of oVirt's: what the retry is told by its checks shows which answers it was made with.
    console.announce(/status of 409/);
    const answers = {
        engine_vm: { fqdn: "engine.invalid", mac: "00:16:3e:12:34:56", vcpus: 3 },
        storage: { type: "nfs", nfs: { connection: "nas.invalid:/exports/he" } },
    };
    const run = new Played(server, host, "failed", "20261121-060134-77e3", undefined, answers);
    const field = (answer: string) => page.locator(`#f-${answer.replaceAll(".", "-")}`);
    const saved = () => expect(page.getByText("Draft saved", { exact: true })).toBeVisible();
    const panel = page.locator(".hd-panel");
    const dialog = page.getByRole("dialog");
    const edit = () => panel.getByRole("button", { name: "Edit answers" }).click();

    await open(page, "/deploy/engine");
    await field("engine.cluster").evaluate((input) => input.closest("details")?.setAttribute("open", ""));
    await field("engine.cluster").fill("Another");
    await saved();
    await open(page, `/runs/${run.id}`);
    await edit();
    await expect(dialog).toContainText("differs from the answers of this run");
    await expect(dialog.getByRole("listitem").filter({ hasText: "Engine VM FQDN" })).toBeVisible();
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await dialog.getByRole("button", { name: "Close" }).click();
    await expect(dialog).toBeHidden();
    await edit();
    await dialog.getByRole("button", { name: "Load the answers of this run" }).click();

    await page.waitForURL(/\/deploy\/vm/);
    await alive(page);
    await expect(page.getByText(`Edited for another attempt of run ${run.id}`)).toBeVisible();
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await expect(field("engine_vm.fqdn")).toHaveValue("engine.invalid");
    await expect(field("engine_vm.vcpus")).toHaveValue("3");
    await field("engine_vm.fqdn").fill("localhost");
    for (const [step, password] of [["VM", "engine_vm.root_password"], ["Engine", "engine.admin_password"]] as const) {
        await page.getByRole("link", { name: new RegExp(`^${step}`) }).click();
        await expect(field(password), "never taken over").toHaveValue("");
        await field(password).fill(ANOTHER);
        await page.locator(`#f-${password.replaceAll(".", "-")}-again`).fill(ANOTHER);
    }
    await expect(field("engine.cluster")).toHaveValue("");
    await saved();

    const retry = async () => {
        await page.getByRole("link", { name: "Back to the run" }).click();
        await page.waitForURL(new RegExp(`/runs/${run.id}$`));
        await alive(page);
        await panel.getByRole("button", { name: "Try again" }).click();
        await expect(dialog.getByRole("checkbox", { name: /as they stand in the wizard/ })).toBeChecked();
        await dialog.getByRole("button", { name: "Try again" }).click();
        await expect(dialog).toContainText("Not done", { timeout: 40_000 });
    };
    await retry();
    await expect(dialog).toContainText("engine_vm.fqdn: ");
    await dialog.getByRole("button", { name: "Close" }).click();
    await edit();
    await dialog.getByRole("button", { name: "Keep the draft and edit it" }).click();
    await page.waitForURL(/\/deploy\/vm/);
    await alive(page);
    await expect(field("engine_vm.fqdn")).toHaveValue("localhost");
    await field("engine_vm.fqdn").fill("mended.invalid");
    await saved();
    await retry();
    await expect(dialog).not.toContainText("engine_vm.fqdn: ");
    await expect(dialog, "a check of the name that was edited").toContainText("mended.invalid");
    expect(server.leaks(ANOTHER)).toEqual([]);
});

test("the log is searched, filtered, copied and kept as a file", async ({ loggedIn: page, server, host, context }) => {
    const run = new Played(server, host, "failed", "20261121-060134-77e3");
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await open(page, `/runs/${run.id}`);
    // The lines come in parts; these are the last two.
    await expect(log(page)).toContainText("exited 2");
    await expect(log(page).locator(".hd-log-row").last()).toContainText("Compare sha1sum");
    const all = await counted(page);
    expect(all).toBeGreaterThan(300);

    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download", exact: true }).click()]);
    const text = readFileSync(await download.path(), "utf8");
    expect(download.suggestedFilename()).toBe(`hosted-deploy-${run.id}.log`);
    expect(text.trimEnd().split("\n")).toHaveLength(all);

    await page.getByRole("searchbox", { name: "Search the log" }).fill("SHA1SUM");
    const found = text.split("\n").filter((line) => line.toLowerCase().includes("sha1sum"));
    await expect.poll(() => counted(page)).toBe(found.length);
    await expect(log(page).locator("mark").first()).toHaveText(/sha1sum/i);
    await page.getByRole("button", { name: "Copy", exact: true }).click();
    await expect.poll(async () => (await page.evaluate(() => navigator.clipboard.readText())).trimEnd().split("\n")).toEqual(found);

    await page.getByRole("searchbox", { name: "Search the log" }).fill("no such words anywhere");
    await expect(page.locator(".hd-log-none")).toContainText("No line fits");
    await page.getByRole("searchbox", { name: "Search the log" }).fill("");
    await page.getByLabel("Show", { exact: true }).selectOption("failures");
    await expect.poll(() => counted(page)).toBe(text.split("\n").filter((line) => /^\S+ {2}(failed|!!) /.test(line)).length);
    await page.getByLabel("Show", { exact: true }).selectOption("all");
    await page.getByRole("button", { name: "Show in the log: Clean up earlier attempts" }).click();
    await expect.poll(() => counted(page)).toBeLessThan(all / 1.5);
    await expect(log(page)).toBeFocused();
});

test("who scrolls up reads in peace, and follows again at the end", async ({ loggedIn: page, server, host }) => {
    const run = new Played(server, host, "succeeded", "20261121-051933-5674", begins("Create local VM"));
    run.drive();
    await open(page, `/runs/${run.id}`);
    const follow = page.getByRole("checkbox", { name: "Follow" });
    await expect(log(page)).toContainText("Create local VM");
    await log(page).evaluate((box) => box.scrollTo(0, 0));
    await expect(follow).not.toBeChecked();
    await expect(log(page)).toContainText("Check the host");
    const before = await counted(page);
    run.write(100);
    await expect.poll(() => counted(page)).toBeGreaterThan(before);
    await expect(log(page)).toContainText("Check the host");
    await follow.check();
    await expect.poll(() => log(page).evaluate((box) => box.scrollHeight - box.clientHeight - box.scrollTop)).toBeLessThan(2);
    await run.leave();
});

test("nothing is lost or doubled by a reload, a second browser, a cut network and a server that is killed", async ({
    loggedIn: page,
    server,
    host,
    context,
    console,
    login,
}) => {
    console.announce(CUT);
    console.announce(/status of 401/);
    const run = new Played(server, host, "succeeded", "20261121-051933-5674", begins("Create local VM"));
    run.drive();
    await open(page, `/runs/${run.id}`);
    await expect(log(page)).toContainText("Create local VM");

    await page.reload();
    await alive(page);
    await expect(log(page)).toContainText("Create local VM");
    const second = await context.newPage();
    await open(second, `/runs/${run.id}`);

    await context.setOffline(true);
    await expect(page.getByText("Connection lost. Reconnecting…")).toBeVisible();
    run.write(100);
    await context.setOffline(false);
    await expect(page.getByText("Connection lost. Reconnecting…")).toHaveCount(0, { timeout: 20_000 });
    // Each catches up in its own time.
    await expect.poll(async () => (await counted(page)) - (await counted(second))).toBe(0);

    await server.kill();
    await expect(page.getByText("Connection lost. Reconnecting…")).toBeVisible();
    run.write(100);
    await server.again();
    // Sessions are in memory only: the new process wants a login, the run has not stopped for it.
    await expect(page.getByText("Your session has ended")).toBeVisible({ timeout: 20_000 });
    await page.getByRole("link", { name: "Log in again" }).click();
    await login.through(host);
    await expect(page).toHaveURL(new RegExp(`/runs/${run.id}$`));
    run.finish();
    await run.leave();
    await expect(page.getByRole("heading", { name: "The engine runs" })).toBeVisible();

    // What the page has is what the journal has: each task once.
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download", exact: true }).click()]);
    const shown = readFileSync(await download.path(), "utf8").trimEnd().split("\n");
    const journal = readFileSync(`${run.folder}/events.jsonl`, "utf8").trimEnd().split("\n").map((line) => JSON.parse(line) as { kind: string; name?: string });
    const tasks = journal.filter((event) => event.kind === "task").map((event) => event.name);
    const verdicts = /^\S+ {2}(?:…|ok|changed|skipped|ignored|failed) +(.*?)(?: {2}\(.*\))?$/;
    expect(shown.map((line) => verdicts.exec(line)?.[1]).filter((name) => name !== undefined && tasks.includes(name))).toEqual(tasks);
});

test("cancelling says what it does, and does it once it is confirmed", async ({ loggedIn: page, server, host }) => {
    const run = new Played(server, host, "succeeded", "20261121-051933-5674", begins("Create local VM"));
    run.drive();
    await open(page, `/runs/${run.id}`);
    const button = page.getByRole("button", { name: "Cancel the deployment" });
    await button.click();
    const dialog = page.getByRole("dialog");
    await expect(dialog).toContainText("A local engine VM may stay on the host");
    await dialog.getByRole("button", { name: "Let it go on" }).click();
    await expect(dialog).toBeHidden();
    expect(run.cancelled).toBe(false);
    await button.click();
    // It opens with the next frame: Escape before that would close nothing.
    await expect(dialog).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(dialog).toBeHidden();
    expect(run.cancelled).toBe(false);
    await button.click();
    await dialog.getByRole("button", { name: "Cancel the deployment" }).click();
    await expect(page.getByText("Stopping the phase on the host…")).toBeVisible();
    expect(run.cancelled).toBe(true);
    run.add({ kind: "ended", outcome: { result: "cancelled", phase: "bootstrap_local_vm" } });
    await run.leave();
    await expect(page.locator(".hd-panel")).toContainText("What the phases so far made is still on the host");
});

test("a pause shows the role's words and a gate leads to the storage", async ({ loggedIn: page, server, host }) => {
    const run = new Played(server, host, "succeeded", "20261121-051933-5674", begins("Create local VM"));
    run.drive();
    run.add(
        { phase: "bootstrap_local_vm", kind: "message", text: "You can now connect to https://host1.lab.test:6900/ovirt-engine/" },
        { phase: "bootstrap_local_vm", kind: "paused", lock_file: "/tmp/ansible.abc_he_setup_lock" },
    );
    await open(page, `/runs/${run.id}`);
    const panel = page.locator(".hd-panel");
    await expect(panel).toContainText("The deployment waits for you");
    await expect(panel).toContainText("https://host1.lab.test:6900/ovirt-engine/");
    await expect(panel).toContainText(/Time left: 2[34] h/);
    await expect(panel.getByRole("button", { name: "Continue" })).toBeVisible();
    run.add({ phase: "bootstrap_local_vm", kind: "continued" });
    await expect(panel).toHaveCount(0);
    run.add({ kind: "gate", missing: ["storage"] });
    await run.leave();
    await expect(panel).toContainText("The engine is prepared; the storage is next");
    await expect(panel.getByRole("link", { name: "Choose the storage" })).toBeVisible();
});

test("a run that nobody follows asks for what a new driver needs", async ({ loggedIn: page, server, host, console }) => {
    console.announce(/status of 4(22|09)/);
    const run = new Played(server, host, "succeeded", "20261121-051933-5674", begins("Create local VM"));
    await open(page, `/runs/${run.id}`);
    const panel = page.locator(".hd-panel");
    await expect(panel).toContainText("Nobody follows this run");
    await panel.getByRole("button", { name: "Follow again" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog).toContainText("Passwords are needed");
    await expect(dialog.getByLabel("Password for root in the engine VM")).toBeFocused();
    await dialog.getByRole("button", { name: "Close" }).click();
    await expect(dialog).toBeHidden();
});

test("a run that is not there says so", async ({ loggedIn: page, console }) => {
    console.announce(/status of 404/);
    await page.goto("/runs/20991231-235959-ffff");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("No such run");
});

test("a hundred thousand lines come without loss and the page stays quick", async ({ loggedIn: page, server, host }) => {
    const number = 100_000;
    const run = new Played(server, host, "succeeded", "20261121-051933-5674", begins("Create local VM"));
    run.drive();
    await open(page, `/runs/${run.id}`);
    await expect(log(page)).toContainText("Create local VM");
    const before = await counted(page);
    // The longest time that nothing else could happen on the page.
    await page.evaluate(() => {
        const seen = window as unknown as { longest: number };
        seen.longest = 0;
        new PerformanceObserver((list) => {
            for (const task of list.getEntries()) seen.longest = Math.max(seen.longest, task.duration);
        }).observe({ entryTypes: ["longtask"] });
    });
    for (let part = 0; part < 10; part++) {
        run.add(...Array.from({ length: number / 10 }, (_, n) => ({ phase: "bootstrap_local_vm", kind: "message", text: `line ${part * (number / 10) + n} of many` })));
    }
    await expect.poll(() => counted(page), { timeout: 40_000 }).toBe(before + number);
    await expect(log(page)).toContainText(`line ${number - 1} of many`);
    await page.getByRole("searchbox", { name: "Search the log" }).fill("line 77777 of");
    await expect.poll(() => counted(page)).toBe(1);
    expect(await page.evaluate(() => (window as unknown as { longest: number }).longest)).toBeLessThan(1_000);
    await run.leave();
});
