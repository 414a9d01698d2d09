// A run whose role ran wild: a million lines, from the journal over the stream to the page.

import { createHash } from "node:crypto";
import { closeSync, createReadStream, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import https from "node:https";
import path from "node:path";
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { type Page, expect } from "@playwright/test";
import type { Host } from "../world/host.ts";
import { root } from "../world/places.ts";
import type { Server } from "../world/server.ts";

const RUN = "20261121-060000-aa11";

/** What the journal holds, and by what it is recognised. */
export interface Wild {
    id: string;
    /** Lines of its log: every event but the plan has one. */
    lines: number;
    /** Of the events as they are written, a comma between two. */
    events: string;
    /** Of the lines' texts. */
    texts: string;
}

/** Writes the run: tasks and what they say by turns, after a recorded plan. */
export function wild(server: Server, host: Host, lines: number): Wild {
    const folder = path.join(server.state, "runs", RUN);
    mkdirSync(path.join(folder, "logs"), { recursive: true, mode: 0o700 });
    const at = host.at.lastIndexOf(":");
    const login = { address: host.at.slice(0, at), port: Number(host.at.slice(at + 1)), user: host.user };
    writeFileSync(path.join(folder, "answers.json"), JSON.stringify({ host: login }));
    const plan = readFileSync(path.join(root, "end2end/journals/succeeded.jsonl"), "utf8").split("\n", 1)[0] ?? "";
    const [events, texts] = [createHash("sha256"), createHash("sha256")];
    const file = openSync(path.join(folder, "events.jsonl"), "w");
    const begun = Date.now();
    const put = (batch: string[], first: boolean) => {
        writeSync(file, `${batch.join("\n")}\n`);
        events.update((first ? "" : ",") + batch.join(","));
    };
    put([JSON.stringify({ ...JSON.parse(plan), run: RUN, seq: 1, at: begun })], true);
    let batch: string[] = [];
    for (let line = 1; line <= lines; line++) {
        const text = line === lines ? "Cancelled." : line % 2 === 0 ? `Task number ${line} of a role that runs wild` : `fatal? no: line ${line} says "it goes on"`;
        const kind =
            line === lines
                ? { kind: "ended", outcome: { result: "cancelled" } }
                : line % 2 === 0
                  ? { kind: "task", id: `t${line}`, name: text }
                  : { kind: "message", text };
        batch.push(JSON.stringify({ run: RUN, seq: line + 1, at: begun, phase: "bootstrap_local_vm", offset: line * 100, ...kind }));
        texts.update(`${text}\n`);
        if (batch.length === 1000 || line === lines) {
            put(batch, false);
            batch = [];
        }
    }
    closeSync(file);
    return { id: RUN, lines, events: events.digest("hex"), texts: texts.digest("hex") };
}

/** Reads the whole stream as fast as it comes; lines a second, from the request to the end. Every byte of every event must have come. */
export async function streamed(server: Server, cookie: string, run: Wild): Promise<number> {
    const pieces: Buffer[] = [];
    const began = performance.now();
    await new Promise<void>((done, failed) => {
        const options = { headers: { Cookie: cookie }, rejectUnauthorized: false };
        const request = https.get(`${server.url}/api/v1/runs/${run.id}/events`, options, (answer) => {
            if (answer.statusCode !== 200) failed(new Error(`the stream answered ${answer.statusCode}`));
            answer.on("data", (piece: Buffer) => pieces.push(piece)).on("end", done).on("error", failed);
        });
        request.on("error", failed);
    });
    const seconds = (performance.now() - began) / 1000;
    const hash = createHash("sha256");
    let first = true;
    for (const message of Buffer.concat(pieces).toString().split("\n\n")) {
        const data = /^id: \d+\ndata: \[(.*)\]$/s.exec(message)?.[1];
        if (data === undefined) continue;
        hash.update((first ? "" : ",") + data);
        first = false;
    }
    expect(hash.digest("hex"), "each event came once, in order, as it was written").toBe(run.events);
    return run.lines / seconds;
}

export interface Watched {
    /** From the page's first answer until its log has every line. */
    seconds: number;
    /** The longest time that the page could not answer. */
    longest: number;
    /** The longest time from a key in the search to the next picture, while lines came. */
    typed: number;
}

/** Opens the run's page, types into its search while the lines come, and compares what it has at the end. */
export async function watched(page: Page, server: Server, run: Wild): Promise<Watched> {
    await page.addInitScript(() => {
        const seen = { longest: 0 };
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) seen.longest = Math.max(seen.longest, entry.duration);
        }).observe({ type: "longtask", buffered: true });
        (globalThis as { seen?: typeof seen }).seen = seen;
    });
    const count = async () => Number((await page.locator(".hd-log-count").innerText()).replace(/\D/g, ""));
    const began = performance.now();
    await page.goto(`${server.url}/runs/${run.id}`);
    await page.locator("html[data-alive]").waitFor();
    const search = page.getByRole("searchbox", { name: "Search the log" });
    let typed = 0;
    for (const key of ["x", "Backspace", "y", "Backspace", "z", "Backspace"]) {
        await search.focus();
        // It listens before the key comes: a promise within an object is not waited for.
        const listening = await search.evaluateHandle((input) => ({
            answer: new Promise<number>((done) => {
                // By the event's own time: how long it waited counts.
                const drawn = (event: Event) => requestAnimationFrame(() => setTimeout(() => done(performance.now() - event.timeStamp)));
                input.addEventListener("keydown", drawn, { once: true });
            }),
        }));
        await page.keyboard.press(key);
        typed = Math.max(typed, await listening.evaluate(({ answer }) => answer));
    }
    await expect.poll(count, { timeout: 120_000, intervals: [100] }).toBe(run.lines);
    const seconds = (performance.now() - began) / 1000;
    const longest = await page.evaluate(() => (globalThis as { seen?: { longest: number } }).seen?.longest ?? Number.NaN);
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Download", exact: true }).click()]);
    const hash = createHash("sha256");
    for await (const line of createInterface({ input: createReadStream(await download.path()) })) {
        // `23:59:59  VERDICT      text`, the verdict in a column of eleven.
        hash.update(`${line.slice(8 + 2 + 11 + 2)}\n`);
    }
    expect(hash.digest("hex"), "the page has each line once, in order").toBe(run.texts);
    return { seconds, longest, typed };
}
