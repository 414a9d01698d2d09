// The server around the pages: its configuration, its certificate.

import { execFileSync } from "node:child_process";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import tls from "node:tls";
import { binary } from "../world/places.ts";
import { eventually } from "../world/process.ts";
import { Server } from "../world/server.ts";
import { expect, test } from "../world/test.ts";

function fingerprint(server: Server): Promise<string> {
    const { hostname, port } = new URL(server.url);
    return new Promise((found, failed) => {
        const socket = tls.connect({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
            found(socket.getPeerCertificate().fingerprint256);
            socket.destroy();
        });
        socket.on("error", failed);
    });
}

test("the configuration file counts, and the command line counts more", async ({ page, host }) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "hosted-deploy-config-"));
    const file = path.join(folder, "config.toml");
    writeFileSync(file, `host = "${host.at}"\nlisten = "192.0.2.1:1"\n`);
    const server = await Server.start(["--config", file]);
    try {
        await page.goto(`${server.url}/login`);
        await expect(page.locator("main")).toContainText(host.at);
        await expect(page.locator("#host")).toHaveCount(0);
    } finally {
        await server.stop();
    }
    writeFileSync(file, `hots = "${host.at}"\n`);
    const refused = (): string => {
        try {
            execFileSync(binary, ["serve", "--config", file, "--lang", "en"], { stdio: "pipe" });
        } catch (error) {
            const { status, stderr } = error as { status: number; stderr: Buffer };
            return `${status} ${stderr}`;
        }
        return "served";
    };
    expect(refused()).toMatch(/^2 .*config\.toml[\s\S]*line 1[\s\S]*hots/);
    rmSync(folder, { recursive: true });
});

test("a certificate that was replaced is taken up on SIGHUP, and connections stay", async ({ page }) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "hosted-deploy-tls-"));
    const [cert, key] = [path.join(folder, "cert.pem"), path.join(folder, "key.pem")];
    const make = () => {
        const request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=localhost"];
        execFileSync("openssl", [...request, "-out", `${cert}.new`, "-keyout", `${key}.new`], { stdio: "pipe" });
        renameSync(`${key}.new`, key);
        renameSync(`${cert}.new`, cert);
    };
    make();
    const server = await Server.start(["--tls-cert", cert, "--tls-key", key]);
    try {
        await page.goto(`${server.url}/login`);
        const before = await fingerprint(server);
        make();
        process.kill(server.pid, "SIGHUP");
        await eventually(
            () => `another certificate than ${before}; the server said: ${server.log}`,
            async () => ((await fingerprint(server)) === before ? undefined : true),
        );
        await page.reload();
        await expect(page.locator("#user")).toBeVisible();
        writeFileSync(cert, "no certificate");
        server.expected.push(/the certificate cannot be looked at/);
        process.kill(server.pid, "SIGHUP");
        await eventually(
            () => `a word about the broken certificate; the server said: ${server.log}`,
            () => (/the certificate cannot be looked at/.test(server.log) ? true : undefined),
        );
        await page.reload();
        await expect(page.locator("#user")).toBeVisible();
    } finally {
        await server.stop();
        rmSync(folder, { recursive: true });
    }
});
