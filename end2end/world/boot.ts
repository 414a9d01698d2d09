// Network boot around a server's state folder: nodes, profiles and an image by the command line, `pxe serve` in a network of its
// own, and machines that boot there as far as its servers see it. Nothing reaches any other network.

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { binary } from "./places.ts";
import { Running, eventually } from "./process.ts";
import type { Server } from "./server.ts";

/** Planted: root's password in the profile, crypted. It must be in no page. */
export const HASH = "$6$canary5d0e$qFmFH.bQmmtXzyBY0s9v7Oicd2z4XSIecDzlB5KiA2/jctKu9YterLp8wwnSq.qc.eoxqOmSuNp2xS0ktL3nh/";

/** Why there can be no network boot here, or nothing. */
export function noBoot(): string | undefined {
    const there = (program: string) => {
        try {
            execFileSync("which", [program], { stdio: "ignore" });
            return true;
        } catch {
            return false;
        }
    };
    const missing = ["ip", "curl", "xorriso"].filter((program) => !there(program));
    if (process.getuid?.() !== 0) return "networks of their own need root";
    return missing.length > 0 ? `missing: ${missing.join(", ")} (apt install iproute2 curl xorriso)` : undefined;
}

/** `hosted-deploy pxe …` on the state folder that the pages show; what it printed. */
export function pxe(server: Server, ...words: string[]): string {
    return execFileSync(binary, ["pxe", ...words, "--state-dir", server.state, "--lang", "en"], { stdio: ["ignore", "pipe", "pipe"] }).toString();
}

/** A small oVirt Node ISO, imported as `node`, and a profile `rhvh` of it. */
export function stock(server: Server): void {
    const folder = path.join(server.state, "medium");
    const write = (name: string, text: string) => {
        mkdirSync(path.dirname(path.join(folder, "tree", name)), { recursive: true });
        writeFileSync(path.join(folder, "tree", name), text);
    };
    write("images/pxeboot/vmlinuz", "kernel");
    write("images/pxeboot/initrd.img", "initrd");
    write("images/install.img", "stage2");
    write("ovirt-node-ng-image.squashfs.img", "hsqs");
    write(".treeinfo", "[general]\nversion = 4.5.5\n");
    const iso = path.join(folder, "node.iso");
    execFileSync("xorriso", ["-as", "mkisofs", "-quiet", "-R", "-V", "oVirt-Node-4.5.5.el9", "-o", iso, path.join(folder, "tree")], { stdio: ["ignore", "ignore", "pipe"] });
    pxe(server, "image", "import", iso, "--name", "node");
    const profile = path.join(folder, "rhvh.toml");
    writeFileSync(profile, `version = 1\nkind = "ovirt-node"\nimage = "node"\ndescription = "Hosts of the rack"\n[system]\nroot_password = "${HASH}"\n`);
    pxe(server, "profile", "add", "rhvh", profile);
}

let made = 0;

/** `pxe serve` beside nobody, on a network with one wire to the machines. */
export class BootServer {
    private readonly servers: string;
    private readonly machines: string;
    private readonly process: Running;

    private constructor(servers: string, machines: string, process: Running) {
        this.servers = servers;
        this.machines = machines;
        this.process = process;
    }

    static async start(server: Server): Promise<BootServer> {
        const name = `hde2e-${process.pid}-${made++}`;
        const [servers, machines] = [`${name}-s`, `${name}-m`];
        const ip = (line: string) => void execFileSync("ip", line.split(" "), { stdio: "ignore" });
        ip(`netns add ${servers}`);
        ip(`netns add ${machines}`);
        ip(`link add boot0 netns ${servers} type veth peer name card0 netns ${machines}`);
        ip(`-n ${servers} address add 192.0.2.1/24 dev boot0`);
        ip(`-n ${servers} link set boot0 up`);
        ip(`-n ${servers} link set lo up`);
        const words = ["pxe", "serve", "--interface", "boot0", "--mode", "proxy", "--state-dir", server.state, "--lang", "en"];
        const running = new Running("ip", ["netns", "exec", servers, binary, ...words]);
        const boot = new BootServer(servers, machines, running);
        try {
            ip(`-n ${machines} link set card0 up`);
            await eventually(
                () => `pxe serve starts; it said: ${running.said}`,
                () => (/Ctrl-C ends it/.test(running.said) ? true : running.running ? undefined : fail(running.said)),
            );
        } catch (error) {
            await boot.stop();
            throw error;
        }
        return boot;
    }

    /** A machine on the wire; `last` is the end of its card's and its own address. */
    machine(last: number): Machine {
        const mac = `52:54:00:00:00:${last.toString(16).padStart(2, "0")}`;
        const ip = (line: string) => void execFileSync("ip", ["-n", this.machines, ...line.split(" ")], { stdio: "ignore" });
        ip("address flush dev card0");
        ip("link set card0 down");
        ip(`link set card0 address ${mac}`);
        ip(`address add 192.0.2.${last}/24 dev card0`);
        ip("link set card0 up");
        return new Machine(this.machines, mac);
    }

    get said(): string {
        return this.process.said;
    }

    async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
        await this.process.stop(signal);
        for (const name of [this.servers, this.machines]) {
            execFileSync("ip", ["netns", "delete", name], { stdio: "ignore" });
        }
    }
}

/** What a machine asks while it boots and is installed. */
export class Machine {
    readonly mac: string;
    private readonly namespace: string;
    private token = "";

    constructor(namespace: string, mac: string) {
        this.namespace = namespace;
        this.mac = mac;
    }

    private ask(address: string, body?: string): string {
        const data = body === undefined ? [] : ["--data-binary", body];
        const words = ["netns", "exec", this.namespace, "curl", "--silent", "--show-error", "--fail", "--max-time", "10", ...data];
        return execFileSync("ip", [...words, `http://192.0.2.1${address}`], { stdio: ["ignore", "pipe", "pipe"] }).toString();
    }

    /** iPXE's question for its script. */
    starts(): string {
        const script = this.ask(`/ipxe/${this.mac.replaceAll(":", "-")}?arch=7`);
        this.token = /\/ks\/([0-9a-f]+)/.exec(script)?.[1] ?? "";
        return script;
    }

    /** Anaconda's. */
    fetchesKickstart(): string {
        return this.ask(`/ks/${this.token}`);
    }

    reports(what: "built" | "failed", body: string): void {
        this.ask(`/event/${this.token}/${what}`, body);
    }
}

function fail(said: string): never {
    throw new Error(`pxe serve ended: ${said}`);
}
