// What makes the tests' SSH host one with Fibre Channel: ports in its /sys/class/fc_host, and LUNs behind them as `lsblk`, `multipath`
// and `pvs` tell them (`fc/`; the same sources as the model's recorded storages). No kernel without such a card has them.

import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "./places.ts";

const STAND_INS = path.join(root, "end2end/world/fc");
const GIB = 1024 ** 3;

interface Lun {
    wwid: string;
    gib: number;
    /** Its paths: address, disk, how multipath finds it. */
    paths: [string, string, string][];
    /** What LVM says is on it: volume group, tags. */
    group?: [string, string];
}

/** Empty, two good paths. */
export const FREE = "3600d0230000000000e13955cc3757800";
/** An oVirt storage domain lies on it. */
export const DOMAIN = "3600d0230000000000e13955cc3757801";
/** A volume group lies on it. */
export const GROUP = "3600d0230000000000e13955cc3757802";
/** Smaller than an engine's disk. */
export const SMALL = "3600d0230000000000e13955cc3757803";
/** Empty; one of its paths is broken. */
export const HALF = "3600d0230000000000e13955cc3757804";

const RUNS = "active  ready  running";
const UUID = "6d2c8a50-5f1b-4f2e-8f4e-0b7f5b9f4b7e";
const both = (lun: number, first: string, second: string, state = RUNS): [string, string, string][] => [
    [`6:0:0:${lun}`, first, RUNS],
    [`7:0:0:${lun}`, second, state],
];
const LUNS: Lun[] = [
    { wwid: FREE, gib: 120, paths: both(0, "sdfa", "sdfb") },
    {
        wwid: DOMAIN,
        gib: 500,
        paths: both(1, "sdfc", "sdfd"),
        group: [UUID, `MDT_CLASS=Data,MDT_DESCRIPTION=hosted&95&storage,MDT_SDUUID=${UUID},RHAT_storage_domain`],
    },
    { wwid: GROUP, gib: 200, paths: both(2, "sdfe", "sdff"), group: ["vg_backup", ""] },
    { wwid: SMALL, gib: 20, paths: both(3, "sdfg", "sdfh") },
    { wwid: HALF, gib: 120, paths: both(4, "sdfi", "sdfj", "failed  faulty  running") },
];

export class FibreChannel {
    private readonly folder: string;

    /** `folder`: the SSH host's. */
    constructor(folder: string) {
        this.folder = folder;
    }

    private at(...names: string[]): string {
        return path.join(this.folder, ...names);
    }

    /** Two ports, in this state, and the LUNs. */
    on(state: "Online" | "Linkdown" = "Online"): void {
        for (const [host, name] of [["host6", "0x21000024ff3dd5ab"], ["host7", "0x21000024ff3dd5aa"]] as const) {
            mkdirSync(this.at("fc_host", host), { recursive: true });
            writeFileSync(this.at("fc_host", host, "port_name"), `${name}\n`);
            writeFileSync(this.at("fc_host", host, "port_state"), `${state}\n`);
        }
        cpSync(STAND_INS, this.at("bin"), { recursive: true });
        mkdirSync(this.at("engine", "fc"), { recursive: true });
        const record = (name: string, lines: string[]) => writeFileSync(this.at("engine", "fc", name), lines.map((line) => `${line}\n`).join(""));
        const seen = state === "Online" ? LUNS : [];
        record("lsblk", seen.flatMap(disks));
        record("multipath", seen.flatMap(map));
        record("pvs", seen.flatMap(({ wwid, group }) => (group ? [`  /dev/mapper/${wwid}|${group.join("|")}`] : [])));
    }

    /** A host without such ports. */
    off(): void {
        for (const host of readdirSync(this.at("fc_host"))) rmSync(this.at("fc_host", host), { recursive: true });
        for (const name of readdirSync(STAND_INS)) rmSync(this.at("bin", name), { force: true });
        if (existsSync(this.at("engine", "fc"))) rmSync(this.at("engine", "fc"), { recursive: true });
    }
}

/** Its disks, and below each of them the map. */
function disks({ wwid, gib, paths, group }: Lun): string[] {
    const line = (values: Record<string, string>) =>
        ["NAME", "KNAME", "PKNAME", "TYPE", "SIZE", "LOG-SEC", "PHY-SEC", "FSTYPE", "MOUNTPOINT", "WWN", "VENDOR", "MODEL", "SERIAL", "TRAN", "RO"]
            .map((key) => `${key}="${{ SIZE: String(gib * GIB), "LOG-SEC": "512", "PHY-SEC": "4096", RO: "0", ...values }[key] ?? ""}"`)
            .join(" ");
    const card = { TYPE: "disk", FSTYPE: "mpath_member", WWN: `0x${wwid.slice(1, 17)}`, VENDOR: "WINSYS  ", MODEL: "SF2372", TRAN: "fc" };
    const mapped = { NAME: wwid, KNAME: device(wwid), TYPE: "mpath", FSTYPE: group ? "LVM2_member" : "" };
    return paths.flatMap(([, disk]) => [line({ NAME: disk, KNAME: disk, ...card }), line({ ...mapped, PKNAME: disk })]);
}

/** As `multipath -ll` draws it. */
function map({ wwid, gib, paths }: Lun): string[] {
    const ways = paths.flatMap(([address, disk, state], index) => {
        const last = index === paths.length - 1;
        return [
            `${last ? "`" : "|"}-+- policy='round-robin 0' prio=1 status=${index === 0 ? "active" : "enabled"}`,
            `${last ? " " : "|"} \`- ${address} ${disk} 130:${16 * index} ${state}`,
        ];
    });
    return [`${wwid} ${device(wwid)} WINSYS,SF2372`, `size=${gib}G features='0' hwhandler='0' wp=rw`, ...ways];
}

const device = (wwid: string) => `dm-${50 + Number(wwid.slice(-1))}`;
