// What makes the tests' SSH host a host of a hosted engine: commands of oVirt and systemd that are not on the machine stand in
// (`engine/`), with recorded outcomes. They are the host; the product that reads and changes it is the real one.

import { execFileSync } from "node:child_process";
import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "./places.ts";

const STAND_INS = path.join(root, "end2end/world/engine");
const OUTCOMES = path.join(root, "app/model/tests/fixtures/vm-status");
/** The name in the recorded outcomes. */
export const ENGINE = "engine.lab.example";
/** The engine's storage, as its host's configuration names it. */
export const EXPORT = "storage.lab.example:/exports/he";
/** The storage domain on it. */
export const DOMAIN = "49cff220-2a74-410c-805b-b7108436ee4f";

export class EngineHost {
    private readonly folder: string;
    /** What is the LUN. */
    private loop: string | undefined;

    /** `folder`: the SSH host's. */
    constructor(folder: string) {
        this.folder = folder;
    }

    private at(...names: string[]): string {
        return path.join(this.folder, ...names);
    }

    /** No engine is deployed there, and a deployment that failed has left these. */
    leavings(): void {
        this.off();
        cpSync(STAND_INS, this.at("bin"), { recursive: true });
        this.stopped("ovirt-ha-agent", "ovirt-ha-broker", "vdsmd", "libvirtd", "sanlock");
        mkdirSync(this.at("vartmp", "localvmx7qk2"));
        writeFileSync(this.at("vartmp", "localvmx7qk2", "disk.qcow2"), "a disk");
        const hosts = this.at("etc", "hosts");
        writeFileSync(hosts, `${this.hosts()}192.168.222.77 ${ENGINE} # temporary entry added by hosted-engine-setup for the bootstrap VM\n`);
        mkdirSync(this.at("root", ".ssh"), { recursive: true, mode: 0o700 });
        writeFileSync(this.at("root", ".ssh", "authorized_keys"), "ssh-ed25519 AAAA admin\nssh-rsa AAAA ovirt-engine\n", { mode: 0o600 });
    }

    /** Which of them are there still. */
    left(): string[] {
        const keys = this.at("root", ".ssh", "authorized_keys");
        return [
            ...(existsSync(this.at("vartmp", "localvmx7qk2")) ? ["folder"] : []),
            ...(this.hosts() === readFileSync(this.at("etc", "hosts"), "utf8") ? [] : ["hosts"]),
            ...(existsSync(keys) && readFileSync(keys, "utf8").includes("ovirt-engine") ? ["key"] : []),
        ];
    }

    /** The upstream script is installed, and does not end until it may (`hold`). */
    upstream(): void {
        const script = this.at("bin", "ovirt-hosted-engine-cleanup");
        const wait = "while [ -e /var/lib/engine-host/hold ]; do sleep 0.1; done";
        const remove = "rm -f /etc/ovirt-hosted-engine/hosted-engine.conf /var/lib/engine-host/vm";
        writeFileSync(script, `#!/bin/sh\necho '  -=== Destroy hosted-engine VM ===- '\n${wait}\n${remove}\n`, { mode: 0o755 });
    }

    /** /etc/hosts without what a deployment added. */
    private hosts(): string {
        const lines = readFileSync(this.at("etc", "hosts"), "utf8").split("\n");
        return lines.filter((line) => !line.includes("hosted-engine-setup")).join("\n");
    }

    /** From now on an engine is deployed there, and `hosted-engine --vm-status` tells this recorded outcome. */
    is(outcome: string, vm: "running" | "shut off" = "running"): void {
        this.off();
        cpSync(STAND_INS, this.at("bin"), { recursive: true });
        cpSync(OUTCOMES, this.at("engine", "outcomes"), { recursive: true });
        cpSync(path.join(OUTCOMES, `${outcome}.txt`), this.at("engine", "vm-status"));
        writeFileSync(this.at("engine", "vm"), `${vm}\n`);
        mkdirSync(this.at("etc", "ovirt-hosted-engine"), { recursive: true });
        writeFileSync(
            this.at("etc", "ovirt-hosted-engine", "hosted-engine.conf"),
            `vmid=8d6f0b1e-0000-4000-8000-5d0e5d0e5d0e\nfqdn=${ENGINE}\nhost_id=1\nstorage=${EXPORT}\ndomainType=nfs\n`,
        );
        this.log("ovirt-hosted-engine-ha/agent.log", "MainThread::INFO::2026-11-21 10:15:02,123::hosted_engine::agent started\n");
    }

    /** The daemons tell something else. */
    becomes(outcome: string): void {
        // In one act: it may be read in this moment.
        cpSync(path.join(OUTCOMES, `${outcome}.txt`), this.at("engine", "vm-status.becomes"));
        renameSync(this.at("engine", "vm-status.becomes"), this.at("engine", "vm-status"));
    }

    /** These services do not run. */
    stopped(...services: string[]): void {
        writeFileSync(this.at("engine", "stopped"), services.join("\n"));
    }

    /** A log of /var/log, as a whole. */
    log(name: string, text: string, flag: "w" | "a" = "w"): void {
        mkdirSync(path.dirname(this.at("log", name)), { recursive: true });
        writeFileSync(this.at("log", name), text, { flag });
    }

    /** `--vm-shutdown` does not end until it may. */
    hold(): void {
        writeFileSync(this.at("engine", "hold"), "");
    }

    release(): void {
        rmSync(this.at("engine", "hold"), { force: true });
    }

    /** Somebody at the host itself has the console. */
    consoleElsewhere(): void {
        mkdirSync(this.at("engine", "console"));
    }

    consoleIsOpen(): boolean {
        return existsSync(this.at("engine", "console"));
    }

    /** What `hosted-engine` was asked to do, without the questions. */
    did(): string[] {
        return this.calls().filter((call) => !/^--(vm-status|check-liveliness)/.test(call));
    }

    /** How often it was asked how the engine is. */
    looks(): number {
        return this.calls().filter((call) => call.startsWith("--vm-status")).length;
    }

    private calls(): string[] {
        const calls = existsSync(this.at("engine", "calls")) ? readFileSync(this.at("engine", "calls"), "utf8") : "";
        return calls.split("\n").filter((call) => call !== "");
    }

    /** The engine's storage is there, as VDSM lays it out and as its user; nobody has renewed a lease for an hour. */
    exports(): void {
        const folder = this.at("engine", "exports", "he");
        const volume = path.join(folder, DOMAIN, "images", "0d6a4f4e-4a4c-4a4e-9a55-2f4f0a0c1b1d");
        mkdirSync(volume, { recursive: true });
        mkdirSync(path.join(folder, DOMAIN, "dom_md"));
        const files = {
            __DIRECT_IO_TEST__: "",
            [`${DOMAIN}/dom_md/metadata`]: `CLASS=Data\nDESCRIPTION=hosted_storage\nROLE=Regular\nSDUUID=${DOMAIN}\nTYPE=NFS\n`,
            [`${DOMAIN}/dom_md/ids`]: "",
            [`${DOMAIN}/dom_md/leases`]: "",
            [path.relative(folder, path.join(volume, "disk"))]: "the engine's disk",
        };
        for (const [name, text] of Object.entries(files)) {
            writeFileSync(path.join(folder, name), text);
        }
        this.lease(3600);
        execFileSync("chown", ["-R", "36:36", folder]);
    }

    /** A host has renewed its lease so many seconds ago. */
    lease(secs: number): void {
        const then = Date.now() / 1000 - secs;
        utimesSync(this.at("engine", "exports", "he", DOMAIN, "dom_md", "ids"), then, then);
    }

    /** Somebody puts a file beside the domain. */
    foreign(name: string): void {
        const file = this.at("engine", "exports", "he", name);
        writeFileSync(file, "");
        chownSync(file, 36, 36);
    }

    /** The names on the storage. */
    exported(): string[] {
        return readdirSync(this.at("engine", "exports", "he")).sort();
    }

    /** The file is gone again. */
    moved(name: string): void {
        rmSync(this.at("engine", "exports", "he", name));
    }

    /** A LUN with this id, on which somebody has made a file system. Its commands are the machine's own. */
    lun(id: string, label: string): void {
        const file = this.at("engine", "lun");
        writeFileSync(file, "");
        truncateSync(file, 64 << 20);
        execFileSync("mkfs.ext4", ["-q", "-L", label, file]);
        this.loop = execFileSync("losetup", ["--find", "--show", file]).toString().trim();
        symlinkSync(this.loop, this.at("mapper", id));
    }

    /** What begins the LUN: signatures, as `wipefs` knows them. */
    signatures(): string {
        return execFileSync("wipefs", ["--no-act", "--noheadings", "--output", "TYPE", this.at("engine", "lun")]).toString().trim();
    }

    /** No engine is deployed there, and none of its commands is installed. */
    off(): void {
        this.release();
        const units = this.at("engine", "units");
        for (const unit of existsSync(units) ? readdirSync(units) : []) {
            try {
                process.kill(-Number(readFileSync(path.join(units, unit), "utf8")), "SIGKILL");
            } catch {
                // It has ended.
            }
        }
        if (this.loop !== undefined) {
            execFileSync("losetup", ["--detach", this.loop]);
            this.loop = undefined;
        }
        for (const folder of ["bin", "engine", "log", "vartmp", "mapper"]) {
            for (const name of existsSync(this.at(folder)) ? readdirSync(this.at(folder)) : []) {
                rmSync(this.at(folder, name), { recursive: true, force: true });
            }
        }
        rmSync(this.at("etc", "ovirt-hosted-engine"), { recursive: true, force: true });
        rmSync(this.at("root", ".ssh"), { recursive: true, force: true });
        writeFileSync(this.at("etc", "hosts"), this.hosts());
    }
}
