// What makes the tests' SSH host a host of a hosted engine: commands of oVirt and systemd that are not on the machine stand in
// (`engine/`), with recorded outcomes. They are the host; the product that reads and changes it is the real one.

import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "./places.ts";

const STAND_INS = path.join(root, "end2end/world/engine");
const OUTCOMES = path.join(root, "app/model/tests/fixtures/vm-status");
/** The name in the recorded outcomes. */
export const ENGINE = "engine.lab.example";

export class EngineHost {
    private readonly folder: string;

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
            `vmid=8d6f0b1e-0000-4000-8000-5d0e5d0e5d0e\nfqdn=${ENGINE}\nhost_id=1\nstorage=storage.lab.example:/exports/he\ndomainType=nfs\n`,
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
        for (const folder of ["bin", "engine", "log", "vartmp"]) {
            for (const name of existsSync(this.at(folder)) ? readdirSync(this.at(folder)) : []) {
                rmSync(this.at(folder, name), { recursive: true, force: true });
            }
        }
        rmSync(this.at("etc", "ovirt-hosted-engine"), { recursive: true, force: true });
        rmSync(this.at("root", ".ssh"), { recursive: true, force: true });
        writeFileSync(this.at("etc", "hosts"), this.hosts());
    }
}
