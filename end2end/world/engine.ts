// What makes the tests' SSH host a host of a hosted engine: commands of oVirt and systemd that are not on the machine stand in
// (`engine/`), with recorded outcomes. They are the host; the product that reads and changes it is the real one.

import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
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
        cpSync(path.join(OUTCOMES, `${outcome}.txt`), this.at("engine", "vm-status"));
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

    /** What `hosted-engine` was asked to do, without the questions. */
    did(): string[] {
        const calls = existsSync(this.at("engine", "calls")) ? readFileSync(this.at("engine", "calls"), "utf8") : "";
        return calls.split("\n").filter((call) => call !== "" && !/^--(vm-status|check-liveliness)/.test(call));
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
    }
}
