// The logs page: logs of the tests' host, read, searched, followed and downloaded.

import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Download, Page } from "@playwright/test";
import { expect, open, test } from "../world/test.ts";

test.beforeEach(({ host }) => {
    test.skip(host.engine === undefined, "the lab's logs are not for playing");
    host.engine?.is("up");
    host.engine?.log("ovirt-hosted-engine-ha/agent.log", AGENT);
    host.engine?.log("vdsm/vdsm.log", "2026-11-21 10:15:02,1+0000 INFO  (jsonrpc/1) [vdsm] started\n");
});
test.afterEach(({ host }) => host.engine?.off());

const SECRET = "planted-in-a-log-9c1f";
const AGENT = [
    "MainThread::INFO::2026-11-21 09:59:58,001::hosted_engine::Current state EngineUp (score: 3400)",
    `MainThread::INFO::2026-11-21 10:15:02,123::hosted_engine::connecting with password=${SECRET}`,
    "MainThread::ERROR::2026-11-21 10:30:00,500::hosted_engine::Failed to read metadata",
    "  Traceback: of the line before",
    "MainThread::INFO::2026-11-21 11:00:00,000::hosted_engine::Current state EngineUp (score: 2400)",
    "",
].join("\n");

const lines = (page: Page) => page.getByRole("region", { name: "Lines of the log" });
const show = (page: Page) => page.getByRole("button", { name: "Show" }).click();

test("the last lines are shown, without passwords", async ({ loggedIn: page }) => {
    await open(page, "/logs");
    await expect(lines(page)).toContainText("# /var/log/ovirt-hosted-engine-ha/agent.log");
    await expect(lines(page)).toContainText("password=********");
    await expect(lines(page)).not.toContainText(SECRET);
    await page.getByLabel("Last lines").fill("1");
    await show(page);
    await expect(lines(page)).toContainText("score: 2400");
    await expect(lines(page)).not.toContainText("score: 3400");
    await page.locator("main select").selectOption("vdsm");
    await expect(lines(page)).toContainText("[vdsm] started");
});

test("a time and a search choose lines, and what is no time or pattern is told", async ({ loggedIn: page, console }) => {
    console.announce(/status of 422/);
    await open(page, "/logs");
    await page.getByLabel("From").fill("2026-11-21 10:20");
    await page.getByLabel("To", { exact: true }).fill("2026-11-21 10:45");
    await show(page);
    await expect(lines(page)).toContainText("Failed to read metadata");
    await expect(lines(page)).toContainText("of the line before");
    await expect(lines(page)).not.toContainText("EngineUp");
    await page.getByLabel("From").fill("");
    await page.getByLabel("To", { exact: true }).fill("");
    await page.getByLabel(/^Search/).fill("score: (24|99)00");
    await show(page);
    await expect(lines(page)).toContainText("score: 2400");
    await expect(lines(page)).not.toContainText("score: 3400");
    await page.getByLabel(/^Search/).fill("nothing has this");
    await show(page);
    await expect(lines(page)).toContainText("No line fits.");

    await page.getByLabel(/^Search/).fill("a(");
    await show(page);
    await expect(page.getByRole("alert").filter({ hasText: "is no extended regular expression" })).toBeVisible();
    await page.getByLabel(/^Search/).fill("");
    await page.getByLabel("From").fill("the day before the flood");
    await show(page);
    await expect(page.getByRole("alert").filter({ hasText: "does not understand the time" })).toBeVisible();
});

test("where a log comes from is told in the reader's language", async ({ loggedIn: page }) => {
    await open(page, "/logs");
    await page.locator("main select").selectOption("engine");
    await expect(lines(page)).toContainText("# Root of this host has no SSH key for", { timeout: 30_000 });
    await page.getByRole("button", { name: "日本語" }).click();
    await expect(page.locator("html")).toHaveAttribute("lang", "ja");
    await open(page, "/logs");
    await page.locator("main select").selectOption("engine");
    const japanese = page.getByRole("region", { name: "ログの行" });
    await expect(japanese).toContainText("SSH 鍵を持っておらず", { timeout: 30_000 });
});

test("a log is followed, and only the lines that are searched for", async ({ loggedIn: page, host }) => {
    await open(page, "/logs");
    await expect(lines(page)).toContainText("EngineUp");
    await page.getByLabel(/^Search/).fill("hosted_engine");
    await page.getByLabel("Follow").check();
    await expect(lines(page)).toContainText("score: 2400");
    host.engine?.log("ovirt-hosted-engine-ha/agent.log", `something else\nhosted_engine::a new line, token: ${SECRET}\n`, "a");
    await expect(lines(page)).toContainText("a new line, token: ********");
    await expect(lines(page)).not.toContainText("something else");
    await expect(lines(page)).not.toContainText(SECRET);
    await page.getByLabel("Follow").uncheck();
    host.engine?.log("ovirt-hosted-engine-ha/agent.log", "hosted_engine::after the end\n", "a");
    await page.getByLabel(/^Search/).fill("");
    await show(page);
    await expect(lines(page)).toContainText("after the end");
});

test("a log and all logs are downloaded, without passwords", async ({ loggedIn: page }) => {
    await open(page, "/logs");
    const got = async (name: string): Promise<Download> => {
        const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name }).click()]);
        return download;
    };
    const log = await got("Download");
    expect(log.suggestedFilename()).toBe("agent.log");
    const text = readFileSync(await log.path(), "utf8");
    expect(text).toContain("Failed to read metadata");
    expect(text).not.toContain(SECRET);
    const bundle = await got("All logs as one archive");
    expect(bundle.suggestedFilename()).toBe("hosted-engine-logs.tar.gz");
    const archive = gunzipSync(readFileSync(await bundle.path())).toString("latin1");
    for (const name of ["agent.log", "vdsm.log", "setup.log", "reading.json", "versions.txt"]) {
        expect(archive).toContain(`hosted-engine-logs/${name}`);
    }
    expect(archive).toContain("Failed to read metadata");
    expect(archive).not.toContain(SECRET);
});
