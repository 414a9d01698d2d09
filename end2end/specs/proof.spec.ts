// The other ways to prove who one is: a private key, the agent of the terminal.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { keyText } from "../world/host.ts";
import { Login, alive } from "../world/login.ts";
import { lab } from "../world/places.ts";
import { Running, eventually } from "../world/process.ts";
import { Server } from "../world/server.ts";
import { expect, test } from "../world/test.ts";

test.use({ serveWith: [] });
test.skip(lab, "needs a host with keys of the test's own");

test("a key in a file opens with its passphrase, after the host's key was compared", async ({ login, host, page, server }) => {
    const { file, passphrase } = host.key!;
    await login.open();
    await login.sendKey(host, { file }, passphrase);
    await expect(login.fingerprint).toContainText(host.fingerprint);
    await expect(page.locator("#passphrase")).toBeVisible();
    await login.sendKey(host, { file }, passphrase);
    await alive(page);
    await expect(page.locator("main")).toContainText(host.user);
    expect(server.leaks(passphrase)).toEqual([]);
    expect(server.leaks(keyText(host).split("\n")[1]!)).toEqual([]);
});

test("a pasted key does it too; what is wrong with a key is said, and nothing of it comes back", async ({ login, host, page, console }) => {
    console.announce(/status of 401/);
    const { passphrase } = host.key!;
    await login.open();
    await login.through(host);
    await page.context().clearCookies();
    await login.open();
    await login.sendKey(host, { text: keyText(host) }, "canary wrong");
    await expect(login.alert).toContainText("the passphrase does not open the private key");
    expect(await page.content()).not.toContain(keyText(host).split("\n")[1]);
    await login.sendKey(host, { text: keyText(host) }, "");
    await expect(login.alert).toContainText("the private key needs a passphrase");
    await login.sendKey(host, { text: keyText(host) }, passphrase);
    await alive(page);
});

test("a key that the host does not take is refused, and so is a file that is none", async ({ login, host, page, console }) => {
    console.announce(/status of (401|413|422)/);
    const folder = mkdtempSync(path.join(os.tmpdir(), "hosted-deploy-keys-"));
    const [other, large] = [path.join(folder, "other"), path.join(folder, "large")];
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", other]);
    writeFileSync(large, "x".repeat(100_000));
    await login.open();
    await login.through(host);
    await page.context().clearCookies();
    await login.open();
    await login.sendKey(host, { file: other }, "");
    await expect(login.alert).toContainText(host.user);
    await login.sendKey(host, { file: `${other}.pub` }, "");
    await expect(login.alert).toContainText("it is a public key");
    await login.sendKey(host, { file: large }, "");
    await expect(login.alert).toContainText("was another file chosen?");
    await login.send({ ...host, user: host.user }, "");
    await expect(login.alert).toContainText("a password or a private key");
    rmSync(folder, { recursive: true });
});

test("the agent of the terminal opens for whoever has its address, and for nobody else", async ({ page, host, console }) => {
    console.announce(/status of (401|422)/);
    const folder = mkdtempSync(path.join(os.tmpdir(), "hosted-deploy-agent-"));
    const socket = path.join(folder, "agent");
    const agent = new Running("ssh-agent", ["-D", "-a", socket]);
    const env = { SSH_AUTH_SOCK: socket };
    await eventually(
        () => `the agent takes the key; it said: ${agent.said}`,
        () => {
            try {
                return execFileSync("ssh-add", ["-q", host.agentKey!], { env: { ...process.env, ...env }, stdio: "pipe" });
            } catch {
                return undefined;
            }
        },
    );
    const server = await Server.start([], { terminal: true, env });
    try {
        const printed = await eventually(
            () => `an address for the agent; it said: ${server.log}`,
            () => /https:\S+\/login\?agent=[0-9a-f]{64}/.exec(server.log)?.[0],
        );
        const login = new Login(page);
        await page.goto(printed);
        await login.send(host, "");
        await expect(login.fingerprint).toContainText(host.fingerprint);
        await login.submit.click();
        await alive(page);
        await expect(page.locator("main")).toContainText(host.user);

        await page.context().clearCookies();
        await page.goto(`${server.url}/login`);
        await expect(page.locator("input[name=agent]")).toHaveCount(0);
        await login.send(host, "");
        await expect(login.alert).toContainText("a password or a private key");
        await page.goto(printed.replace(/[0-9a-f]$/, (last) => (last === "0" ? "1" : "0")));
        await expect(page.locator("input[name=agent]")).toHaveCount(0);
        const guessed = await page.request.post(`${server.url}/login`, {
            headers: { Origin: server.url },
            form: { host: host.at, user: host.user, agent: "0".repeat(64) },
            ignoreHTTPSErrors: true,
        });
        expect(guessed.status()).toBe(401);
        expect(await guessed.text()).toContain("This address is of an earlier start.");
    } finally {
        await server.stop();
        await agent.stop();
        rmSync(folder, { recursive: true, force: true });
    }
});

test("without a terminal there is no agent", async ({ host, page, console }) => {
    console.announce(/status of (401|422)/);
    const server = await Server.start([], { env: { SSH_AUTH_SOCK: "/nonexistent" } });
    try {
        expect(server.log).not.toContain("agent=");
        await page.goto(`${server.url}/login`);
        const login = new Login(page);
        await login.send(host, "");
        await expect(login.alert).toContainText("a password or a private key");
    } finally {
        await server.stop();
    }
});
