// The product under test: `hosted-deploy serve` with a state folder of its own.

import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { binary, root } from "./places.ts";
import { Running, eventually } from "./process.ts";

export interface Surroundings {
    /** Started by a person at a terminal. */
    terminal?: boolean;
    env?: NodeJS.ProcessEnv;
}

export class Server {
    /** https://127.0.0.1:PORT */
    url = "";
    readonly state = mkdtempSync(path.join(os.tmpdir(), "hosted-deploy-state-"));
    /** Lines of its log that a test has announced. */
    readonly expected: RegExp[] = [];
    private readonly args: string[];
    private readonly terminal: boolean;
    private readonly env: NodeJS.ProcessEnv;
    private process?: Running;
    private earlier = "";

    private constructor(args: string[], { terminal = false, env = {} }: Surroundings) {
        this.args = args;
        this.terminal = terminal;
        // No agent and no settings of whoever runs the tests.
        const { SSH_AUTH_SOCK: _agent, ...kept } = process.env;
        this.env = { ...kept, ...env };
    }

    static async start(args: string[] = [], surroundings: Surroundings = {}): Promise<Server> {
        const server = new Server(args, surroundings);
        await server.up("127.0.0.1:0");
        return server;
    }

    private async up(listen: string): Promise<void> {
        const args = ["serve", "--lang", "en", "--listen", listen, "--state-dir", this.state, ...this.args];
        const options = { env: this.env, cwd: root };
        // None of our arguments holds a blank.
        const started = this.terminal
            ? new Running("script", ["--quiet", "--flush", "--return", "--command", [binary, ...args].join(" "), "/dev/null"], "", options)
            : new Running(binary, args, "", options);
        this.process = started;
        this.url = await eventually(
            () => `the server says where it listens; it said: ${started.said}`,
            () => {
                if (!started.running) {
                    throw new Error(`the server ended: ${started.said}`);
                }
                return /https:\/\/127\.0\.0\.1:\d+/.exec(started.said)?.[0];
            },
        );
    }

    get pid(): number {
        return this.process?.pid ?? 0;
    }

    get log(): string {
        return this.earlier + (this.process?.said ?? "");
    }

    /** Kill -9. */
    async kill(): Promise<void> {
        this.earlier = this.log;
        await this.process?.stop("SIGKILL");
        this.process = undefined;
    }

    /** After `kill`: on the same port, with the same state. */
    async again(): Promise<void> {
        await this.up(new URL(this.url).host);
    }

    async stop(): Promise<void> {
        await this.process?.stop();
        rmSync(this.state, { recursive: true, force: true });
    }

    /** Warnings and errors that nobody announced. */
    complaints(): string[] {
        const bad = this.log.split("\n").filter((line) => /\b(WARN|ERROR|panicked)\b/.test(line));
        return bad.filter((line) => !this.expected.some((known) => known.test(line)));
    }

    /** Where a planted secret was found: the log, or files of the state folder. */
    leaks(secret: string): string[] {
        const places = files(this.state).filter((file) => readFileSync(file).includes(secret));
        return this.log.includes(secret) ? ["the log", ...places] : places;
    }
}

function files(folder: string): string[] {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name));
}
