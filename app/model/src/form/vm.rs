//! The engine VM: what every deployment says of it.

use super::{Choice, Field, Kind, Section, Step, When, choice};

const STATIC: When = When::Is("engine_vm.network", &["static"]);

const MODES: &[Choice] = &[
    choice("dhcp", "DHCP (an address reserved for the MAC address)", "DHCP (MAC アドレスに予約されたアドレス)"),
    choice("static", "Static address", "固定アドレス"),
];

const ROOT_SSH: &[Choice] = &[
    choice("yes", "Yes, with password or key", "許可 (パスワードまたは鍵)"),
    choice("without-password", "Only with a key", "鍵のみ許可"),
    choice("no", "No", "許可しない"),
];

pub(super) const SECTIONS: &[Section] = &[
    Section {
        step: Step::Vm,
        title: ("Name and network", "名前とネットワーク"),
        advanced: false,
        fields: &[
            Field::text("engine_vm.fqdn", "Engine VM FQDN", "エンジン VM の FQDN").required().help(
                "The engine's full name (engine.example.com). It must resolve on the host, and with DHCP belong to the MAC address below.",
                "エンジンの完全修飾名 (engine.example.com)。ホスト上で解決でき、DHCP の場合は下の MAC アドレスに対応している必要があります。",
            ),
            Field::text("engine_vm.mac", "MAC address", "MAC アドレス").required().help(
                "Reserve the engine's address for it on the DHCP server before you prepare the VM.",
                "VM を準備する前に、DHCP サーバーでこの MAC アドレスにエンジンのアドレスを予約してください。",
            ),
            Field::new("engine_vm.network", Kind::Choice(MODES), "Network configuration", "ネットワーク設定").default("dhcp"),
            Field::text("engine_vm.ip", "VM IP address", "VM の IP アドレス").required().when(STATIC).help(
                "An address of the management network, alone or with its prefix (192.0.2.50/24).",
                "管理ネットワークのアドレス。単独、またはプレフィックス付き (192.0.2.50/24)。",
            ),
            Field::new("engine_vm.prefix", Kind::Number { most: 255, unit: "" }, "Prefix length", "プレフィックス長")
                .when(STATIC)
                .help("Unless the address has it: 24 for 255.255.255.0.", "アドレスに含まれていない場合。255.255.255.0 なら 24。"),
            Field::text("engine_vm.gateway", "Gateway address", "ゲートウェイのアドレス").help(
                "Of the host's management network; the engine VM uses it too.",
                "ホストの管理ネットワークのもの。エンジン VM も使います。",
            ),
            Field::new("engine_vm.dns", Kind::Lines, "DNS servers", "DNS サーバー").required().when(STATIC).help(
                "Addresses, one in a line, at most three.",
                "アドレスを一行に一つずつ、最大 3 つ。",
            ),
            Field::new("engine_vm.bridge_interface", Kind::Interface, "Bridge interface", "ブリッジのインターフェース").help(
                "The host's interface that will carry the management bridge.",
                "管理ブリッジを載せるホストのインターフェース。",
            ),
        ],
    },
    Section {
        step: Step::Vm,
        title: ("Access to the VM", "VM へのアクセス"),
        advanced: false,
        fields: &[
            Field::new("engine_vm.root_password", Kind::Secret { twice: true }, "Root password", "root のパスワード").required(),
            Field::new("engine_vm.root_ssh_access", Kind::Choice(ROOT_SSH), "Root SSH access", "root の SSH アクセス").default("yes"),
            Field::new("engine_vm.root_ssh_public_key", Kind::Long, "Root SSH public key", "root の SSH 公開鍵").help(
                "In one line, as in a .pub file; it is authorized for root in the VM.",
                ".pub ファイルと同じ一行の形。VM の root に許可されます。",
            ),
        ],
    },
    Section {
        step: Step::Vm,
        title: ("Size", "サイズ"),
        advanced: false,
        fields: &[
            Field::new("engine_vm.vcpus", Kind::Number { most: 4_294_967_295, unit: "" }, "Virtual CPUs", "仮想 CPU 数"),
            Field::new("engine_vm.memory_mib", Kind::Number { most: 1 << 40, unit: "MiB" }, "Memory size", "メモリーサイズ").help(
                "At least 4096, 16384 recommended.",
                "4096 以上、推奨は 16384。",
            ),
        ],
    },
];
