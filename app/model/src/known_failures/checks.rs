//! What the role refuses before it begins.

use crate::explain::Explanation;
use crate::phase::Phase::{self, BootstrapLocalVm, InitialClean};

const CHECKS: &[Phase] = &[InitialClean, BootstrapLocalVm];

pub(super) static FAILURES: &[Explanation] = &[
    Explanation::new(
        "host-name-unresolved",
        CHECKS,
        ("", &["list object has no element 0"]),
        (
            "The host's own FQDN does not resolve, or only to 127.0.0.1.",
            "ホスト自身の FQDN が解決できないか、127.0.0.1 にしか解決されません。",
        ),
        (
            "Add the host to DNS (forward and reverse) and remove its name from the 127.0.0.1 line of /etc/hosts.",
            "ホストを DNS (正引きと逆引き) に登録し、/etc/hosts の 127.0.0.1 の行からホスト名を削除してください。",
        ),
        Some("host.fqdn"),
    ),
    Explanation::new(
        "engine-name-unresolved",
        CHECKS,
        ("", &["Unable to resolve address"]),
        ("The engine's FQDN does not resolve on the host.", "エンジンの FQDN がホスト上で解決できません。"),
        (
            "Add the engine's name to DNS, forward and reverse, and check with `getent ahosts FQDN` on the host.",
            "エンジンの名前を DNS に正引き・逆引きとも登録し、ホスト上で `getent ahosts FQDN` を実行して確認してください。",
        ),
        Some("engine_vm.fqdn"),
    ),
    Explanation::new(
        "engine-name-on-host",
        CHECKS,
        ("", &["proposed for the engine VM resolves on this host"]),
        (
            "The engine's FQDN resolves to an address of this host.",
            "エンジンの FQDN がこのホストのアドレスに解決されます。",
        ),
        (
            "Give the engine a name and an address of its own in DNS.",
            "エンジン専用の名前とアドレスを DNS に登録してください。",
        ),
        Some("engine_vm.fqdn"),
    ),
    Explanation::new(
        "host-name-several-interfaces",
        CHECKS,
        (
            "",
            &[
                "doesn't uniquely match the interface",
                "doesn't resolve\non the selected interface",
                "doesn't resolve on the selected interface",
            ],
        ),
        (
            "The host's FQDN resolves to an address that is not on the chosen bridge interface.",
            "ホストの FQDN が、選択したブリッジインターフェース以外のアドレスに解決されます。",
        ),
        (
            "Choose the interface that carries the host's DNS address, or leave only that address in DNS and /etc/hosts.",
            "ホストの DNS アドレスを持つインターフェースを選択するか、DNS と /etc/hosts にそのアドレスだけを残してください。",
        ),
        Some("engine_vm.bridge_interface"),
    ),
    Explanation::new(
        "interface-unsupported",
        CHECKS,
        (
            "",
            &[
                "selected network interface is not valid",
                "Only unsupported devices",
                "Only Team devices",
                "Only VLAN devices",
            ],
        ),
        (
            "The interface cannot carry the management bridge: teams, bonds in mode 0, 5 or 6, and VLANs not named PARENT.ID are not supported.",
            "このインターフェースには管理ブリッジを作成できません。チーム、モード 0・5・6 のボンド、PARENT.ID 形式でない名前の VLAN はサポートされません。",
        ),
        (
            "Choose another interface, change the bond's mode to 1, 2, 3 or 4, or rename the VLAN with nmcli.",
            "別のインターフェースを選ぶか、ボンドのモードを 1〜4 に変更するか、nmcli で VLAN の名前を変更してください。",
        ),
        Some("engine_vm.bridge_interface"),
    ),
    Explanation::new(
        "proxy-exception",
        CHECKS,
        ("", &["configured to use a proxy"]),
        (
            "The host sends web requests for the engine through a proxy.",
            "ホストがエンジンへの Web アクセスをプロキシー経由で行う設定になっています。",
        ),
        (
            "Add the engine's and the host's FQDN to no_proxy in root's environment.",
            "root の環境の no_proxy に、エンジンとホストの FQDN を追加してください。",
        ),
        None,
    ),
    Explanation::new(
        "firewalld-stopped",
        CHECKS,
        ("", &["firewalld is required to be enabled", "firewalld is masked or not running"]),
        ("firewalld is stopped or masked on the host.", "ホスト上で firewalld が停止しているか、マスクされています。"),
        (
            "Run `systemctl unmask firewalld && systemctl enable --now firewalld` on the host.",
            "ホストで `systemctl unmask firewalld && systemctl enable --now firewalld` を実行してください。",
        ),
        None,
    ),
    Explanation::new(
        "memory-too-small",
        CHECKS,
        ("", &["Not enough memory!", "is less then the minimal requirement", "Memory size must be at least"]),
        (
            "The host's free memory, less 512 MiB that the host keeps, does not hold the engine VM (4096 MiB at least).",
            "ホストの空きメモリーからホスト用の 512 MiB を引いた残りでは、エンジン VM (最小 4096 MiB) を動かせません。",
        ),
        (
            "Stop other VMs, release huge pages, or give the engine VM less memory.",
            "他の VM を停止するか、hugepage を解放するか、エンジン VM のメモリーを減らしてください。",
        ),
        Some("engine_vm.memory_mib"),
    ),
    Explanation::new(
        "vcpus-too-many",
        CHECKS,
        ("", &["Invalid number of cpu specified"]),
        (
            "The engine VM was given more vCPUs than the host has.",
            "エンジン VM の vCPU 数がホストのプロセッサー数を超えています。",
        ),
        ("Lower the number of vCPUs.", "vCPU の数を減らしてください。"),
        Some("engine_vm.vcpus"),
    ),
    Explanation::new(
        "no-default-gateway",
        CHECKS,
        ("", &["No default gateway is defined"]),
        ("The host has no default route.", "ホストにデフォルトルートがありません。"),
        (
            "Set a gateway on the host's network (`nmcli`).",
            "`nmcli` でホストのネットワークにゲートウェイを設定してください。",
        ),
        Some("engine_vm.gateway"),
    ),
];
