// A child process that is watched: what it says is kept, and it is gone when its test is.

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";

export class Running {
    private readonly child: ChildProcess;
    private readonly ended: Promise<void>;
    /** What it said so far, of both streams. */
    said = "";

    constructor(command: string, args: string[], input = "", options: SpawnOptions = {}) {
        this.child = spawn(command, args, { ...options, stdio: ["pipe", "pipe", "pipe"] });
        for (const stream of [this.child.stdout, this.child.stderr]) {
            stream?.setEncoding("utf8").on("data", (text: string) => (this.said += text));
        }
        this.ended = new Promise((done) => {
            this.child.on("exit", () => done());
            this.child.on("error", (error) => {
                this.said += String(error);
                done();
            });
        });
        // A process that ends before it has read its input is told by what it said.
        this.child.stdin?.on("error", () => {}).end(input);
    }

    get running(): boolean {
        return this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined;
    }

    get pid(): number {
        return this.child.pid ?? 0;
    }

    /** Ends it and waits for the end. */
    async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
        if (this.running) {
            this.child.kill(signal);
        }
        await this.ended;
    }
}

/** Waits until `holds` gives something, at most a minute. */
export async function eventually<T>(what: () => string, holds: () => Promise<T | undefined> | T | undefined): Promise<T> {
    const deadline = Date.now() + 60_000;
    for (;;) {
        const found = await holds();
        if (found !== undefined) {
            return found;
        }
        if (Date.now() > deadline) {
            throw new Error(`not within a minute: ${what()}`);
        }
        await new Promise((again) => setTimeout(again, 20));
    }
}
