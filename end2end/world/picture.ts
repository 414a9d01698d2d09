// Pictures of pages, for the documentation and for whoever wants to see what a test saw.

import type { Page } from "@playwright/test";
import { release } from "node:os";
import path from "node:path";
import { pictures } from "./places.ts";

/** Nobody looks further down in a picture. */
const LONGEST = 2_000;

/** The whole page, though it scrolls inside its frame; at the width that it has. */
export async function photograph(page: Page, name: string, folder = pictures): Promise<Buffer> {
    const size = page.viewportSize() ?? { width: 1280, height: 800 };
    const hidden = await page.evaluate(async () => {
        await document.fonts.ready;
        const main = document.querySelector("#main");
        const around = [main, main?.parentElement].filter((part) => part instanceof HTMLElement);
        for (const part of around) part.scrollTo(0, 0);
        return Math.max(0, ...around.map((part) => part.scrollHeight - part.clientHeight));
    });
    await page.setViewportSize({ width: size.width, height: Math.min(size.height + hidden, LONGEST) });
    // The kernel of whoever takes it is nobody's business.
    const mask = [page.getByText(release(), { exact: true })];
    const picture = await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true, mask, maskColor: "#d2d2d2" });
    await page.setViewportSize(size);
    return picture;
}
