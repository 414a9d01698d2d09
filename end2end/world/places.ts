// Where things are. `cargo xtask browser` names them by the environment; alone, the usual places count.

import { existsSync } from "node:fs";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "../..");

export const target = path.resolve(root, process.env.CARGO_TARGET_DIR ?? "target");

/** The product, with its pages inside. */
export const binary = process.env.HOSTED_DEPLOY_BINARY ?? path.join(target, "debug", "hosted-deploy");

if (!existsSync(binary)) {
    throw new Error(`${binary} is not there: build it by \`cargo xtask build\``);
}

/** Whether the lab is up and the tests that need it are wanted. */
export const lab = Boolean(process.env.HOSTED_DEPLOY_LAB);

/** Where pictures go that nobody keeps. */
export const passing = path.join(target, "end2end", "pictures");

/** Where pictures of the pages go: into the documentation only when asked. */
export const pictures = process.env.HOSTED_DEPLOY_PICTURES ? path.join(root, "docs", "pictures") : passing;
