//! The engine VM: what few deployments say of it.

use super::{Choice, Field, Kind, Section, Step, When, choice};

const TCP: When = When::Is("network_test.method", &["tcp"]);
const RESTORES: When = When::Given("restore.file");

const FAMILIES: &[Choice] = &[
    choice(
        "auto",
        "As the static address, else as the resolver says",
        "固定アドレスに合わせる (なければリゾルバーに従う)",
    ),
    choice("ipv4", "IPv4 only", "IPv4 のみ"),
    choice("ipv6", "IPv6 only", "IPv6 のみ"),
];

const TESTS: &[Choice] = &[
    choice("dns", "DNS: the name servers answer", "DNS: ネームサーバーが応答する"),
    choice("ping", "Ping: the gateway answers", "Ping: ゲートウェイが応答する"),
    choice("tcp", "TCP: a connection opens", "TCP: 接続できる"),
    choice("none", "No test", "テストしない"),
];

const PROFILES: &[Choice] = &[
    choice("none", "None", "なし"),
    choice("stig", "DISA STIG", "DISA STIG プロファイル"),
    choice("pci-dss", "PCI-DSS", "PCI-DSS プロファイル"),
];

const fn number(path: &'static str, unit: &'static str, en: &'static str, ja: &'static str) -> Field {
    Field::new(path, Kind::Number { most: 4_294_967_295, unit }, en, ja)
}

const fn port(path: &'static str, en: &'static str, ja: &'static str) -> Field {
    Field::new(path, Kind::Number { most: 65535, unit: "" }, en, ja)
}

pub(super) const SECTIONS: &[Section] = &[
    Section {
        step: Step::Vm,
        title: ("Host and names", "ホストと名前"),
        advanced: true,
        fields: &[
            Field::text("host.fqdn", "Host FQDN", "ホストの FQDN").help(
                "The deployment host's full name, as the engine will reach it.",
                "エンジンから到達できる、デプロイ先ホストの完全修飾名。",
            ),
            Field::text("host.name_in_engine", "Host name in the engine", "エンジンでのホスト名")
                .help("As the Administration Portal lists the host.", "管理ポータルに表示されるホスト名。"),
            Field::new(
                "host.ip_family",
                Kind::Choice(FAMILIES),
                "Address family of look-ups",
                "名前解決のアドレスファミリー",
            )
            .default("auto"),
            Field::switch(
                "engine_vm.edit_etc_hosts",
                true,
                "Write the names of host and engine to /etc/hosts in the VM",
                "ホストとエンジンの名前を VM の /etc/hosts に書く",
            ),
            Field::text(
                "engine.management_network",
                "Bridge name (management network)",
                "ブリッジ名 (管理ネットワーク)",
            )
            .default("ovirtmgmt"),
            Field::text("engine_vm.time_zone", "Time zone of the VM", "VM のタイムゾーン").help(
                "As `timedatectl list-timezones` has it (Asia/Tokyo).",
                "`timedatectl list-timezones` の名前 (Asia/Tokyo)。",
            ),
        ],
    },
    Section {
        step: Step::Vm,
        title: ("Network test of the HA agents", "HA エージェントのネットワークテスト"),
        advanced: true,
        fields: &[
            Field::new("network_test.method", Kind::Choice(TESTS), "Network test", "ネットワークテスト")
                .default("dns")
                .help(
                    "How the agents find out whether a host still has its network.",
                    "ホストのネットワークが生きているかをエージェントが調べる方法。",
                ),
            Field::text("network_test.tcp_address", "Address to connect to", "接続先のアドレス").required().when(TCP),
            port("network_test.tcp_port", "Port to connect to", "接続先のポート").required().when(TCP),
        ],
    },
    Section {
        step: Step::Vm,
        title: ("Appliance and packages", "アプライアンスとパッケージ"),
        advanced: true,
        fields: &[
            Field::text("appliance.ova", "OVA archive on the host", "ホスト上の OVA アーカイブ").help(
                "Left empty, the appliance package is installed on the host.",
                "空の場合、アプライアンスのパッケージがホストにインストールされます。",
            ),
            Field::text("appliance.image", "qcow2 image on the host", "ホスト上の qcow2 イメージ")
                .help("Instead of an archive.", "アーカイブの代わりに使います。"),
            Field::text("appliance.package", "Appliance package", "アプライアンスのパッケージ").help(
                "Left empty, the one of the host's distribution.",
                "空の場合、ホストのディストリビューションのもの。",
            ),
            Field::switch(
                "appliance.remove_package",
                true,
                "Remove the appliance package from the host afterwards",
                "終了後にアプライアンスのパッケージをホストから削除する",
            ),
            Field::switch(
                "advanced.offline",
                false,
                "Offline: reach no package repository",
                "オフライン: パッケージリポジトリに接続しない",
            ),
            Field::new(
                "advanced.additional_packages",
                Kind::Lines,
                "Additional packages in the VM",
                "VM に追加するパッケージ",
            )
            .help("Names, one in a line.", "名前を一行に一つずつ。"),
        ],
    },
    Section {
        step: Step::Vm,
        title: ("OpenSCAP and FIPS", "OpenSCAP と FIPS"),
        advanced: true,
        fields: &[
            Field::new(
                "engine_vm.openscap_profile",
                Kind::Choice(PROFILES),
                "OpenSCAP profile",
                "OpenSCAP プロファイル",
            )
            .default("none"),
            Field::switch("engine_vm.fips", false, "Switch the VM to FIPS mode", "VM を FIPS モードにする"),
        ],
    },
    Section {
        step: Step::Vm,
        title: ("Pauses", "一時停止"),
        advanced: true,
        fields: &[
            Field::switch(
                "advanced.pause_after_host_added",
                false,
                "Pause after the host was added to the engine",
                "ホストをエンジンに追加した後に一時停止する",
            )
            .help(
                "For changes by hand in the engine; the run page continues it.",
                "エンジンで手作業の変更を行うため。実行ページから再開できます。",
            ),
            Field::switch(
                "advanced.pause_before_engine_setup",
                false,
                "Pause before engine-setup runs in the VM",
                "VM で engine-setup を実行する前に一時停止する",
            ),
            Field::switch(
                "advanced.pause_when_host_fails",
                true,
                "Pause instead of failing when the engine cannot activate the host",
                "エンジンがホストを有効にできないとき、失敗せずに一時停止する",
            ),
        ],
    },
    Section {
        step: Step::Vm,
        title: ("Restore from backup", "バックアップからの復元"),
        advanced: true,
        fields: &[
            Field::text("restore.file", "Backup file on the host", "ホスト上のバックアップファイル").help(
                "Made by engine-backup. Left empty, a new engine is created.",
                "engine-backup で作成したもの。空の場合は新しいエンジンを作成します。",
            ),
            Field::switch("restore.renew_pki", false, "Make new certificates", "証明書を作り直す").when(RESTORES),
            Field::switch(
                "restore.pause",
                false,
                "Pause after the host was added, to finish by hand what the backup needs",
                "バックアップに必要な手作業のため、ホストの追加後に一時停止する",
            )
            .when(RESTORES),
        ],
    },
    Section {
        step: Step::Vm,
        title: ("Local VM and requirements, for experts", "ローカル VM と要件 (上級者向け)"),
        advanced: true,
        fields: &[
            Field::text("engine_vm.nat_ipv4_prefix", "Temporary IPv4 network", "一時的な IPv4 ネットワーク").help(
                "First three numbers (192.168.222) of the network that the VM uses until it moves to the storage.",
                "ストレージに移るまで VM が使うネットワークの最初の 3 つの数 (192.168.222)。",
            ),
            Field::text("engine_vm.nat_ipv6_prefix", "Temporary IPv6 network", "一時的な IPv6 ネットワーク")
                .help("First four groups (fd00:1234:5678:900).", "最初の 4 組 (fd00:1234:5678:900)。"),
            Field::text("advanced.vm_name", "Name of the engine VM", "エンジン VM の名前").default("HostedEngine"),
            Field::text("advanced.local_vm_directory", "Directory of the local VM", "ローカル VM のディレクトリ")
                .default("/var/tmp"),
            port("advanced.bootstrap_ui_port", "Port to the local VM's portal", "ローカル VM のポータルへのポート")
                .default("6900"),
            Field::new("engine_vm.uefi", Kind::Switch, "Boot the local VM with UEFI", "ローカル VM を UEFI で起動する"),
            Field::text("engine_vm.boot_flags", "Boot options of virt-install", "virt-install の起動オプション"),
            Field::text(
                "engine_vm.uefi_boot_flags",
                "Boot options of virt-install with UEFI",
                "UEFI での virt-install の起動オプション",
            ),
            Field::text("advanced.emulated_machine", "Emulated machine", "エミュレートマシン").default("pc"),
            Field::text("advanced.video_device", "Video device", "ビデオデバイス").default("vga"),
            Field::text("advanced.console_type", "Console", "コンソール").default("vnc"),
            Field::text("advanced.virsh_auth_file", "libvirt authentication file", "libvirt の認証ファイル")
                .default("/etc/ovirt-hosted-engine/virsh_auth.conf"),
            Field::switch(
                "advanced.check_requirements",
                true,
                "Let the role check memory, disk and CPU",
                "メモリー、ディスク、CPU をロールに確認させる",
            ),
            Field::switch("advanced.check_memory", true, "Let the role check memory", "メモリーをロールに確認させる"),
            number("advanced.minimal_memory_mib", "MiB", "Least memory of the VM", "VM の最小メモリー").default("4096"),
            number("advanced.minimal_disk_gib", "GiB", "Least disk of the VM", "VM の最小ディスク").default("50"),
            number("advanced.reserved_memory_mib", "MiB", "Memory left to the host", "ホスト用に残すメモリー")
                .default("512"),
            number("advanced.memory_grace_mib", "MiB", "Memory overlooked in comparisons", "比較時に見逃すメモリー")
                .default("200"),
            Field::switch(
                "advanced.debug",
                false,
                "Compare the VM's disk with its copy on the storage",
                "VM のディスクとストレージ上のコピーを比較する",
            ),
            Field::new(
                "advanced.ansible_extra_variables",
                Kind::Variables,
                "Further Ansible variables",
                "Ansible の追加変数",
            )
            .help(
                "One in a line: name = value, the value in JSON. They win over everything else; no secrets here.",
                "一行に一つ: 名前 = 値 (値は JSON)。他のすべてに優先します。秘密情報は書かないでください。",
            ),
        ],
    },
];
