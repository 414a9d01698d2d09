// The pages of nodes, on a real store: machines boot from a real `pxe serve` in a network of its own, and the command line works
// on the same folder meanwhile.

import type { Page } from "@playwright/test";
import { readFileSync } from "node:fs";
import { BootServer, HASH, noBoot, pxe, stock } from "../world/boot.ts";
import { expect, open, test } from "../world/test.ts";

// Each test has nodes of its own.
test.use({ serveWith: [] });

test.beforeEach(() => {
    const why = noBoot();
    test.skip(why !== undefined, why);
});

const machines = (page: Page) => page.getByRole("table", { name: "Machines" });
const row = (page: Page, name: string) => machines(page).getByRole("row").filter({ has: page.getByRole("link", { name, exact: true }) });
const card = (page: Page, title: string) => page.locator(".pf-v6-c-card").filter({ has: page.getByRole("heading", { name: title, exact: true }) });

test("who has no node is told how network boot is switched on", async ({ loggedIn: page, server }) => {
    await open(page, "/");
    await page.getByRole("link", { name: "Nodes" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("Nodes");
    await expect(card(page, "Server")).toContainText("No server for network boot runs on these nodes.");
    await expect(card(page, "Server")).toContainText(`hosted-deploy pxe serve --state-dir ${server.state} --interface IF`);
    await expect(card(page, "Machines")).toContainText("No machine yet.");
    await expect(page.getByRole("link", { name: "Nodes" })).toHaveAttribute("aria-current", "page");
});

test("a machine is seen, named, installed, fails, is installed again, and the pages follow", async ({ loggedIn: page, server }) => {
    test.setTimeout(240_000);
    stock(server);
    await open(page, "/nodes");
    const boot = await BootServer.start(server);
    try {
        await expect(card(page, "Server")).toContainText("Serving boot0 at http://192.0.2.1");
        // The real server listens for others, hears none, and warns.
        await expect(card(page, "Server")).toContainText("no DHCP server answers on this network", { timeout: 20_000 });

        const machine = boot.machine(0x21);
        expect(machine.starts()).toContain("menu");
        const found = "discovered-52-54-00-00-00-21";
        await expect(row(page, found)).toContainText("discovered");

        await page.getByRole("link", { name: found }).click();
        await expect(page.getByRole("heading", { level: 1 })).toHaveText(found);
        await page.locator("html[data-alive]").waitFor();
        await page.getByLabel("Name").fill("node1");
        await page.getByLabel("Address kept for it").fill("192.0.2.33");
        await page.getByLabel("Profile").selectOption("rhvh");
        await page.getByRole("button", { name: "Save" }).click();
        await expect(page.getByRole("heading", { level: 1 })).toHaveText("node1");
        await page.locator("html[data-alive]").waitFor();
        const state = card(page, "State").getByRole("status");
        await expect(state).toContainText("assigned");
        await expect(card(page, "History, newest first (UTC)")).toContainText("got its boot script: the menu");

        expect(machine.starts()).toContain("kernel http://192.0.2.1/files/node/vmlinuz");
        await expect(state).toContainText("booting");
        expect(machine.fetchesKickstart()).toContain(HASH);
        await expect(state).toContainText("installing");
        machine.reports("failed", "no disk is large enough");
        await expect(state).toContainText("failed");
        await expect(card(page, "State")).toContainText("no disk is large enough");
        await expect(card(page, "State")).toContainText("Correct the profile, then install it again.");

        // A failure is on the health page as well, by name and with its reason.
        await open(page, "/health");
        await expect(card(page, "Nodes from network boot")).toContainText("1 failed");
        await expect(card(page, "Nodes from network boot")).toContainText("node1: no disk is large enough");
        await page.getByRole("link", { name: "node1" }).click();
        await page.locator("html[data-alive]").waitFor();

        await page.getByRole("button", { name: "Install again", exact: true }).click();
        const sure = page.getByRole("button", { name: "Yes: Install again" });
        await expect(sure).toBeDisabled();
        await page.getByLabel("Type node1").fill("node1");
        await sure.click();
        await expect(state).toContainText("assigned");
        machine.starts();
        machine.fetchesKickstart();
        machine.reports("built", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDdPwDJYZ5KYPIkD4BDTJ7e3ixWO4Y8fEL4tgi1aHcmQ root@installer\n");
        await expect(state).toContainText("installed");
        await expect(card(page, "State")).toContainText("ssh-ed25519 SHA256:");
        await expect(card(page, "State")).toContainText("hosted-deploy pxe node wait node1");
        expect(machine.starts(), "no second installation").toContain("starting from its own disk");

        await page.getByRole("button", { name: "It has joined", exact: true }).click();
        await page.getByRole("button", { name: "Yes: It has joined" }).click();
        await expect(state).toContainText("joined");
    } finally {
        await boot.stop("SIGKILL");
    }
    // Killed, not ended: the lock tells it all the same.
    await open(page, "/nodes");
    await expect(card(page, "Server")).toContainText("No server for network boot runs");
    await expect(row(page, "node1")).toContainText("joined");
});

test("a node is added, and every mistake stands at its field", async ({ loggedIn: page, server }) => {
    stock(server);
    await open(page, "/nodes");
    const form = card(page, "Add a machine");
    await form.getByLabel("Name").fill("a_b");
    await form.getByLabel("MAC address").fill("52:54");
    await form.getByLabel("Address kept for it").fill("192.0.2");
    await form.getByRole("button", { name: "Add" }).click();
    await expect(form.getByLabel("MAC address")).toHaveAttribute("aria-invalid", "true");
    await expect(form.getByLabel("MAC address")).toBeFocused();
    await expect(form.locator("#node-mac-help")).toContainText('"52:54" cannot be read. Write it like 52:54:00:00:00:01.');
    await expect(form.locator("#node-address-help")).toContainText("Write it like 192.0.2.51.");
    await form.getByLabel("MAC address").fill("5254.0000.0001");
    await expect(form.getByLabel("MAC address")).toHaveAttribute("aria-invalid", "false");
    await form.getByLabel("Address kept for it").fill("192.0.2.51");
    await form.getByRole("button", { name: "Add" }).click();
    await expect(form.locator("#node-name-help")).toContainText("is no name for a node");
    await form.getByLabel("Name").fill("node1");
    await form.getByLabel("Profile").selectOption("rhvh");
    await form.getByLabel("Role").selectOption("host");
    await form.getByRole("button", { name: "Add" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("node1");
    expect(pxe(server, "node", "show", "node1")).toMatch(/assigned.*52:54:00:00:00:01.*192\.0\.2\.51.*rhvh/);
    expect(pxe(server, "node", "show", "node1")).toContain("role: host");

    // What it would get, at every stage, and nothing secret in it.
    await page.locator("html[data-alive]").waitFor();
    const gets = card(page, "What it gets when it starts from the network");
    await expect(gets).toContainText("http://192.0.2.1/ipxe/52-54-00-00-00-01?arch=7");
    await expect(gets).toContainText("its script installs it by the profile rhvh");
    await expect(gets).toContainText("inst.ks=http://192.0.2.1/ks/TOKEN");
    await expect(gets).toContainText("rootpw --iscrypted ********");
    expect(await page.content()).not.toContain("canary5d0e");

    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByRole("button", { name: "No", exact: true }).click();
    await page.getByRole("button", { name: "Remove", exact: true }).click();
    await page.getByRole("button", { name: "Yes: Remove" }).click();
    await expect(card(page, "Machines")).toContainText("No machine yet.");
    expect(pxe(server, "node", "list")).toContain("No machine yet");
});

test("a list of machines is read, and its mistakes are told by line", async ({ loggedIn: page, server }) => {
    stock(server);
    await open(page, "/nodes");
    const importing = card(page, "Add the machines of a list");
    await importing.getByLabel("A file").setInputFiles({
        name: "rack.csv",
        mimeType: "text/csv",
        buffer: Buffer.from("name;mac;profile\nnode1;525400000001;rhvh\nnode2;5254;rhvh\n"),
    });
    await expect(importing.getByLabel("Or the list itself")).toHaveValue(/node1;525400000001/);
    await importing.getByRole("button", { name: "Add these machines" }).click();
    await expect(importing).toContainText('Line 3: mac "5254"');
    await expect(card(page, "Machines")).toContainText("No machine yet.");
    await importing.getByLabel("Or the list itself").fill("name,mac,profile\nnode1,525400000001,rhvh\nnode2,525400000002,none\n");
    await importing.getByRole("button", { name: "Add these machines" }).click();
    await expect(importing).toContainText("1 machines added; 1 lines cannot be used");
    await expect(importing).toContainText('Line 3: node2: there is no profile "none"');
    await expect(row(page, "node1")).toContainText("rhvh · self-hosted engine node");
});

test("what the command line does is seen at once, and a focus is not lost by it", async ({ loggedIn: page, server }) => {
    pxe(server, "node", "add", "node1", "--mac", "52:54:00:00:00:01");
    await open(page, "/nodes");
    const link = page.getByRole("link", { name: "node1", exact: true });
    await link.focus();
    pxe(server, "node", "set", "node1", "--address", "192.0.2.77");
    await expect(row(page, "node1")).toContainText("192.0.2.77");
    await expect(link).toBeFocused();
    pxe(server, "node", "add", "node0", "--mac", "52:54:00:00:00:02");
    await expect(row(page, "node0")).toBeVisible();
    await expect(link).toBeFocused();
    pxe(server, "node", "rm", "node0");
    await expect(row(page, "node0")).toHaveCount(0);
});

test("profiles and images say what is missing, and other servers get their files", async ({ loggedIn: page, server }) => {
    await open(page, "/profiles");
    await expect(card(page, "Profiles")).toContainText("hosted-deploy pxe profile new");
    await expect(card(page, "Images")).toContainText("hosted-deploy pxe image import");
    stock(server);
    pxe(server, "node", "add", "node1", "--mac", "52:54:00:00:00:01", "--address", "192.0.2.51", "--profile", "rhvh");
    await open(page, "/profiles");
    await expect(page.getByRole("table", { name: "Profiles" })).toContainText("✔ nothing");
    await expect(page.getByRole("table", { name: "Images" })).toContainText("node.iso");
    const form = card(page, "Configuration for servers of your own");
    await form.getByLabel("For", { exact: true }).selectOption("pxelinux");
    await form.getByLabel("Network").fill("192.0.2.9/24");
    await form.getByLabel("Server's address").fill("192.0.2.1");
    await form.getByRole("button", { name: "Show the files" }).click();
    await expect(form.locator("#render-subnet-help")).toContainText("Write it like 192.0.2.0/24.");
    await form.getByLabel("Network").fill("192.0.2.0/24");
    await form.getByRole("button", { name: "Show the files" }).click();
    await expect(form.getByRole("heading", { name: "pxelinux.cfg/01-52-54-00-00-00-01" })).toBeVisible();
    await expect(form).toContainText("Passwords and keys are hidden here.");
    await expect(form).toContainText("rootpw --iscrypted ********");
    expect(await page.content()).not.toContain("canary5d0e");

    await form.getByLabel("For", { exact: true }).selectOption("dnsmasq");
    await form.getByRole("button", { name: "Show the files" }).click();
    await expect(form.locator(".hd-code")).toContainText("dhcp-host=52:54:00:00:00:01,node1,192.0.2.51");
    const [download] = await Promise.all([page.waitForEvent("download"), form.getByRole("button", { name: "Download" }).click()]);
    expect(download.suggestedFilename()).toBe("dnsmasq.conf");
    // The same as the command that the page names.
    const words = ["render", "dnsmasq", "--profile", "rhvh", "--subnet", "192.0.2.0/24", "--server", "192.0.2.1"];
    expect(readFileSync(await download.path(), "utf8").trimEnd()).toBe(pxe(server, ...words).trimEnd());

    pxe(server, "image", "rm", "node");
    await open(page, "/profiles");
    await expect(page.getByRole("table", { name: "Profiles" })).toContainText("The image node is not imported");
});

test("a controller that cannot be reached is told, and the page never sets one", async ({ loggedIn: page, server, console }) => {
    console.announce(/status of 500/);
    const controller = ["--bmc-address", "192.0.2.9", "--bmc-user", "admin", "--bmc-password-file", "/nowhere"];
    pxe(server, "node", "add", "node1", "--mac", "52:54:00:00:00:01", ...controller);
    await open(page, "/nodes/node1");
    await expect(card(page, "State")).toContainText("admin@192.0.2.9");
    await page.getByRole("button", { name: "Switch on", exact: true }).click();
    await page.getByRole("button", { name: "Yes: Switch on" }).click();
    await expect(card(page, "Actions").getByRole("alert")).toContainText("/nowhere");
    await expect(page.getByLabel(/controller/i)).toHaveCount(0);
});
