//! Building the local engine VM and adding the host.

use crate::explain::Explanation;
use crate::phase::Phase::{self, BootstrapLocalVm, InitialClean};

const BOOTSTRAP: &[Phase] = &[BootstrapLocalVm];

pub(super) static FAILURES: &[Explanation] = &[
    Explanation::new(
        "no-nat-subnet",
        BOOTSTRAP,
        ("", &["Cannot find an available subnet for internal Libvirt network"]),
        (
            "Every subnet for the local engine VM's NAT network is already routed on this host.",
            "ローカルエンジン VM の NAT ネットワークに使えるサブネットが、すべてこのホストで使用中です。",
        ),
        (
            "Name a free one in engine_vm.nat_subnet_v4, for example 192.168.240.",
            "engine_vm.nat_subnet_v4 に未使用のサブネット (例: 192.168.240) を指定してください。",
        ),
        Some("engine_vm.nat_subnet_v4"),
    ),
    Explanation::new(
        "packages-not-installable",
        &[InitialClean, BootstrapLocalVm],
        (
            "Install",
            &[
                "No package",
                "Failed to download",
                "Unable to find a match",
                "Cannot download",
                "No match for argument",
                "Depsolve",
                "Failed to synchronize cache",
            ],
        ),
        (
            "The package manager on the host could not get a package the deployment needs.",
            "ホストのパッケージ管理で、デプロイに必要なパッケージを取得できませんでした。",
        ),
        (
            "Check the oVirt / RHV repositories, subscription and proxy with `dnf repolist` on the host; without network access set advanced.offline and install the packages beforehand.",
            "ホストで `dnf repolist` を実行し、oVirt / RHV のリポジトリー、サブスクリプション、プロキシーを確認してください。ネットワークがない場合は advanced.offline を設定し、事前にパッケージをインストールしてください。",
        ),
        None,
    ),
    Explanation::new(
        "appliance-corrupted",
        BOOTSTRAP,
        ("", &["is corrupted (sha1sum)"]),
        (
            "The engine appliance's checksum is wrong: the file is damaged.",
            "エンジンアプライアンスのチェックサムが一致しません。ファイルが破損しています。",
        ),
        (
            "Reinstall it (`dnf reinstall ovirt-engine-appliance` or rhvm-appliance), or copy the OVA again.",
            "再インストール (`dnf reinstall ovirt-engine-appliance` または rhvm-appliance) するか、OVA をコピーし直してください。",
        ),
        Some("appliance.ova"),
    ),
    Explanation::new(
        "var-tmp-too-small",
        BOOTSTRAP,
        ("", &["doesn't provide enough free space"]),
        (
            "/var/tmp is too small for the unpacked appliance.",
            "/var/tmp の空きが、展開したアプライアンスには不足しています。",
        ),
        (
            "Free space under /var/tmp (`df -h /var/tmp`); the appliance needs its uncompressed size and 10 % more.",
            "/var/tmp の空きを増やしてください (`df -h /var/tmp`)。アプライアンスの展開後のサイズ + 10 % が必要です。",
        ),
        None,
    ),
    Explanation::new(
        "local-vm-without-address",
        BOOTSTRAP,
        ("Get local VM IP", &[]),
        (
            "The local engine VM got no address on its NAT network within 15 minutes: it did not boot, or libvirt's network or the firewall is in its way.",
            "ローカルエンジン VM が 15 分以内に NAT ネットワークのアドレスを取得できませんでした。起動していないか、libvirt のネットワークまたはファイアウォールが妨げています。",
        ),
        (
            "Look at /var/log/libvirt/qemu/HostedEngineLocal-console.log; check `virsh net-list`, that /dev/kvm works (nested virtualization?) and that firewalld runs.",
            "/var/log/libvirt/qemu/HostedEngineLocal-console.log を確認し、`virsh net-list`、/dev/kvm (ネストした仮想化)、firewalld の状態を確認してください。",
        ),
        None,
    ),
    Explanation::new(
        "local-vm-unreachable",
        BOOTSTRAP,
        ("Wait for the local VM", &[]),
        (
            "The local engine VM has an address but does not let Ansible log in.",
            "ローカルエンジン VM にアドレスはありますが、Ansible がログインできません。",
        ),
        (
            "The NAT subnet may clash with a real network (set engine_vm.nat_subnet_v4), or a security profile of the appliance forbids root's password.",
            "NAT サブネットが実際のネットワークと重複しているか (engine_vm.nat_subnet_v4 を設定)、アプライアンスのセキュリティープロファイルが root のパスワードログインを禁止している可能性があります。",
        ),
        Some("engine_vm.nat_subnet_v4"),
    ),
    Explanation::new(
        "engine-vm-updates",
        BOOTSTRAP,
        ("Update all packages", &[]),
        (
            "The engine VM could not update its packages: it has no way to its repositories.",
            "エンジン VM がパッケージを更新できませんでした。リポジトリーに到達できません。",
        ),
        (
            "Check DNS, routing and proxy from the NAT network, or set advanced.offline.",
            "NAT ネットワークからの DNS、経路、プロキシーを確認するか、advanced.offline を設定してください。",
        ),
        Some("advanced.offline"),
    ),
    Explanation::new(
        "restore-failed",
        BOOTSTRAP,
        ("", &["engine-backup --mode=restore failed", "engine-backup"]),
        ("The backup could not be restored into the engine VM.", "バックアップをエンジン VM に復元できませんでした。"),
        (
            "Compare the backup's version with the appliance's; read /var/log/ovirt-engine/setup in the fetched engine logs.",
            "バックアップとアプライアンスのバージョンを比べ、取得したエンジンログの /var/log/ovirt-engine/setup を確認してください。",
        ),
        Some("restore.file"),
    ),
    Explanation::new(
        "engine-setup-failed",
        BOOTSTRAP,
        ("Run engine-setup", &[]),
        ("engine-setup failed inside the local engine VM.", "ローカルエンジン VM 内の engine-setup が失敗しました。"),
        (
            "Read the setup log among the fetched engine logs in /var/log/ovirt-hosted-engine-setup/engine-logs-*.",
            "/var/log/ovirt-hosted-engine-setup/engine-logs-* に取得されたエンジンのセットアップログを確認してください。",
        ),
        None,
    ),
    Explanation::new(
        "engine-never-healthy",
        BOOTSTRAP,
        ("Check if Engine health page is up", &[]),
        (
            "engine-setup ended well, but the engine's health page did not answer within 5 minutes.",
            "engine-setup は正常に終了しましたが、エンジンのヘルスページが 5 分以内に応答しませんでした。",
        ),
        (
            "Memory and disk speed of the host are the usual reasons: read engine.log and server.log among the fetched engine logs, then retry.",
            "多くの場合、ホストのメモリー不足またはディスクの遅さが原因です。取得したエンジンログの engine.log と server.log を確認し、再試行してください。",
        ),
        None,
    ),
    Explanation::new(
        "engine-restart-not-healthy",
        BOOTSTRAP,
        ("Wait for ovirt-engine service to start", &[]),
        (
            "The engine did not come back after its service was restarted.",
            "サービスの再起動後、エンジンが復帰しませんでした。",
        ),
        (
            "Read engine.log and server.log among the fetched engine logs; give the engine VM more memory if it swapped.",
            "取得したエンジンログの engine.log と server.log を確認し、スワップしていた場合はエンジン VM のメモリーを増やしてください。",
        ),
        Some("engine_vm.memory_mib"),
    ),
    Explanation::new(
        "host-non-operational",
        BOOTSTRAP,
        ("", &["set in non_operational status"]),
        (
            "The engine added this host but could not make it operational; its reasons are in the message.",
            "エンジンはこのホストを追加しましたが、稼働状態にできませんでした。理由はメッセージに示されています。",
        ),
        (
            "Fix what the message names (required networks, CPU type of the cluster, Gluster service, time skew), then retry.",
            "メッセージに示された問題 (必須ネットワーク、クラスターの CPU タイプ、Gluster サービス、時刻のずれ) を解決し、再試行してください。",
        ),
        None,
    ),
    // The task "Add host" has one second (`async: 1`, looked at every 5 s) and is not looked at again; the role then waits
    // for a host that the engine has never heard of.
    Explanation::new(
        "host-never-added",
        BOOTSTRAP,
        ("Notify the user about a failure", &["empty: ovirt_hosts"]),
        (
            "The engine was never told of this host: the role gives the request (task \"Add host\") only about 5 seconds, and this machine was too busy to send it in that time. Then the role waited 20 minutes for nothing.",
            "エンジンにこのホストが登録されていません。ロールが登録要求 (タスク Add host) に与える時間は約 5 秒で、このマシンの負荷が高く、その間に送信できませんでした。その後、ロールは 20 分間待ち続けました。",
        ),
        (
            "See what keeps the host busy (`uptime`, `top`; in a virtual machine also the steal time), let it become quiet, then retry: the local engine VM is prepared anew.",
            "ホストの負荷の原因を確認し (`uptime`、`top`、仮想マシンの場合は steal 時間も)、負荷が下がってから再試行してください。ローカルエンジン VM は最初から準備し直されます。",
        ),
        None,
    ),
    Explanation::new(
        "host-not-up",
        BOOTSTRAP,
        ("", &["Host is not up, please check logs"]),
        (
            "The engine could not install this host within 20 minutes.",
            "エンジンが 20 分以内にこのホストをインストールできませんでした。",
        ),
        (
            "Read the host-deploy log among the fetched engine logs and /var/log/vdsm/vdsm.log on the host.",
            "取得したエンジンログの host-deploy ログと、ホストの /var/log/vdsm/vdsm.log を確認してください。",
        ),
        None,
    ),
    Explanation::new(
        "cluster-elsewhere",
        BOOTSTRAP,
        ("", &["has been created earlier in a different"]),
        (
            "The cluster name is already used in another data center.",
            "クラスター名が別のデータセンターで既に使われています。",
        ),
        ("Choose another cluster name.", "別のクラスター名を指定してください。"),
        Some("engine.cluster"),
    ),
];
