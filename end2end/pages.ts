// All pages. A line here gives a page: axe in both looks, both languages, the keyboard, narrow screens, and its pictures.

import type { Page } from "@playwright/test";

export interface Entry {
    /** Of its pictures, and of its tests. */
    name: string;
    path: string;
    /** Open to everybody: no session, no script. */
    plain?: true;
    /** Needs the lab; without it, it is skipped. */
    lab?: true;
    /** After it is alive: opens what is folded, waits for what comes later. */
    prepare?: (page: Page) => Promise<void>;
    /** What stays as it is in Japanese: names and abbreviations that a heading, button or label may consist of. */
    terms?: RegExp;
}

export const pages: Entry[] = [
    { name: "login", path: "/login", plain: true },
    { name: "overview", path: "/" },
];
