// The deploy wizard: every field, the draft, answer files, the checks beside the fields.

import { AxeBuilder } from "@axe-core/playwright";
import { type Locator, type Page, expect } from "@playwright/test";
import * as fc from "../world/fc.ts";
import { alive } from "../world/login.ts";
import { photograph } from "../world/picture.ts";
import { choose, open, test } from "../world/test.ts";

const CANARY = "canary-77 Of the Wizard!";

/** The control of an answer. */
function field(page: Page, path: string): Locator {
    return page.locator(`#f-${path.replaceAll(".", "-")}`);
}

function error(page: Page, path: string): Locator {
    return page.locator(`#f-${path.replaceAll(".", "-")}-error`);
}

/** Opens a step with nothing typed, everything unfolded. */
async function fresh(page: Page, step: string): Promise<void> {
    await open(page, "/deploy/vm");
    await page.evaluate(async () => {
        await fetch("/api/v1/draft/reset", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" });
    });
    await open(page, `/deploy/${step}`);
    await expect(page.locator("fieldset").first()).toBeEnabled();
    await page.locator("details").evaluateAll((all: HTMLDetailsElement[]) => all.forEach((details) => (details.open = true)));
}

async function saved(page: Page): Promise<void> {
    await expect(page.getByText("Draft saved", { exact: true })).toBeVisible();
}

// Path, what is wrong, what is right; before it, what must be chosen for the field to be there.
const TYPED: [step: string, path: string, bad: string, good: string, choices?: Record<string, string>][] = [
    ["vm", "engine_vm.fqdn", "localhost", "engine.example.com"],
    ["vm", "engine_vm.mac", "01:16:3e:00:00:01", "00:16:3e:00:00:01"],
    ["vm", "engine_vm.ip", "192.0.2", "192.0.2.50/24", { "engine_vm.network": "static" }],
    ["vm", "engine_vm.prefix", "twenty", "24", { "engine_vm.network": "static" }],
    ["vm", "engine_vm.gateway", "gateway", ""],
    ["vm", "engine_vm.dns", "dns.example.com", "192.0.2.2", { "engine_vm.network": "static" }],
    ["vm", "engine_vm.root_ssh_public_key", "AAAA", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKqv8XyXQyS5hQ4yq8bV6Yyq9k7oXkS3Yt0f1d2b3c4d me@example.com"],
    ["vm", "engine_vm.vcpus", "four", "1"],
    ["vm", "engine_vm.memory_mib", "1024", "4096"],
    ["vm", "host.fqdn", "host_1", "host1.example.com"],
    ["vm", "host.name_in_engine", "a b", "host1"],
    ["vm", "engine.management_network", "bond7", "ovirtmgmt"],
    ["vm", "engine_vm.time_zone", "Mid earth", "Europe/Prague"],
    ["vm", "network_test.tcp_address", "a b", "192.0.2.1", { "network_test.method": "tcp" }],
    ["vm", "network_test.tcp_port", "0", "443", { "network_test.method": "tcp" }],
    ["vm", "appliance.ova", "appliance.ova", "/var/tmp/appliance.ova"],
    ["vm", "appliance.image", "appliance.qcow2", "/var/tmp/appliance.qcow2"],
    ["vm", "appliance.package", "a b", "ovirt-engine-appliance"],
    ["vm", "advanced.additional_packages", "-x", "vim-enhanced"],
    ["vm", "restore.file", "backup.tar.gz", "/root/backup.tar.gz"],
    ["vm", "engine_vm.nat_ipv4_prefix", "300.1.2", "192.168.222"],
    ["vm", "engine_vm.nat_ipv6_prefix", "xyz", "fd00:1234:5678:900"],
    ["vm", "advanced.vm_name", "a b", "HostedEngine"],
    ["vm", "advanced.local_vm_directory", "tmp", "/var/tmp"],
    ["vm", "advanced.bootstrap_ui_port", "80", "6900"],
    ["vm", "engine_vm.boot_flags", "; reboot", "--boot hd"],
    ["vm", "engine_vm.uefi_boot_flags", "; reboot", "--boot uefi"],
    ["vm", "advanced.emulated_machine", "a b", "pc"],
    ["vm", "advanced.video_device", "a b", "vga"],
    ["vm", "advanced.console_type", "a b", "vnc"],
    ["vm", "advanced.virsh_auth_file", "x", "/etc/x.conf"],
    ["vm", "advanced.minimal_memory_mib", "1", "4096"],
    ["vm", "advanced.minimal_disk_gib", "0", "50"],
    ["vm", "advanced.reserved_memory_mib", "much", "512"],
    ["vm", "advanced.memory_grace_mib", "-1", "200"],
    ["vm", "advanced.ansible_extra_variables", "a: 1", "a = 1"],
    ["engine", "engine.smtp_server", "a b", "mail.example.com"],
    ["engine", "engine.smtp_port", "65536", "25"],
    ["engine", "engine.mail_sender", "Ops <ops@example.com>", "ops@example.com"],
    ["engine", "engine.mail_recipients", "nobody", "ops@example.com"],
    ["engine", "engine.data_center", "a b", "Default"],
    ["engine", "engine.data_center_compatibility_version", "four", "4.7"],
    ["engine", "engine.cluster", "a b", "Default"],
    ["engine", "engine.cluster_compatibility_version", "four", "4.7"],
    ["storage", "storage.nfs.connection", "nas", "nas.example.com:/exports/he"],
    ["storage", "storage.nfs.mount_options", "vers=3", "timeo=600"],
    ["storage", "storage.disk_size_gib", "10", "61"],
    ["storage", "storage.domain_name", "a b", "hosted_storage"],
    ["storage", "storage.glusterfs.connection", "gluster", "gluster1.example.com:/he", { "storage.type": "glusterfs" }],
    ["storage", "storage.glusterfs.mount_options", "a b", "log-level=WARNING", { "storage.type": "glusterfs" }],
    ["storage", "storage.iscsi.portals", "portal", "192.0.2.10", { "storage.type": "iscsi" }],
    ["storage", "storage.iscsi.target", "target", "iqn.2024-01.com.example:he", { "storage.type": "iscsi" }],
    ["storage", "storage.iscsi.portal_group", "0", "1", { "storage.type": "iscsi" }],
    ["storage", "storage.iscsi.lun_id", "x y", "36001405aabbccddeeff00112233445566", { "storage.type": "iscsi" }],
    ["storage", "storage.iscsi.username", "u".repeat(60), "chap", { "storage.type": "iscsi" }],
    ["storage", "storage.iscsi.discovery_username", "u".repeat(60), "chap", { "storage.type": "iscsi" }],
    ["storage", "storage.fc.lun_id", "x y", "36001405aabbccddeeff00112233445566", { "storage.type": "fc" }],
];

/** What is typed there only the engine can judge. */
const ANYTHING = ["engine.cluster_cpu_type"];

test.describe("fields", () => {
    // A draft of its own: no other browser types into it.
    test.use({ serveWith: [] });

    for (const step of ["vm", "engine", "storage"]) {
        test(`a bad value of every field of the step ${step} is told, and the message goes when it is mended`, async ({ loggedIn: page }) => {
            test.setTimeout(180_000);
            await fresh(page, step);
            for (const [, path, bad, good, choices] of TYPED.filter(([of]) => of === step)) {
                for (const [other, word] of Object.entries(choices ?? {})) {
                    await field(page, other).selectOption(word);
                }
                const control = field(page, path);
                await control.fill(bad);
                await expect(error(page, path), `${path}: not while it is typed for the first time`).toBeEmpty();
                await control.blur();
                await expect(error(page, path), path).not.toBeEmpty();
                await expect(control).toHaveAttribute("aria-invalid", "true");
                await expect(control).toHaveAccessibleDescription(/\S/);
                await control.fill(good);
                await expect(error(page, path), `${path}: ${good}`).toBeEmpty();
                await expect(control).toHaveAttribute("aria-invalid", "false");
            }
        });
    }

    for (const step of ["vm", "engine", "storage"]) {
        test(`no field that is typed in the step ${step} is left out above`, async ({ loggedIn: page }) => {
            await fresh(page, step);
            const known = TYPED.filter(([of]) => of === step);
            const choices = [{}, ...known.map(([, , , , choices]) => choices ?? {})];
            const seen = new Set<string>();
            for (const choice of new Map(choices.map((choice) => [JSON.stringify(choice), choice])).values()) {
                for (const [other, word] of Object.entries(choice)) await field(page, other).selectOption(word);
                const ids = await page.locator("[id^=f-]:is(input[type=text], textarea)").evaluateAll((all) => all.map((control) => control.id));
                ids.forEach((id) => seen.add(id));
            }
            const typed = [...known.map(([, path]) => path), ...ANYTHING.filter((path) => path.startsWith(`${step}.`))];
            expect([...seen].sort()).toEqual(typed.map((path) => `f-${path.replaceAll(".", "-")}`).sort());
        });
    }

    test("passwords are typed twice, judged, kept, and shown to nobody", async ({ loggedIn: page, server }) => {
        await fresh(page, "engine");
        const [first, second] = [field(page, "engine.admin_password"), page.locator("#f-engine-admin_password-again")];
        await first.fill("abc");
        await expect(page.locator("#f-engine-admin_password-default")).toContainText("weak");
        await first.fill(CANARY);
        await expect(page.locator("#f-engine-admin_password-default")).toContainText("strong");
        await second.fill("other");
        await second.blur();
        await expect(error(page, "engine.admin_password")).toContainText("differ");
        await second.fill(CANARY);
        await expect(error(page, "engine.admin_password")).toBeEmpty();
        await saved(page);
        await page.reload();
        await alive(page);
        await expect(page.locator("#f-engine-admin_password-default")).toContainText("in memory only");
        await expect(first).toHaveValue("");
        await expect(page.getByRole("button", { name: "Show password" }).first()).toHaveAttribute("aria-pressed", "false");
        expect(server.leaks(CANARY)).toEqual([]);
        expect(await page.content()).not.toContain(CANARY);
    });

    test("a MAC address is made, and stays", async ({ loggedIn: page }) => {
        await fresh(page, "vm");
        const mac = field(page, "engine_vm.mac");
        const before = await mac.inputValue();
        expect(before).toMatch(/^00:16:3e(:[0-9a-f]{2}){3}$/);
        await page.getByRole("button", { name: "Generate" }).click();
        await expect(mac).not.toHaveValue(before);
        const after = await mac.inputValue();
        await saved(page);
        await page.reload();
        await expect(mac).toHaveValue(after);
    });
});

test.describe("the draft", () => {
    test.use({ serveWith: [] });

    test("is there after a reload, in a second browser, and after the server was killed", async ({ loggedIn: page, browser, server, host, login, console }) => {
        console.announce(/Failed to load resource|ERR_CONNECTION_REFUSED/);
        await fresh(page, "vm");
        await field(page, "engine_vm.fqdn").fill("engine.example.com");
        await field(page, "engine_vm.vcpus").fill("no number yet");
        await saved(page);
        await page.reload();
        await alive(page);
        await expect(field(page, "engine_vm.vcpus")).toHaveValue("no number yet");

        const context = await browser.newContext({ ignoreHTTPSErrors: true, baseURL: server.url, storageState: await page.context().storageState() });
        const second = await context.newPage();
        await open(second, "/deploy/vm");
        await expect(field(second, "engine_vm.fqdn")).toHaveValue("engine.example.com");
        await field(second, "engine_vm.vcpus").fill("2");
        await saved(second);
        // The first learns of it with its own next change, and loses nothing of its own.
        await field(page, "engine_vm.memory_mib").fill("8192");
        await expect(field(page, "engine_vm.vcpus")).toHaveValue("2");
        await saved(page);
        await context.close();

        await server.kill();
        await field(page, "engine_vm.memory_mib").fill("8193");
        await expect(page.getByText("Not saved yet")).toBeVisible();
        await server.again();
        await expect(page.getByRole("link", { name: "Log in again" }).first()).toBeVisible({ timeout: 20_000 });
        await page.goto("/deploy");
        await login.through(host);
        await expect(field(page, "engine_vm.vcpus")).toHaveValue("2");
    });
});

test.describe("answer files", () => {
    test.use({ serveWith: [] });
    const OTOPI = [
        "[environment:default]",
        "OVEHOSTED_NETWORK/fqdn=str:engine.example.com",
        "OVEHOSTED_VM/vmVCpus=str:4",
        `OVEHOSTED_ENGINE/adminPassword=str:${CANARY}`,
        "OVEHOSTED_STORAGE/domainType=str:nfs",
        "OVEHOSTED_STORAGE/storageDomainConnection=str:nas.example.com:/exports/he",
    ].join("\n");

    test("an otopi file is imported by choosing it, and exported without its password", async ({ loggedIn: page, server }) => {
        await fresh(page, "vm");
        await page.locator("#import-file").setInputFiles({ name: "answers.conf", mimeType: "text/plain", buffer: Buffer.from(OTOPI) });
        await expect(page.getByText("Imported as otopi answer file")).toBeVisible();
        await expect(field(page, "engine_vm.fqdn")).toHaveValue("engine.example.com");
        await expect(field(page, "engine_vm.vcpus")).toHaveValue("4");
        for (const name of ["TOML", "YAML", "JSON", "he_*"]) {
            const download = page.waitForEvent("download");
            await page.getByRole("link", { name, exact: true }).click();
            const stream = await (await download).createReadStream();
            const text = (await stream.toArray()).join("");
            expect(text).toContain("engine.example.com");
            expect(text).not.toContain(CANARY);
        }
        expect(server.leaks(CANARY)).toEqual([]);
    });

    test("a file is imported by dropping it, and a bad one names its lines", async ({ loggedIn: page, console }) => {
        console.announce(/status of 500/);
        await fresh(page, "vm");
        const drop = async (name: string, text: string) => {
            const transfer = await page.evaluateHandle(([name, text]) => {
                const transfer = new DataTransfer();
                transfer.items.add(new File([text ?? ""], name ?? ""));
                return transfer;
            }, [name, text]);
            await page.locator(".hd-drop").dispatchEvent("drop", { dataTransfer: transfer });
        };
        await drop("a.toml", '[engine_vm]\nfqnd = "x"\n');
        await expect(page.getByRole("alert").filter({ hasText: "2:1" })).toBeVisible();
        await expect(field(page, "engine_vm.fqdn")).toHaveValue("");
        await drop("a.toml", '[engine_vm]\nfqdn = "dropped.example.com"\n');
        await expect(field(page, "engine_vm.fqdn")).toHaveValue("dropped.example.com");
    });

    test("the commands are shown with every variable and no password", async ({ loggedIn: page }) => {
        await fresh(page, "vm");
        await field(page, "engine_vm.fqdn").fill("engine.example.com");
        await page.getByRole("button", { name: "Show the commands" }).click();
        const commands = page.locator("pre");
        await expect(commands).toContainText('"he_fqdn": "engine.example.com"');
        await expect(commands).toContainText("ansible-playbook");
        await expect(commands).toContainText("SECRETS:");
    });
});

test.describe("the host", () => {
    test.use({ serveWith: [] });

    test("judges beside the field, with age, again after a change, and by the button", async ({ loggedIn: page }) => {
        await fresh(page, "vm");
        await page.locator("[data-judged]").waitFor({ timeout: 30_000 });
        await field(page, "engine_vm.fqdn").fill("engine.invalid");
        await field(page, "engine_vm.fqdn").blur();
        const group = page.locator(".pf-v6-c-form__group").filter({ has: field(page, "engine_vm.fqdn") });
        await expect(group.locator(".hd-beside")).toContainText("Blocker", { timeout: 30_000 });
        await expect(group.locator(".hd-beside")).toContainText(/checked \d+ s ago/);
        await group.getByRole("button", { name: /^Check again/ }).click();
        await expect(group.locator(".hd-beside")).toContainText(/checked \d+ s ago/, { timeout: 30_000 });
    });

    test("says what counts where nothing is typed, and why", async ({ loggedIn: page }) => {
        await fresh(page, "vm");
        await page.locator("[data-judged]").waitFor({ timeout: 30_000 });
        const value = (path: string) => page.locator(`#f-${path.replaceAll(".", "-")}-default`);
        await expect(value("engine_vm.vcpus")).toContainText(/Left empty: \d+.*4 are recommended, the host has \d+/);
        await expect(value("host.fqdn")).toContainText("the host calls itself so (hostname -f)");
        await field(page, "engine_vm.vcpus").fill("2");
        await expect(value("engine_vm.vcpus")).toHaveCount(0);
    });

    test("keeps a deployment from starting, and every reason leads to its field", async ({ loggedIn: page }) => {
        await fresh(page, "prepare");
        await page.locator("[data-judged]").waitFor({ timeout: 30_000 });
        await page.getByRole("button", { name: "Prepare VM" }).click();
        await expect(page.getByText("The deployment did not start")).toBeVisible({ timeout: 30_000 });
        await page.getByRole("link", { name: /^Engine VM FQDN: / }).first().click();
        await expect(page).toHaveURL(/\/deploy\/vm/);
        await expect(field(page, "engine_vm.fqdn")).toBeFocused();
        await expect(page.getByRole("link", { name: /^VM/ }).first()).toContainText("needs attention");
    });
});

test.describe("Fibre Channel", () => {
    test.use({ serveWith: [] });

    test.beforeEach(({ host }) => test.skip(host.fibreChannel === undefined, "the lab's host can have no such ports"));
    test.afterEach(({ host }) => host.fibreChannel?.off());

    async function look(page: Page): Promise<void> {
        await fresh(page, "storage");
        await field(page, "storage.type").selectOption("fc");
        await page.getByRole("button", { name: "Retrieve LUN list" }).click();
    }

    test("a free LUN is chosen from the host's table, and the review shows it", async ({ loggedIn: page, host }) => {
        host.fibreChannel?.on();
        await look(page);
        const row = page.getByRole("row", { name: new RegExp(fc.FREE) });
        await expect(row).toContainText("120.00");
        await expect(row).toContainText("WINSYS SF2372");
        await expect(row).toContainText("2/2");
        await row.getByRole("radio").check();
        await expect(field(page, "storage.fc.lun_id")).toHaveValue(fc.FREE);
        await expect(page.getByRole("row", { name: new RegExp(fc.HALF) })).toContainText("1/2");
        await page.locator("details").evaluateAll((all: HTMLDetailsElement[]) => all.forEach((details) => (details.open = false)));
        await photograph(page, "deploy-fc-desktop");
        expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
        await saved(page);
        await page.getByRole("link", { name: "Next", exact: true }).click();
        await expect(page.getByRole("definition").filter({ hasText: fc.FREE })).toBeVisible();
        await expect(page.getByRole("definition").filter({ hasText: "Fibre Channel" })).toBeVisible();
    });

    test("a LUN that cannot be taken says why, and is refused when it is typed", async ({ loggedIn: page, host }) => {
        host.fibreChannel?.on();
        await look(page);
        for (const [lun, why] of [
            [fc.DOMAIN, "used: oVirt storage domain hosted_storage"],
            [fc.GROUP, "used: LVM volume group vg_backup"],
            [fc.SMALL, "too small: 20.00 GiB"],
        ] as const) {
            const row = page.getByRole("row", { name: new RegExp(lun) });
            await expect(row).toContainText(why);
            await expect(row.getByRole("radio")).toBeDisabled();
        }
        const [control, group] = [field(page, "storage.fc.lun_id"), page.locator(".pf-v6-c-form__group", { has: page.locator("#f-storage-fc-lun_id") })];
        await control.fill(fc.DOMAIN);
        await control.blur();
        await expect(group.locator(".hd-beside")).toContainText(/Blocker: The LUN is empty/, { timeout: 30_000 });
        await expect(group.locator(".hd-beside")).toContainText("oVirt storage domain hosted_storage");
        await control.fill(fc.FREE);
        await control.blur();
        await expect(group.locator(".hd-beside")).not.toContainText("Blocker", { timeout: 30_000 });
        await expect(group.locator(".hd-beside")).toContainText("Every path to the LUN works");
    });

    test("ports without a link, and a host without ports, are told", async ({ loggedIn: page, host }) => {
        await look(page);
        await expect(page.getByText("The host has no Fibre Channel port")).toBeVisible({ timeout: 30_000 });
        host.fibreChannel?.on("Linkdown");
        await page.getByRole("button", { name: "Retrieve LUN list" }).click();
        await expect(page.getByText("host6 0x21000024ff3dd5ab Linkdown")).toBeVisible({ timeout: 30_000 });
    });
});

test("the steps are gone through by keyboard alone, and the focus goes along", async ({ loggedIn: page }) => {
    await open(page, "/deploy/vm");
    for (const title of ["Engine", "Prepare VM", "Storage", "Finish"]) {
        await page.getByRole("link", { name: "Next", exact: true }).focus();
        await page.keyboard.press("Enter");
        const heading = page.getByRole("heading", { level: 2, name: title, exact: true });
        await expect(heading).toBeFocused();
    }
    await expect(page).toHaveURL(/\/deploy\/finish$/);
});

test("everything is in Japanese when it is chosen", async ({ loggedIn: page, server }) => {
    await choose(page, server.url, "ja", "light");
    await open(page, "/deploy/vm");
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("ホステッドエンジンのデプロイ");
    await field(page, "engine_vm.fqdn").fill("localhost");
    await field(page, "engine_vm.fqdn").blur();
    await expect(error(page, "engine_vm.fqdn")).toContainText("自分自身");
});
