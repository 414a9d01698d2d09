// What holds for every page of the table in pages.ts.

import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { type Entry, pages } from "../pages.ts";
import { photograph } from "../world/picture.ts";
import { lab, passing, pictures } from "../world/places.ts";
import { type Lang, type Theme, choose, expect, open, test } from "../world/test.ts";

const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
/** WCAG 1.4.10: what must still do without a horizontal bar. */
const NARROWEST = { width: 320, height: 640 };

/** The documentation keeps all pages in English. */
const KEPT_IN_JAPANESE = ["deploy-vm", "health", "run-failed"];

interface Visit {
    entry: Entry | undefined;
    /** Opens the page in a language and a look. */
    visit: (lang: Lang, theme: Theme) => Promise<void>;
}

const onPage = test.extend<Visit>({
    entry: [undefined, { option: true }],
    visit: async ({ entry, page, context, server, host, cookies }, use) => {
        if (entry === undefined) throw new Error("a page of the table is wanted");
        if (!entry.plain) await context.addCookies(cookies);
        const after = entry.before?.(server, host);
        await use(async (lang, theme) => {
            await choose(page, server.url, lang, theme);
            await (entry.plain ? page.goto(entry.path) : open(page, entry.path));
            await entry.prepare?.(page);
        });
        await after?.();
    },
});

for (const entry of pages) {
    onPage.describe(entry.name, () => {
        onPage.skip(Boolean(entry.lab) && !lab, "needs the lab");
        const why = entry.needs?.();
        onPage.skip(why !== undefined, why);
        onPage.use({ entry });

        for (const theme of ["light", "dark"] as const) {
            onPage(`axe finds nothing, ${theme}`, async ({ page, visit }) => {
                await visit("en", theme);
                for (const size of [DESKTOP, PHONE]) {
                    await page.setViewportSize(size);
                    const found = await new AxeBuilder({ page }).analyze();
                    const problems = found.violations.flatMap(({ id, help, nodes }) =>
                        nodes.map((node) => `${id}: ${help}: ${node.html}\n  ${node.failureSummary}`),
                    );
                    expect(problems, `at ${size.width} px`).toEqual([]);
                    expect(found.passes.length).toBeGreaterThan(5);
                }
            });
        }

        onPage("speaks both languages", async ({ page, visit }) => {
            await visit("en", "light");
            await expect(page.locator("html")).toHaveAttribute("lang", "en");
            const english = await words(page);
            expect(english.length).toBeGreaterThan(2);
            expect(english.filter((text) => japanese(text) && text !== "日本語")).toEqual([]);
            expect(await page.title()).not.toMatch(/[\u3040-\u30ff\u4e00-\u9fff]/);

            await visit("ja", "light");
            await expect(page.locator("html")).toHaveAttribute("lang", "ja");
            const same = (text: string) => text === "English" || !/[A-Za-z]{2}/.test(text) || entry.terms?.test(text);
            expect((await words(page)).filter((text) => !japanese(text) && !same(text))).toEqual([]);
            expect(await page.title()).toMatch(/[\u3040-\u30ff\u4e00-\u9fff]/);
        });

        onPage("is whole on a narrow screen", async ({ page, visit }) => {
            await page.setViewportSize(NARROWEST);
            for (const lang of ["en", "ja"] as const) {
                await visit(lang, "light");
                const over = await page.evaluate(() => {
                    const main = document.querySelector("main");
                    // What scrolls by itself can be reached; what is only cut off cannot.
                    const scrolls = (e: Element) => {
                        for (let up = e.parentElement; up !== null && up !== main; up = up.parentElement) {
                            if (["auto", "scroll"].includes(getComputedStyle(up).overflowX)) return true;
                        }
                        return false;
                    };
                    const beyond = (e: Element) => e.checkVisibility() && e.getBoundingClientRect().right > window.innerWidth + 1;
                    const guilty = [...document.querySelectorAll("body *")].filter((e) => beyond(e) && !scrolls(e));
                    const wide = document.documentElement.scrollWidth - window.innerWidth;
                    return wide > 0 || guilty.length > 0 ? `${wide} px too wide: ${guilty.map((e) => e.outerHTML.slice(0, 120)).join("\n")}` : "";
                });
                expect(over).toBe("");
            }
        });

        onPage("works by keyboard alone", async ({ page, visit }) => {
            await visit("en", "light");
            await walk(page);
        });

        onPage("has its picture taken", async ({ page, visit }) => {
            for (const [name, lang, theme, size] of [
                ["desktop", "en", "light", DESKTOP],
                ["phone", "en", "dark", PHONE],
                ["ja", "ja", "light", DESKTOP],
            ] as const) {
                await page.setViewportSize(size);
                await visit(lang, theme);
                const folder = lang === "ja" && !KEPT_IN_JAPANESE.includes(entry.name) ? passing : pictures;
                expect((await photograph(page, `${entry.name}-${name}`, folder)).length).toBeGreaterThan(2_000);
            }
        });
    });
}

const japanese = (text: string) => /[\u3040-\u30ff\u4e00-\u9fff]/.test(text);

/** What the page says in its headings, buttons, labels, links and captions: data is elsewhere. */
function words(page: Page): Promise<string[]> {
    return page.evaluate(() => {
        const parts = document.querySelectorAll<HTMLElement>("h1, h2, h3, h4, button, label, legend, th, dt, a[href], summary, [role=tab]");
        return [...parts].filter((part) => part.offsetParent !== null).map((part) => part.innerText.trim()).filter((text) => text !== "");
    });
}

/** Tab reaches everything that can be used, each shows that it has the focus, and the way leads round. */
async function walk(page: Page): Promise<void> {
    const count = await page.evaluate(() => {
        const usable = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]:not([tabindex='-1'])";
        // What is folded away is not seen.
        const seen = (e: HTMLElement) => e.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true });
        // Of the radio buttons of a group, Tab reaches one; the arrow keys reach the others.
        const groups = new Set<string>();
        const first = (e: HTMLElement) => {
            if (!(e instanceof HTMLInputElement) || e.type !== "radio") return true;
            const known = groups.has(e.name);
            groups.add(e.name);
            return !known;
        };
        const all = [...document.querySelectorAll<HTMLElement>(usable)].filter(
            (e) => seen(e) && !e.matches(":disabled, [inert] *, [tabindex='-1']") && first(e),
        );
        all.forEach((e, index) => e.setAttribute("data-walk", e instanceof HTMLInputElement && e.type === "radio" ? `radio ${e.name}` : String(index)));
        (document.activeElement as HTMLElement | null)?.blur();
        return all.length;
    });
    expect(count).toBeGreaterThan(0);
    const look = (mark: string) =>
        page.evaluate((mark) => {
            const found = document.querySelector(`[data-walk="${CSS.escape(mark)}"]`);
            if (found === null) return "";
            const parts = [getComputedStyle(found), getComputedStyle(found, "::after"), getComputedStyle(found, "::before")];
            const frame = found.parentElement === null ? [] : [getComputedStyle(found.parentElement), getComputedStyle(found.parentElement, "::after")];
            return [...parts, ...frame].map((s) => [s.outline, s.boxShadow, s.border, s.backgroundColor, s.textDecoration, s.position, s.inset].join("|")).join("\n");
        }, mark);
    const reached = new Map<string, boolean>();
    for (let step = 0; step < count + 3; step++) {
        await page.keyboard.press("Tab");
        const mark = await page.evaluate(() => {
            const on = document.activeElement;
            if (on === null || on === document.body) return "";
            return on instanceof HTMLInputElement && on.type === "radio" ? `radio ${on.name}` : (on.getAttribute("data-walk") ?? on.outerHTML.slice(0, 120));
        });
        if (mark === "" || reached.has(mark)) continue;
        const focused = await look(mark);
        await page.evaluate(() => (document.activeElement as HTMLElement).setAttribute("data-walk-here", ""));
        const plain = await page.evaluate(() => {
            // As it looks without the focus; then the focus is put back where the keyboard left it.
            const on = document.activeElement as HTMLElement;
            on.blur();
            return on.getAttribute("data-walk") ?? "";
        }).then(look);
        await page.evaluate(() => {
            const on = document.querySelector<HTMLElement>("[data-walk-here]");
            on?.removeAttribute("data-walk-here");
            on?.focus({ preventScroll: true });
        });
        reached.set(mark, focused !== plain);
    }
    const all = await page.evaluate(() => [...document.querySelectorAll("[data-walk]")].map((e) => [e.getAttribute("data-walk") ?? "", e.outerHTML.slice(0, 160)] as const));
    expect(all.filter(([mark]) => !reached.has(mark)).map(([, html]) => html), "Tab reaches these").toEqual([]);
    expect(all.filter(([mark]) => reached.get(mark) === false).map(([, html]) => html), "these show the focus").toEqual([]);
}
