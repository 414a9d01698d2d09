// Runs in a server's state folder: journals recorded in the lab (`journals/`), whole or as far as they had come at some moment.
// Task ids are shortened in them; everything else is as the product wrote it.

import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Host } from "./host.ts";
import { root } from "./places.ts";
import { Running } from "./process.ts";
import type { Server } from "./server.ts";

export interface Event {
    seq: number;
    at: number;
    phase?: string;
    kind: string;
    [more: string]: unknown;
}

/** A run that is played: its journal grows as the test wants. */
export class Played {
    readonly id: string;
    readonly folder: string;
    private readonly rest: Event[];
    private readonly late: number;
    private driver?: Running;
    written = 0;

    /**
     * `until` says at which event to stop; it is written as well. Times are moved so that this event happened just now. `answers`: what
     * it was asked, besides the way to the host.
     */
    constructor(
        server: Server,
        host: Host,
        name: "failed" | "succeeded",
        id: string,
        until: (event: Event) => boolean = () => false,
        answers: Record<string, unknown> = {},
    ) {
        this.id = id;
        this.folder = path.join(server.state, "runs", id);
        const text = readFileSync(path.join(root, "end2end", "journals", `${name}.jsonl`), "utf8");
        this.rest = text.trimEnd().split("\n").map((line) => JSON.parse(line) as Event);
        const stop = this.rest.findIndex(until);
        const number = stop < 0 ? this.rest.length : stop + 1;
        this.late = Date.now() - (this.rest[number - 1]?.at ?? 0);
        mkdirSync(path.join(this.folder, "logs"), { recursive: true, mode: 0o700 });
        const [address, port] = [host.at.slice(0, host.at.lastIndexOf(":")), Number(host.at.slice(host.at.lastIndexOf(":") + 1))];
        const file = (name: string, content: unknown) => writeFileSync(path.join(this.folder, name), JSON.stringify(content));
        file("answers.json", { host: { address, port, user: host.user }, ...answers });
        file("plan.json", { version: "", fixed: {}, hand_over: {}, systemd: 252, ansible_core: "2.17.0", source: null, take_over: false });
        writeFileSync(path.join(this.folder, "events.jsonl"), "");
        this.write(number);
    }

    /** The next so many recorded events. */
    write(number: number): void {
        this.add(...this.rest.splice(0, number));
    }

    /** All that are left. */
    finish(): void {
        this.write(this.rest.length);
    }

    /** Any events; `seq` and the time are the run's. */
    add(...events: Omit<Event, "seq" | "at">[]): void {
        const line = (event: Omit<Event, "seq" | "at">) => {
            this.written += 1;
            const at = typeof event["at"] === "number" ? event["at"] + this.late : Date.now();
            return `${JSON.stringify({ ...event, run: this.id, seq: this.written, at })}\n`;
        };
        appendFileSync(path.join(this.folder, "events.jsonl"), events.map(line).join(""));
    }

    /** Holds the lock that a driver holds. */
    drive(): void {
        this.driver = new Running("flock", [path.join(this.folder, "driver.lock"), "sleep", "600"]);
    }

    /** The lock is free again. */
    async leave(): Promise<void> {
        await this.driver?.stop("SIGKILL");
        this.driver = undefined;
    }

    get cancelled(): boolean {
        try {
            readFileSync(path.join(this.folder, "cancel.json"));
            return true;
        } catch {
            return false;
        }
    }
}

/** The role's task of this name begins. */
export const begins = (name: string) => (event: Event) => event.kind === "task" && event["name"] === name;
