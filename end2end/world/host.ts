// The host to log into: a real OpenSSH server on loopback with accounts of its own, or the lab's.

import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { EngineHost } from "./engine.ts";
import { FibreChannel } from "./fc.ts";
import { lab, root } from "./places.ts";
import { Running, eventually } from "./process.ts";

/** Planted: it must not turn up anywhere but in the form and on its way to the host. */
const PASSWORD = "canary-5d0e correct 'horse' $HOME \\ \"<&>";
const KEY_PASSPHRASE = "canary-7a1b of the key";

export interface Host {
    /** As typed at the login: `address:port`. */
    at: string;
    user: string;
    password: string;
    /** SHA256:…, by OpenSSH's own reckoning. */
    fingerprint: string;
    /** A private key that `user` may log in with, and its passphrase; the lab has none to give. */
    key?: { file: string; passphrase: string };
    /** Another one, without a passphrase, for an agent. */
    agentKey?: string;
    /** An account that may log in by `password` and may not become root; the lab has none. */
    powerless?: string;
    /** Makes it a host of a hosted engine; the lab's is one by itself. */
    engine?: EngineHost;
    /** Gives it Fibre Channel ports; the lab's can have none. */
    fibreChannel?: FibreChannel;
    /** Comes up again with another host key, or the lab's cannot. */
    changeKey?(): Promise<void>;
    stop(): Promise<void>;
}

/** Why no host can be had, or nothing. */
export function noHost(): string | undefined {
    if (lab || process.getuid?.() === 0) {
        return undefined;
    }
    return "accounts with passwords need root (a mount namespace with its own /etc), or the lab";
}

/** The lab's host1; its login is the same on every machine (end2end/lab/README.md). */
export function labHost(): Host {
    const port = 22011;
    const keys = execFileSync("ssh-keyscan", ["-p", String(port), "-t", "ed25519", "127.0.0.1"], { stdio: ["ignore", "pipe", "ignore"] });
    const fingerprint = execFileSync("ssh-keygen", ["-lf", "-"], { input: keys }).toString().split(" ")[1] ?? "";
    return { at: `127.0.0.1:${port}`, user: "root", password: "lab-root-1", fingerprint, stop: async () => {} };
}

export async function ownHost(): Promise<Host> {
    const folder = mkdtempSync(path.join(os.tmpdir(), "hosted-deploy-host-"));
    chmodSync(folder, 0o755);
    const file = (name: string) => path.join(folder, name);
    const keygen = (name: string, passphrase = "") => {
        rmSync(file(name), { force: true });
        execFileSync("ssh-keygen", ["-q", "-a", "1", "-t", "ed25519", "-C", "test", "-N", passphrase, "-f", file(name)]);
        return file(name);
    };
    const port = await freePort();
    const keys = [keygen("id", KEY_PASSPHRASE), keygen("agent_id")];
    writeFileSync(file("authorized_keys"), keys.map((key) => readFileSync(`${key}.pub`, "utf8")).join(""));

    let sshd: Running;
    const engine = new EngineHost(folder);
    const fibreChannel = new FibreChannel(folder);
    const powerless = "onlooker";
    const host: Host = {
        at: `127.0.0.1:${port}`,
        user: "deployer",
        password: PASSWORD,
        fingerprint: "",
        key: { file: file("id"), passphrase: KEY_PASSPHRASE },
        agentKey: file("agent_id"),
        powerless,
        engine,
        fibreChannel,
        changeKey: async () => {
            await sshd.stop("SIGKILL");
            await start();
        },
        stop: async () => {
            engine.off();
            await sshd.stop("SIGKILL");
            rmSync(folder, { recursive: true, force: true });
        },
    };
    const start = async () => {
        const key = keygen("host_key");
        host.fingerprint = execFileSync("ssh-keygen", ["-lf", `${key}.pub`]).toString().split(" ")[1] ?? "";
        writeFileSync(
            file("sshd_config"),
            `ListenAddress 127.0.0.1\nPort ${port}\nHostKey ${key}\nAuthorizedKeysFile ${file("authorized_keys")}\nPidFile none\n` +
                "StrictModes no\nUsePAM no\nUseDNS no\nPasswordAuthentication yes\nKbdInteractiveAuthentication no\n" +
                "MaxStartups 300:30:400\nMaxSessions 100\nSubsystem sftp internal-sftp\n",
        );
        rmSync(file("etc"), { recursive: true, force: true });
        const namespace = ["-m", "--propagation", "private", "sh", path.join(root, "end2end/world/host.sh"), folder];
        const input = `${host.user}:${PASSWORD}\n${powerless}:${PASSWORD}\n`;
        const env = { ...process.env, ACCOUNTS: `${host.user} ${powerless}` };
        sshd = new Running("unshare", [...namespace, "/usr/sbin/sshd", "-D", "-e", "-f", file("sshd_config")], input, { env });
        await eventually(
            () => `sshd on port ${port} comes up; it said: ${sshd.said}`,
            async () => ((await answers(port)) ? true : undefined),
        );
    };
    await start();
    return host;
}

/** The private key as text. */
export function keyText(host: Host): string {
    return readFileSync(host.key?.file ?? "", "utf8");
}

export async function freePort(): Promise<number> {
    const server = net.createServer().listen(0, "127.0.0.1");
    await new Promise((listening) => server.once("listening", listening));
    const { port } = server.address() as net.AddressInfo;
    await new Promise((closed) => server.close(closed));
    return port;
}

function answers(port: number): Promise<boolean> {
    return new Promise((verdict) => {
        const socket = net.connect(port, "127.0.0.1");
        socket.once("data", () => verdict(true)).once("error", () => verdict(false)).once("close", () => verdict(false));
        socket.once("data", () => socket.destroy());
    });
}
