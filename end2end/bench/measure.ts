// What is measured, of any page and any process.

import { readFileSync, readdirSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { performance } from "node:perf_hooks";
import type { CDPSession, Page } from "@playwright/test";

/** Bytes and requests as the browser's network layer counts them: answers with their headers, compressed as sent, no TLS. */
export class Wire {
    bytes = 0;
    requests = 0;

    static async of(page: Page): Promise<[Wire, CDPSession]> {
        const [wire, session] = [new Wire(), await page.context().newCDPSession(page)];
        await session.send("Network.enable");
        await session.send("Performance.enable");
        const real = new Set<string>();
        session.on("Network.requestWillBeSent", ({ requestId, request }) => {
            if (request.url.startsWith("http")) {
                real.add(requestId);
                wire.requests++;
            }
        });
        session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
            if (real.has(requestId)) wire.bytes += encodedDataLength;
        });
        return [wire, session];
    }
}

/** Seconds that the page's process has worked in its main thread so far. */
export async function mainThread(session: CDPSession): Promise<number> {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN;
}

/** Run in every document before its own scripts. */
export const OBSERVE = `new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) globalThis.largestPaint = performance.timeOrigin + entry.startTime;
}).observe({ type: "largest-contentful-paint", buffered: true });`;

/** Milliseconds from a moment (of the wall clock) to the largest contentful paint, in whichever frame it was. */
export async function largestPaint(page: Page, since: number): Promise<number> {
    const paints = await Promise.all(
        page.frames().map((frame) => frame.evaluate(() => (globalThis as { largestPaint?: number }).largestPaint ?? 0).catch(() => 0)),
    );
    return Math.max(...paints) - since;
}

/** Proportional set size in MB of a process and all its descendants. */
export function pss(pid: number): number {
    const kib = [pid, ...descendants(pid)].map((each) => {
        try {
            return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${each}/smaps_rollup`, "utf8"))?.[1] ?? 0);
        } catch {
            return 0;
        }
    });
    return (kib.reduce((sum, each) => sum + each, 0) * 1024) / 1e6;
}

function descendants(pid: number): number[] {
    const parents = new Map<number, number>();
    for (const name of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
        try {
            const stat = readFileSync(`/proc/${name}/stat`, "utf8");
            parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
        } catch {
            // It has ended meanwhile.
        }
    }
    const below = (of: number): number[] => [...parents].filter(([, parent]) => parent === of).flatMap(([child]) => [child, ...below(child)]);
    return below(pid);
}

/** Milliseconds of each of `count` requests, one after the other on one connection. */
export async function kept(url: string, count: number): Promise<number[]> {
    const secure = url.startsWith("https:");
    const agent = secure ? new https.Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false }) : new http.Agent({ keepAlive: true, maxSockets: 1 });
    const once = () =>
        new Promise<number>((done, failed) => {
            const began = performance.now();
            const request = (secure ? https : http).get(url, { agent }, (answer) => {
                if (answer.statusCode !== 200) failed(new Error(`${url} answered ${answer.statusCode}`));
                answer.resume().on("end", () => done(performance.now() - began));
            });
            request.on("error", failed);
        });
    const times: number[] = [];
    for (let round = 0; round < count + 50; round++) {
        const time = await once();
        // The first ones warm both up.
        if (round >= 50) times.push(time);
    }
    agent.destroy();
    return times;
}

/** The value below which this share of the values lies. */
export function share(values: number[], part: number): number {
    const sorted = [...values].sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

export const median = (values: number[]): number => share(values, 0.5);
