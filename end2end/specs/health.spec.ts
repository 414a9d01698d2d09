// The health page: recorded states of an engine on the tests' host, what the page says of them, and what is done about them.

import { mkdtempSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { Page } from "@playwright/test";
import { ENGINE } from "../world/engine.ts";
import { alive } from "../world/login.ts";
import { binary } from "../world/places.ts";
import { Running } from "../world/process.ts";
import { expect, open, test } from "../world/test.ts";

// What is read of a host is kept: each test has a server of its own.
test.use({ serveWith: [] });

test.beforeEach(({ host }) => {
    test.skip(host.engine === undefined, "the lab's engine is not for playing");
});
test.afterEach(({ host }) => host.engine?.off());

const verdict = (page: Page) => page.locator("[role=status] > h2");
const steps = (page: Page) => page.locator("ol.hd-advice");
const deeds = (page: Page) => page.locator(".hd-deeds > li");
const act = (page: Page, name: string) => page.locator(`#act-${name}`);
const READ = { timeout: 30_000 };

/** Recorded outcome, libvirt's word for the VM, verdict, the reason, and a step of the advice. */
const STATES = [
    ["up", "running", "Healthy", `The engine ${ENGINE} answers.`, ""],
    ["up-global-maintenance", "running", "Degraded", "Global maintenance is on", "hosted-engine --set-maintenance --mode=none"],
    ["up-standby-stopped", "running", "Degraded", "was stopped", "systemctl restart ovirt-ha-broker ovirt-ha-agent"],
    ["failed-liveliness", "running", "Down", "failed liveliness check", "systemctl status ovirt-engine httpd postgresql"],
    ["powering-down", "running", "Down", "hangs in a shutdown", "hosted-engine --vm-poweroff"],
    ["paused", "running", "Down", "its VM is paused", "df -h /rhev/data-center/mnt/*"],
    ["powering-up", "running", "Down", "starting or stopping", "--watch"],
    ["down-in-global-maintenance", "shut off", "Down", "global maintenance keeps the HA agents from starting it", "hosted-engine --vm-start"],
    ["down-everywhere", "shut off", "Down", "its VM runs nowhere", "hosted-engine --vm-start"],
    ["locked", "shut off", "Down", "locked by a host", "sanlock client status"],
    ["stats-unknown", "shut off", "Down", "failed to getVmStats", "systemctl restart vdsmd"],
    ["no-fit-host", "shut off", "Down", "no host may start it", "hosted-engine --vm-status"],
    ["storage-disconnected", "shut off", "Down", "shared storage does not answer", "showmount -e storage.lab.example"],
    ["configuration-missing", "shut off", "Down", "has not fetched its configuration", "journalctl -u ovirt-ha-agent"],
    ["traceback", "shut off", "Down", "neither do the HA daemons", "tail -n 50 /var/log/ovirt-hosted-engine-ha/broker.log"],
] as const;

for (const [outcome, vm, word, reason, step] of STATES) {
    test(`${outcome}: ${word}, with the reason and what to do`, async ({ loggedIn: page, host }) => {
        host.engine?.is(outcome, vm);
        await open(page, "/health");
        await expect(verdict(page)).toContainText(word, READ);
        await expect(page.locator("main")).toContainText(reason);
        if (step === "") {
            await expect(page.locator(".hd-deeds")).toHaveCount(0);
            // Also when all is well it is told what was read.
            await expect(page.locator(".hd-figures")).toContainText(/Fullest disk of .*GiB free/);
        } else {
            await expect(steps(page)).toContainText(step);
        }
    });
}

test("a host without an engine says so", async ({ loggedIn: page }) => {
    await open(page, "/health");
    await expect(verdict(page)).toContainText("Unknown", READ);
    await expect(verdict(page)).toContainText("No hosted engine is deployed there.");
});

test("a step of the advice leads to its action, and a stopped service is named", async ({ loggedIn: page, host }) => {
    host.engine?.is("traceback", "shut off");
    host.engine?.stopped("ovirt-ha-agent", "ovirt-ha-broker");
    await open(page, "/health");
    await expect(page.locator("main")).toContainText("ovirt-ha-agent, ovirt-ha-broker do not run", READ);
    await steps(page).getByRole("link", { name: "Restart the HA agent and broker" }).first().click();
    await expect(act(page, "restart-ha")).toBeInViewport();
});

test("a command of the advice is copied, or it is said that the browser does not let it", async ({ loggedIn: page, host, context }) => {
    host.engine?.is("failed-liveliness");
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    await open(page, "/health");
    await expect(verdict(page)).toContainText("Down", READ);
    const command = "hosted-engine --set-maintenance --mode=global";
    const copy = page.getByRole("button", { name: `Copy: ${command}`, exact: true });
    await copy.click();
    await expect(page.getByRole("button", { name: `Copied: ${command}`, exact: true })).toBeVisible();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(command);
    await page.evaluate(() => (navigator.clipboard.writeText = () => Promise.reject(new Error("forbidden"))));
    await copy.click();
    await expect(page.getByRole("button", { name: /^Not copied: select the text/ })).toBeVisible();
});

test("a change comes by itself, and the time line keeps what was before", async ({ loggedIn: page, host }) => {
    host.engine?.is("up");
    await open(page, "/health");
    await expect(verdict(page)).toContainText("Healthy", READ);
    host.engine?.becomes("failed-liveliness");
    await expect(verdict(page)).toContainText("Down", { timeout: 40_000 });
    const line = page.locator(".pf-v6-c-card", { has: page.getByRole("heading", { name: "The last 24 hours" }) });
    await expect(line.getByRole("listitem")).toHaveCount(2);
    await expect(line.getByRole("listitem").first()).toContainText("Down");
    await expect(line.getByRole("listitem").last()).toContainText("Healthy");
    await expect(line.locator("rect")).toHaveCount(2);
});

test.describe("monitoring", () => {
    const token = "metrics-0123456789abcdef";
    const file = path.join(mkdtempSync(path.join(os.tmpdir(), "hosted-deploy-token-")), "token");
    writeFileSync(file, `${token}\n`, { mode: 0o600 });
    test.use({ serveWith: ["--bare-health", "--metrics-token", file] });

    test("a bare word without a login, and metrics for a token, follow what is read", async ({ loggedIn: page, host, playwright, server }) => {
        const monitor = await playwright.request.newContext({ baseURL: server.url, ignoreHTTPSErrors: true });
        const ask = async (address: string, headers = {}) => {
            const answer = await monitor.get(address, { headers });
            return `${answer.status()} ${await answer.text()}`;
        };
        const metrics = () => ask("/metrics", { Authorization: `Bearer ${token}` });
        host.engine?.is("up");
        await open(page, "/health");
        await expect.poll(() => ask("/health/bare"), READ).toBe("200 up\n");
        expect(await metrics()).toContain(`hosted_engine_up{read_from="${host.at}",engine="${ENGINE}"} 1\n`);
        host.engine?.becomes("failed-liveliness");
        await expect.poll(() => ask("/health/bare"), READ).toBe("503 down\n");
        expect(await metrics()).toContain(`hosted_engine_up{read_from="${host.at}",engine="${ENGINE}"} 0\n`);
        expect(await ask("/metrics")).toMatch(/^401 /);
        await monitor.dispose();
    });
});

test("the command line prints a line of JSON at the beginning and at each change", async ({ host, server }) => {
    const { engine, agentKey = "" } = host;
    if (engine === undefined) throw new Error("the host is one of an engine");
    engine.is("up");
    const args = ["status", "--host", host.at, "--user", "root", "--key", agentKey, "--accept-new-host-key", "--watch", "--json", "--every", "5"];
    const watch = new Running(binary, [...args, "--state-dir", path.join(server.state, "watch")]);
    const lines = () => watch.said.split("\n").slice(0, -1).filter((line) => line.startsWith("{")).map((line) => (JSON.parse(line) as { verdict: string }).verdict);
    try {
        await expect.poll(lines, READ).toEqual(["healthy"]);
        engine.becomes("failed-liveliness");
        await expect.poll(lines, READ).toEqual(["healthy", "down"]);
        const seen = engine.looks();
        await expect.poll(() => engine.looks(), READ).toBeGreaterThan(seen + 1);
        expect(lines()).toEqual(["healthy", "down"]);
    } finally {
        await watch.stop("SIGKILL");
    }
});

test("a harmless action runs by its button, and its effect is looked for", async ({ loggedIn: page, host }) => {
    host.engine?.is("up");
    await open(page, "/health");
    await act(page, "set-maintenance-global").getByRole("button").click(READ);
    await expect(deeds(page)).toHaveCount(1, READ);
    await expect(deeds(page)).toContainText("Global maintenance on");
    await expect(deeds(page)).toContainText(`${host.user}@${host.at} (browser)`);
    await expect(deeds(page)).toContainText("✔ Done, and seen on the host", READ);
    await expect(verdict(page)).toContainText("Degraded", READ);
    expect(host.engine?.did()).toEqual(["--set-maintenance --mode=global"]);
});

test("a harmful action wants the engine's name, shows what it says, also after a reload, and who did it", async ({ loggedIn: page, host, console }) => {
    console.announce(/status of 500/);
    host.engine?.is("up-global-maintenance");
    await open(page, "/health");
    const shutdown = act(page, "vm-shutdown");
    const button = shutdown.getByRole("button");
    await expect(button).toBeDisabled(READ);
    const name = shutdown.getByLabel(`It can harm: type ${ENGINE}`);
    await name.fill("engine");
    await expect(button).toBeDisabled();
    host.engine?.hold();
    await name.fill(ENGINE);
    await button.click();
    const goesOn = page.locator(".hd-acting");
    await expect(goesOn).toContainText("Shut the engine VM down…", READ);
    await expect(goesOn).toContainText("Waiting for the guest", READ);
    await expect(goesOn).toContainText("The command runs.");

    await page.reload();
    await alive(page);
    await expect(goesOn).toContainText("Waiting for the guest");
    await expect(deeds(page)).toContainText("▶ It goes on.");
    // Only one at a time.
    await act(page, "check-liveliness").getByRole("button").click();
    await expect(page.getByText("Another action goes on.")).toBeVisible(READ);

    host.engine?.release();
    await expect(goesOn).toHaveCount(0, READ);
    await expect(deeds(page)).toContainText("✔ Done, and seen on the host");
    await expect(deeds(page)).toContainText("The guest has shut down");
    await expect(deeds(page)).toContainText(`${host.user}@${host.at} (browser)`);
    await expect(verdict(page)).toContainText("Down", READ);
    expect(host.engine?.did()).toEqual(["--vm-shutdown"]);
});

test("what speaks against an action is said, and nothing is done", async ({ loggedIn: page, host, console }) => {
    // The refusal comes with a status of its own.
    console.announce(/status of 500/);
    host.engine?.is("up");
    await open(page, "/health");
    for (const [name, why] of [
        ["vm-start", "The engine VM runs on this host already."],
        ["connect-storage", "Global maintenance must be on"],
        ["set-maintenance-local", "The engine VM runs on this host: migrate it"],
    ] as const) {
        await act(page, name).getByRole("button").click(READ);
        await expect(page.getByText(why)).toBeVisible(READ);
        await expect(page.getByText("It was not done.")).toBeVisible();
    }
    expect(host.engine?.did()).toEqual([]);
});

test("who may not become root hears why, and what to do", async ({ login, host, console }) => {
    console.announce(/status of 401/);
    await login.open();
    const onlooker = { at: host.at, user: host.powerless ?? "" };
    await login.send(onlooker, host.password);
    await login.fingerprint.waitFor();
    await login.password.fill(host.password);
    await login.submit.click();
    await expect(login.alert).toContainText(/root|sudo/);
    await expect(login.alert).toContainText(host.powerless ?? "");
    // No error page: the form is there to try again.
    await expect(login.submit).toBeVisible();
});
