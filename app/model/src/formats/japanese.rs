//! Every field once more: an example in TOML and its meaning in Japanese. The English meaning stands at the type.

/// Path, example, meaning.
const FIELDS: &[(&str, &str, &str)] = &[
    ("version", "1", "このファイルの形式のバージョン。現在は 1。"),
    ("host", "", "デプロイ先ホスト: 接続方法と、エンジンでの名前。"),
    ("host.address", "\"host1.example.com\"", "SSH で接続する名前または IP アドレス。"),
    ("host.port", "22", "SSH ポート。既定値 22。"),
    ("host.user", "\"root\"", "SSH ユーザー。root、または sudo で root になれるユーザー。既定値 root。"),
    ("host.key_file", "\"/home/me/.ssh/id_ed25519\"", "hosted-deploy を実行するマシン上の秘密鍵ファイル。"),
    ("host.key", "{ file = \"/run/secrets/ssh-key\" }", "秘密鍵そのもの (ファイル名の代わり)。"),
    ("host.key_passphrase", "{ env = \"SSH_PASSPHRASE\" }", "秘密鍵のパスフレーズ。"),
    ("host.password", "{ env = \"SSH_PASSWORD\" }", "SSH パスワード (鍵を使わない場合)。"),
    (
        "host.sudo_password",
        "{ file = \"/run/secrets/sudo\" }",
        "root 以外のユーザーで sudo がパスワードを求める場合のパスワード。既定値は SSH パスワード。",
    ),
    (
        "host.fqdn",
        "\"host1.example.com\"",
        "エンジンから到達できるホストの完全修飾名。既定値はホスト上の `hostname -f` の結果。",
    ),
    ("host.name_in_engine", "\"host1.example.com\"", "管理ポータルでのホスト名。既定値はホストの FQDN。"),
    ("host.ip_family", "\"auto\"", "ホストとエンジンの名前解決に使うアドレスファミリー。既定値 auto。"),
    ("engine_vm", "", "エンジンの仮想マシン: 名前、ネットワーク、サイズ、アクセス。"),
    (
        "engine_vm.fqdn",
        "\"engine.example.com\"",
        "エンジンの完全修飾名。ホスト上で解決でき、DHCP の場合は VM の MAC アドレスに対応している必要があります。",
    ),
    (
        "engine_vm.mac",
        "\"00:16:3e:12:34:56\"",
        "VM の MAC アドレス。既定値は 00:16:3e で始まる乱数で、実行ごとに一度だけ選ばれます。",
    ),
    ("engine_vm.network", "\"static\"", "VM のアドレスの取得方法。既定値は `ip` があれば static、なければ dhcp。"),
    ("engine_vm.ip", "\"192.0.2.50/24\"", "VM の固定アドレス。単独、またはプレフィックス付き (192.0.2.50/24)。"),
    ("engine_vm.prefix", "24", "固定アドレスのプレフィックス長 (`ip` に含まれていない場合)。"),
    (
        "engine_vm.gateway",
        "\"192.0.2.1\"",
        "ホストの管理ネットワークのデフォルトゲートウェイ。既定値はホストのデフォルト経路のゲートウェイ。",
    ),
    ("engine_vm.dns", "[\"192.0.2.2\"]", "VM の DNS サーバー (最大 3)。固定アドレスの場合は必須。"),
    (
        "engine_vm.bridge_interface",
        "\"eth0\"",
        "管理ブリッジを載せるホストのインターフェース。既定値はデフォルト経路のもの。",
    ),
    ("engine_vm.root_password", "{ env = \"ENGINE_ROOT_PASSWORD\" }", "VM の root のパスワード。"),
    ("engine_vm.root_ssh_access", "\"yes\"", "root の SSH ログインを許可するか。既定値 yes。"),
    ("engine_vm.root_ssh_public_key", "\"ssh-ed25519 AAAA... me@example.com\"", "VM の root に許可する公開鍵 (一行)。"),
    ("engine_vm.vcpus", "4", "仮想 CPU 数。既定値は 4、またはホストのプロセッサー数がそれより少なければその数。"),
    (
        "engine_vm.memory_mib",
        "16384",
        "メモリ (MiB)。4096 以上。既定値は 16384、またはホストで使用可能な量がそれより少なければその量。",
    ),
    ("engine_vm.edit_etc_hosts", "true", "ホストとエンジンの名前を VM の /etc/hosts に書く。既定値 true。"),
    ("engine_vm.time_zone", "\"Asia/Tokyo\"", "VM のタイムゾーン。既定値はホストのもの。"),
    ("engine_vm.openscap_profile", "\"none\"", "VM に適用する OpenSCAP セキュリティープロファイル。既定値 none。"),
    ("engine_vm.fips", "false", "VM を FIPS モードにする。既定値 false。"),
    (
        "engine_vm.nat_ipv4_prefix",
        "\"192.168.222\"",
        "共有ストレージに移るまで VM が使うネットワークの最初の 3 つの数。既定値はホスト上で空いている最初のもの。",
    ),
    ("engine_vm.nat_ipv6_prefix", "\"fd00:1234:5678:900\"", "同じネットワークの IPv6 での最初の 4 組。"),
    ("engine_vm.uefi", "true", "ローカル VM を UEFI で起動する。既定値はアプライアンスに必要なもの。"),
    (
        "engine_vm.boot_flags",
        "\"--boot hd,bootmenu.enable=on\"",
        "ローカル VM 用の virt-install の起動オプション (上級者向け)。",
    ),
    (
        "engine_vm.uefi_boot_flags",
        "\"--boot uefi,loader.secure=no\"",
        "UEFI のローカル VM 用の virt-install の起動オプション (上級者向け)。",
    ),
    (
        "appliance",
        "",
        "エンジン VM の元になるイメージ。省くとホストにアプライアンスのパッケージがインストールされます。",
    ),
    ("appliance.ova", "\"/var/tmp/ovirt-engine-appliance.ova\"", "OVA アーカイブ (ホスト上のパス)。"),
    ("appliance.image", "\"/var/tmp/ovirt-engine-appliance.qcow2\"", "qcow2 ディスクイメージ (ホスト上のパス)。"),
    (
        "appliance.package",
        "\"ovirt-engine-appliance\"",
        "アプライアンスのパッケージ名。既定値はホストのディストリビューションのもの。",
    ),
    ("appliance.remove_package", "true", "終了後にアプライアンスのパッケージをホストから削除する。既定値 true。"),
    ("engine", "", "VM 内のエンジン: 管理者、メール、データセンター、クラスター。"),
    ("engine.admin_password", "{ env = \"ENGINE_ADMIN_PASSWORD\" }", "エンジン管理者のパスワード。"),
    ("engine.smtp_server", "\"mail.example.com\"", "HA エージェントの通知に使う SMTP サーバー。既定値 localhost。"),
    ("engine.smtp_port", "25", "SMTP サーバーの TCP ポート。既定値 25。"),
    ("engine.mail_sender", "\"engine@example.com\"", "通知の送信者。既定値 root@localhost。"),
    ("engine.mail_recipients", "[\"ops@example.com\"]", "通知の宛先 (最大 3)。既定値 root@localhost。"),
    ("engine.keycloak", "true", "ログインに Keycloak を使う。既定値 true。"),
    ("engine.data_center", "\"Default\"", "データセンター名。既定値 Default。"),
    (
        "engine.data_center_compatibility_version",
        "\"4.7\"",
        "データセンターの互換バージョン (4.7)。既定値はエンジンの最新。",
    ),
    ("engine.cluster", "\"Default\"", "クラスター名。既定値 Default。"),
    ("engine.cluster_compatibility_version", "\"4.7\"", "クラスターの互換バージョン (4.7)。既定値はエンジンの最新。"),
    (
        "engine.cluster_cpu_type",
        "\"Intel Cascadelake Server Family\"",
        "エンジンでの呼び方によるクラスターの CPU タイプ。既定値は自動検出。",
    ),
    ("engine.management_network", "\"ovirtmgmt\"", "管理ネットワークとそのブリッジの名前。既定値 ovirtmgmt。"),
    (
        "engine.db_password",
        "{ env = \"ENGINE_DB_PASSWORD\" }",
        "エンジンのデータベースのパスワード。既定では engine-setup が作ります。",
    ),
    (
        "engine.dwh_db_password",
        "{ env = \"DWH_DB_PASSWORD\" }",
        "Data Warehouse のデータベースのパスワード。既定では engine-setup が作ります。",
    ),
    ("storage", "", "エンジン VM が移る共有ストレージ。省くとローカル VM の準備後に停止して尋ねます。"),
    ("storage.type", "\"nfs\"", "ストレージの種別。既定値はテーブルがある種別。"),
    ("storage.domain_name", "\"hosted_storage\"", "ストレージドメイン名。既定値 hosted_storage。"),
    (
        "storage.disk_size_gib",
        "61",
        "エンジン VM のディスクサイズ (GiB)。50 から 4096。既定値 61。ドメインにはさらに約 13 GiB 必要です。",
    ),
    (
        "storage.interface",
        "\"eth1\"",
        "ストレージのマウント前に稼働している必要があるホストのインターフェース (管理用と異なる場合)。",
    ),
    ("storage.discard", "true", "エンジン VM の discard を LUN に渡す。既定値は LUN の能力による。"),
    ("storage.nfs", "", "NFS。"),
    (
        "storage.nfs.connection",
        "\"nas.example.com:/exports/hosted-engine\"",
        "サーバー:/パス。IPv6 アドレスは角括弧で囲みます。",
    ),
    ("storage.nfs.version", "\"auto\"", "NFS バージョン。既定値 auto。"),
    ("storage.nfs.mount_options", "\"timeo=600,retrans=6\"", "mount -o と同じ形のマウントオプション。"),
    ("storage.iscsi", "", "iSCSI。"),
    (
        "storage.iscsi.portals",
        "[\"192.0.2.10:3260\"]",
        "一つのポータルグループのポータル。アドレス:ポート。IPv6 アドレスは角括弧で囲みます。ポートを省くと 3260。",
    ),
    ("storage.iscsi.portal_group", "1", "ターゲットポータルグループのタグ。既定値 1。"),
    ("storage.iscsi.target", "\"iqn.2024-01.com.example:he\"", "ターゲット名 (iqn.2024-01.com.example:he)。"),
    ("storage.iscsi.username", "\"chapuser\"", "ターゲットの CHAP ユーザー。"),
    ("storage.iscsi.password", "{ env = \"CHAP_PASSWORD\" }", "ターゲットの CHAP パスワード。"),
    ("storage.iscsi.discovery_username", "\"discovery\"", "検出の CHAP ユーザー。"),
    ("storage.iscsi.discovery_password", "{ env = \"CHAP_DISCOVERY_PASSWORD\" }", "検出の CHAP パスワード。"),
    ("storage.iscsi.lun_id", "\"36001405aabbccddeeff00112233445566\"", "multipath での LUN の ID (36001405...)。"),
    ("storage.fc", "", "ファイバーチャネル。"),
    ("storage.fc.lun_id", "\"36001405aabbccddeeff00112233445566\"", "multipath での LUN の ID。"),
    ("storage.glusterfs", "", "Gluster。"),
    (
        "storage.glusterfs.connection",
        "\"gluster1.example.com:/engine\"",
        "サーバー:/ボリューム。IPv6 アドレスは角括弧で囲みます。",
    ),
    (
        "storage.glusterfs.mount_options",
        "\"backup-volfile-servers=gluster2.example.com\"",
        "mount -o と同じ形のマウントオプション (backup-volfile-servers=...)。",
    ),
    ("network_test", "", "ホストのネットワークが生きているかを HA エージェントが調べる方法。"),
    ("network_test.method", "\"dns\"", "テストの種類。既定値 dns。"),
    ("network_test.tcp_address", "\"192.0.2.10\"", "tcp テストの接続先アドレス。"),
    ("network_test.tcp_port", "443", "tcp テストの接続先ポート。"),
    ("restore", "", "新しいエンジンを作る代わりに、バックアップから復元します。"),
    ("restore.file", "\"/root/engine-backup.tar.gz\"", "engine-backup が作ったバックアップ (ホスト上のパス)。"),
    ("restore.renew_pki", "false", "証明書を作り直す。既定値 false。"),
    ("restore.pause", "false", "バックアップに必要な手作業のため、ホストの追加後に一時停止する。既定値 false。"),
    ("advanced", "", "一部のデプロイだけが必要とする項目。"),
    (
        "advanced.offline",
        "false",
        "パッケージリポジトリに接続しない。必要なものはすべてアプライアンスとホストにあること。既定値 false。",
    ),
    ("advanced.additional_packages", "[\"vim-enhanced\"]", "エンジン VM に追加でインストールするパッケージ。"),
    (
        "advanced.pause_before_engine_setup",
        "false",
        "VM で engine-setup (または復元) を実行する前に一時停止する。既定値 false。",
    ),
    ("advanced.pause_after_host_added", "false", "ホストをエンジンに追加した後に一時停止する。既定値 false。"),
    (
        "advanced.pause_when_host_fails",
        "true",
        "エンジンがホストを有効にできないとき、失敗せずに一時停止する。既定値 true。",
    ),
    ("advanced.debug", "false", "エンジン VM のディスクと共有ストレージ上のコピーを比較する。既定値 false。"),
    ("advanced.check_requirements", "true", "ホストのメモリ、ディスク、CPU の要件をロールに確認させる。既定値 true。"),
    ("advanced.check_memory", "true", "ホストのメモリをロールに確認させる。既定値 true。"),
    ("advanced.minimal_memory_mib", "4096", "ロールが受け入れるエンジン VM の最小メモリ (MiB)。既定値 4096。"),
    ("advanced.minimal_disk_gib", "50", "ロールが受け入れるエンジン VM の最小ディスク (GiB)。既定値 50。"),
    ("advanced.reserved_memory_mib", "512", "ロールがホスト用に残すメモリ (MiB)。既定値 512。"),
    ("advanced.memory_grace_mib", "200", "ロールが比較時に見逃すメモリ (MiB)。既定値 200。"),
    (
        "advanced.bootstrap_ui_port",
        "6900",
        "セットアップ中のローカル VM のポータルにつながるホストのポート。既定値 6900。",
    ),
    ("advanced.local_vm_directory", "\"/var/tmp\"", "ローカル VM を作るホスト上のディレクトリ。既定値 /var/tmp。"),
    (
        "advanced.virsh_auth_file",
        "\"/etc/ovirt-hosted-engine/virsh_auth.conf\"",
        "ホスト上の libvirt の認証ファイル。既定値 /etc/ovirt-hosted-engine/virsh_auth.conf。",
    ),
    ("advanced.vm_name", "\"HostedEngine\"", "エンジン VM の名前。既定値 HostedEngine。"),
    ("advanced.emulated_machine", "\"pc\"", "VM の設定ファイルに書くエミュレートマシン。既定値 pc。"),
    ("advanced.video_device", "\"vga\"", "VM の設定ファイルに書くビデオデバイス。既定値 vga。"),
    ("advanced.console_type", "\"vnc\"", "VM の設定ファイルに書くコンソール。既定値 vnc。"),
    (
        "advanced.gluster_service",
        "false",
        "クラスターの Gluster サービスを有効にする (ホストがストレージも提供する場合)。既定値 false。",
    ),
    ("advanced.libgfapi", "false", "VM が libgfapi で Gluster ボリュームに接続できるようにする。既定値 false。"),
    (
        "advanced.ansible_extra_variables",
        "{ my_variable = true }",
        "Ansible に渡す追加の変数。他のすべてに優先します。秘密情報は書かないでください。",
    ),
];

pub(super) fn describe(path: &str) -> Option<&'static str> {
    FIELDS.iter().find(|(known, ..)| *known == path).map(|(_, _, meaning)| *meaning)
}

pub(super) fn example(path: &str) -> Option<&'static str> {
    FIELDS.iter().find(|(known, ..)| *known == path).map(|(_, example, _)| *example)
}

#[cfg(test)]
mod tests {
    use super::super::reference::fields;
    use super::*;

    #[test]
    fn every_field_is_described_in_japanese_and_nothing_else_is() {
        let paths: Vec<String> = fields().into_iter().map(|field| field.path).collect();
        let described: Vec<&str> = FIELDS.iter().map(|(path, ..)| *path).collect();
        assert_eq!(paths, described);
    }
}
