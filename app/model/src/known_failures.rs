//! The table of known failures, most specific first.

use crate::explain::Explanation;
use crate::phase::Phase::{self, BootstrapLocalVm, CreateStorageDomain, CreateTargetVm, FinalClean, InitialClean};

const CHECKS: &[Phase] = &[InitialClean, BootstrapLocalVm];
const STORAGE: &[Phase] = &[CreateStorageDomain];
const BOOTSTRAP: &[Phase] = &[BootstrapLocalVm];
const TARGET: &[Phase] = &[CreateTargetVm];

pub(crate) static KNOWN_FAILURES: &[Explanation] = &[
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
        "sso-refused",
        &[BootstrapLocalVm, CreateStorageDomain, CreateTargetVm],
        ("", &["Cannot authenticate user", "invalid_grant", "access_denied", "Error during SSO authentication"]),
        (
            "The engine refuses the administrator's name or password: with Keycloak the name is admin@ovirt@internalsso, without it admin@internal.",
            "エンジンが管理者の名前またはパスワードを拒否しています。Keycloak では admin@ovirt@internalsso、それ以外では admin@internal です。",
        ),
        (
            "When the deployment restores a backup, give the password of that engine. Otherwise retry from the start: the name is then taken from the new engine.",
            "バックアップから復元する場合は、そのエンジンのパスワードを指定してください。それ以外の場合は最初から再試行してください。名前は新しいエンジンから取得されます。",
        ),
        Some("engine.admin_password"),
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
    Explanation::new(
        "local-vm-folder-gone",
        STORAGE,
        ("", &["Local VM dir"]),
        (
            "The local engine VM's folder is gone, so there is no engine to move.",
            "ローカルエンジン VM のフォルダーがなく、移行するエンジンが存在しません。",
        ),
        (
            "Retry: the deployment starts over from the beginning.",
            "再試行してください。デプロイは最初からやり直されます。",
        ),
        None,
    ),
    Explanation::new(
        "chap-refused",
        &[CreateStorageDomain, Phase::IscsiDiscover, Phase::IscsiGetDevices],
        (
            "",
            &[
                "Authentication failure",
                "authorization failure",
                "Failed to setup iSCSI subsystem",
                "login authentication",
            ],
        ),
        (
            "The iSCSI target refuses the CHAP user or password.",
            "iSCSI ターゲットが CHAP のユーザーまたはパスワードを拒否しました。",
        ),
        (
            "Check user and password against the target's settings; discovery and login have their own.",
            "ユーザーとパスワードをターゲットの設定と照合してください。検出用とログイン用は別々に設定されます。",
        ),
        Some("storage.iscsi.password"),
    ),
    Explanation::new(
        "storage-too-small",
        STORAGE,
        ("Check storage domain free space", &[]),
        (
            "The storage domain is smaller than the engine's disk, 5 GiB for HA's volumes and the 5 GiB that the engine keeps free.",
            "ストレージドメインの容量が、エンジンのディスク + HA 用 5 GiB + エンジンが確保する空き 5 GiB に足りません。",
        ),
        (
            "Enlarge the storage or give other storage (74 GiB or more). It must be empty: the role has already removed the domain that was too small.",
            "ストレージを拡張するか、別のストレージ (74 GiB 以上) を指定してください。小さすぎたドメインはロールが既に削除済みですが、ストレージは空である必要があります。",
        ),
        Some("storage"),
    ),
    Explanation::new(
        "storage-access",
        STORAGE,
        (
            "",
            &[
                "Permission settings on the specified path do not allow access",
                "access denied by server",
                "NFS4ERR_ACCESS",
                "NFS3ERR_ACCES",
                "MNT3ERR_ACCES",
                "Permission denied",
                "Read-only file system",
                "NFS3ERR_ROFS",
                "NFS4ERR_ROFS",
            ],
        ),
        (
            "The host may not write to the storage: the export is read-only, or not owned by 36:36 (vdsm:kvm).",
            "ホストがストレージに書き込めません。エクスポートが読み取り専用か、所有者が 36:36 (vdsm:kvm) ではありません。",
        ),
        (
            "On the NFS server: `chown 36:36 DIR && chmod 0755 DIR`, export it read-write to this host, then retry.",
            "NFS サーバーで `chown 36:36 DIR && chmod 0755 DIR` を実行し、このホストに読み書き可能でエクスポートしてから再試行してください。",
        ),
        Some("storage.nfs.connection"),
    ),
    Explanation::new(
        "storage-unreachable",
        STORAGE,
        (
            "",
            &[
                "Problem while trying to mount target",
                "mount.nfs",
                "Connection timed out",
                "No route to host",
                "Connection refused",
                "No such file or directory",
            ],
        ),
        ("The host could not mount or reach the storage.", "ホストがストレージをマウントできないか、到達できません。"),
        (
            "Check server, path and NFS version with `showmount -e SERVER` and a trial mount on the host, then retry with the right answers.",
            "ホストで `showmount -e SERVER` と試験マウントを行い、サーバー、パス、NFS バージョンを確認して、正しい回答で再試行してください。",
        ),
        Some("storage"),
    ),
    Explanation::new(
        "storage-in-use",
        STORAGE,
        (
            "",
            &[
                "already contains",
                "is not empty",
                "part of an existing Storage Domain",
                "Physical device initialization failed",
                "already in use",
                "is used by",
            ],
        ),
        (
            "There is data on the storage: an earlier storage domain, a file system or a volume group.",
            "ストレージにデータ (以前のストレージドメイン、ファイルシステム、ボリュームグループ) があります。",
        ),
        (
            "Choose empty storage, or empty this one after making sure that nobody needs it.",
            "空のストレージを選ぶか、不要であることを確認してから中身を消去してください。",
        ),
        Some("storage"),
    ),
    Explanation::new(
        "storage-domain-failed",
        STORAGE,
        ("", &["Error creating a storage domain", "Add NFS storage domain", "Failed to create storage domain"]),
        ("The engine could not create the storage domain.", "エンジンがストレージドメインを作成できませんでした。"),
        (
            "Read the last lines of /var/log/vdsm/vdsm.log on the host, correct the storage answers, then retry: only this phase is repeated.",
            "ホストの /var/log/vdsm/vdsm.log の末尾を確認し、ストレージの回答を修正して再試行してください。このフェーズだけが繰り返されます。",
        ),
        Some("storage"),
    ),
    Explanation::new(
        "cpu-model",
        TARGET,
        ("Convert CPU model name", &[]),
        (
            "The cluster's CPU type is not among those that this engine knows.",
            "クラスターの CPU タイプを、このエンジンは認識できません。",
        ),
        (
            "Set engine.cluster_cpu_type to the type of this host's CPU, then deploy again.",
            "engine.cluster_cpu_type にこのホストの CPU のタイプを設定し、もう一度デプロイしてください。",
        ),
        Some("engine.cluster_cpu_type"),
    ),
    Explanation::new(
        "lockspace",
        TARGET,
        ("Initialize lockspace volume", &[]),
        (
            "The HA broker could not write its lockspace: it does not reach the storage, or sanlock does not run.",
            "HA ブローカーがロックスペースを書き込めません。ストレージに到達できないか、sanlock が動作していません。",
        ),
        (
            "Check `systemctl status sanlock ovirt-ha-broker` and /var/log/ovirt-hosted-engine-ha/broker.log on the host.",
            "ホストで `systemctl status sanlock ovirt-ha-broker` と /var/log/ovirt-hosted-engine-ha/broker.log を確認してください。",
        ),
        None,
    ),
    Explanation::new(
        "engine-address-differs",
        TARGET,
        ("", &["while the engine's he_fqdn"]),
        (
            "The engine VM runs, but at another address than its name resolves to.",
            "エンジン VM は動作していますが、名前が解決されるアドレスと異なるアドレスを使用しています。",
        ),
        (
            "Correct the DHCP reservation for its MAC, or the DNS record, then start over.",
            "その MAC の DHCP 予約または DNS レコードを修正し、最初からやり直してください。",
        ),
        Some("engine_vm.ip"),
    ),
    Explanation::new(
        "engine-vm-not-running",
        TARGET,
        ("", &["Engine VM is not running, please check vdsm logs"]),
        (
            "HA did not start the engine VM on the shared storage.",
            "HA が共有ストレージ上のエンジン VM を起動しませんでした。",
        ),
        (
            "Read /var/log/ovirt-hosted-engine-ha/agent.log and /var/log/vdsm/vdsm.log on the host; `hosted-engine --vm-status` shows the reason.",
            "ホストの /var/log/ovirt-hosted-engine-ha/agent.log と /var/log/vdsm/vdsm.log を確認してください。理由は `hosted-engine --vm-status` に表示されます。",
        ),
        None,
    ),
    Explanation::new(
        "engine-not-up-on-target",
        TARGET,
        ("Check engine VM health", &[]),
        (
            "The engine VM was started on the shared storage, but its engine did not become healthy within 15 minutes.",
            "エンジン VM は共有ストレージ上で起動しましたが、15 分以内にエンジンが正常になりませんでした。",
        ),
        (
            "See `hosted-engine --vm-status` and the VM's console (`hosted-engine --console`); check DHCP or static address, DNS and engine.log.",
            "`hosted-engine --vm-status` と VM のコンソール (`hosted-engine --console`) を確認し、DHCP または静的アドレス、DNS、engine.log を調べてください。",
        ),
        None,
    ),
    Explanation::new(
        "bootstrap-vm-still-up",
        TARGET,
        ("Wait for the local bootstrap engine VM to be down", &[]),
        (
            "The engine runs on the shared storage; only the record of the local VM is still shown as up.",
            "エンジンは共有ストレージ上で動作しています。ローカル VM の記録だけが起動中と表示されています。",
        ),
        (
            "Nothing is broken: check `hosted-engine --vm-status`, then remove the VM named external-HostedEngineLocal in the Administration Portal.",
            "問題はありません。`hosted-engine --vm-status` を確認し、管理ポータルで external-HostedEngineLocal という VM を削除してください。",
        ),
        None,
    ),
    Explanation::new(
        "disk-full",
        &[],
        ("", &["No space left on device", "Disk quota exceeded"]),
        ("A file system on the host is full.", "ホストのファイルシステムに空きがありません。"),
        ("Free space (`df -h`), then retry.", "空き容量を確保し (`df -h`)、再試行してください。"),
        None,
    ),
    Explanation::new(
        "python-module-missing",
        &[],
        (
            "",
            &[
                "ovirtsdk4 version",
                "ovirt-engine-sdk-python",
                "No module named",
                "Failed to import the required Python library",
                "requires the jmespath",
                "You need to install \"jmespath\"",
            ],
        ),
        (
            "The Python that Ansible uses on the host lacks a module that the role needs.",
            "ホストで Ansible が使用する Python に、ロールに必要なモジュールがありません。",
        ),
        (
            "Install python3-ovirt-engine-sdk4 and python3-jmespath for that Python version, or remove the other Python versions' ansible-core.",
            "その Python バージョン用の python3-ovirt-engine-sdk4 と python3-jmespath をインストールするか、別の Python 用の ansible-core を削除してください。",
        ),
        None,
    ),
    Explanation::new(
        "package-module",
        &[],
        ("", &["Could not find a module for {{hostvars"]),
        (
            "ansible-core 2.14 to 2.16 cannot install packages in the engine VM with this collection.",
            "ansible-core 2.14〜2.16 では、このコレクションを使ってエンジン VM にパッケージをインストールできません。",
        ),
        (
            "Update ovirt-ansible-collection, or ansible-core to 2.17.",
            "ovirt-ansible-collection を更新するか、ansible-core を 2.17 に更新してください。",
        ),
        None,
    ),
    Explanation::new(
        "role-missing",
        &[],
        ("", &["the role 'ovirt.ovirt.hosted_engine_setup' was not found"]),
        (
            "The Ansible collection ovirt.ovirt is not installed on the host.",
            "Ansible コレクション ovirt.ovirt がホストにインストールされていません。",
        ),
        (
            "Run `dnf install ovirt-hosted-engine-setup` on the host.",
            "ホストで `dnf install ovirt-hosted-engine-setup` を実行してください。",
        ),
        None,
    ),
    Explanation::new(
        "clean-up-after-success",
        &[FinalClean],
        ("", &[]),
        (
            "The engine is deployed and runs; only its last clean-up failed.",
            "エンジンはデプロイされ、動作しています。最後の後片付けだけが失敗しました。",
        ),
        (
            "Retry the run, or remove /var/tmp/localvm* on the host yourself.",
            "実行を再試行するか、ホストの /var/tmp/localvm* を手動で削除してください。",
        ),
        None,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Cause;
    use crate::explain::explain;
    use crate::lang::Lang;
    use std::collections::HashSet;

    #[test]
    fn every_known_failure_is_found_by_its_own_words_and_said_in_both_languages() {
        let mut ids = HashSet::new();
        for known in KNOWN_FAILURES {
            let (phase, cause) = known.example();
            assert_eq!(
                explain(phase, &cause).map(|found| found.id),
                Some(known.id),
                "{} is hidden by another",
                known.id
            );
            assert!(ids.insert(known.id), "{} stands twice", known.id);
            for lang in [Lang::En, Lang::Ja] {
                assert!(!known.why(lang).is_empty() && !known.remedy(lang).is_empty(), "{}", known.id);
            }
            assert_ne!(known.why(Lang::En), known.why(Lang::Ja), "{}", known.id);
        }
        assert!(KNOWN_FAILURES.len() >= 20);
    }

    #[test]
    fn an_unknown_failure_is_left_to_its_own_words() {
        let cause = Cause { task: "Some new task".into(), message: "something unheard of".into(), also: vec![] };
        assert_eq!(explain(Phase::BootstrapLocalVm, &cause), None);
    }

    #[test]
    fn the_words_of_the_rescue_explain_what_the_first_failure_does_not() {
        let message = String::from("non-zero return code");
        let also =
            vec!["Engine VM IP address is 10.0.0.7 while the engine's he_fqdn e resolves to 10.0.0.8.".to_owned()];
        let cause = Cause { task: "Check engine VM health".into(), message, also };
        assert_eq!(explain(Phase::CreateTargetVm, &cause).map(|known| known.id), Some("engine-address-differs"));
    }

    #[test]
    fn a_failure_means_something_else_in_another_phase() {
        let cause = Cause { task: "x".into(), message: "Connection timed out".into(), also: vec![] };
        assert_eq!(explain(Phase::CreateStorageDomain, &cause).map(|known| known.id), Some("storage-unreachable"));
        assert_eq!(explain(Phase::InitialClean, &cause), None);
    }
}
