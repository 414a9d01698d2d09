//! The shared storage.

use super::{Choice, Field, Kind, Section, Step, When, choice};

const fn of(kinds: &'static [&'static str]) -> When {
    When::Is("storage.type", kinds)
}
const NFS: When = of(&["nfs"]);
const ISCSI: When = of(&["iscsi"]);
const FC: When = of(&["fc"]);
const GLUSTER: When = of(&["glusterfs"]);

const KINDS: &[Choice] = &[
    choice("nfs", "NFS", "NFS (ファイル)"),
    choice("iscsi", "iSCSI", "iSCSI (ブロック)"),
    choice("fc", "Fibre Channel", "ファイバーチャネル"),
    choice("glusterfs", "Gluster (replica 1 or 3)", "Gluster (レプリカ 1 または 3)"),
];

const VERSIONS: &[Choice] = &[
    choice("auto", "Negotiated", "自動"),
    choice("v3", "v3", "v3 (バージョン 3)"),
    choice("v4", "v4", "v4 (バージョン 4)"),
    choice("v4_0", "v4.0", "v4.0 (バージョン 4.0)"),
    choice("v4_1", "v4.1", "v4.1 (バージョン 4.1)"),
    choice("v4_2", "v4.2", "v4.2 (バージョン 4.2)"),
];

pub(super) const SECTIONS: &[Section] = &[
    Section {
        step: Step::Storage,
        title: ("Storage for the engine VM", "エンジン VM のストレージ"),
        advanced: false,
        fields: &[
            Field::new("storage.type", Kind::Choice(KINDS), "Storage type", "ストレージの種別").default("nfs"),
            Field::text("storage.nfs.connection", "Storage connection", "ストレージ接続").required().when(NFS).help(
                "server:/path of an empty export; an IPv6 address in brackets. vdsm:kvm (36:36) must own it.",
                "空のエクスポートの サーバー:/パス。IPv6 アドレスは角括弧で囲みます。所有者は vdsm:kvm (36:36) とします。",
            ),
            Field::text("storage.nfs.mount_options", "Mount options", "マウントオプション").when(NFS).help(
                "As mount -o takes them; the version is chosen below.",
                "mount -o の形式。バージョンは下で選びます。",
            ),
            Field::text("storage.glusterfs.connection", "Storage connection", "ストレージ接続").required().when(GLUSTER).help(
                "server:/volume of replica 1 or 3.",
                "レプリカ 1 または 3 の サーバー:/ボリューム。",
            ),
            Field::text("storage.glusterfs.mount_options", "Mount options", "マウントオプション").when(GLUSTER).help(
                "Such as backup-volfile-servers=gluster2.example.com.",
                "backup-volfile-servers=gluster2.example.com など。",
            ),
            Field::new("storage.iscsi.portals", Kind::Lines, "Portals", "ポータル").required().when(ISCSI).help(
                "Addresses of one portal group, one in a line; with a port unless it is 3260 (192.0.2.10:3261).",
                "一つのポータルグループのアドレスを一行に一つずつ。3260 以外ならポートも (192.0.2.10:3261)。",
            ),
            Field::text("storage.iscsi.discovery_username", "Discovery user", "検出のユーザー").when(ISCSI).help(
                "Only where the portal wants CHAP before it lists its targets.",
                "ターゲットの一覧に CHAP が必要な場合のみ。",
            ),
            Field::new("storage.iscsi.discovery_password", Kind::Secret { twice: false }, "Discovery password", "検出のパスワード").when(ISCSI),
            Field::text("storage.iscsi.username", "Portal user", "ポータルのユーザー").when(ISCSI).help(
                "Only where the target wants CHAP.",
                "ターゲットに CHAP が必要な場合のみ。",
            ),
            Field::new("storage.iscsi.password", Kind::Secret { twice: false }, "Portal password", "ポータルのパスワード").when(ISCSI),
            Field::text("storage.iscsi.target", "Target", "ターゲット").required().when(ISCSI).help(
                "Its name (iqn.2024-01.com.example:he); the list below fills it in.",
                "名前 (iqn.2024-01.com.example:he)。下の一覧から選ぶと入力されます。",
            ),
            Field::new("storage.iscsi.portal_group", Kind::Number { most: 65535, unit: "" }, "Portal group tag", "ポータルグループのタグ").default("1").when(ISCSI),
            Field::text("storage.iscsi.lun_id", "LUN", "LUN の ID").required().when(ISCSI).help(
                "Its id as multipath names it (36001405...); the list below fills it in.",
                "multipath での ID (36001405...)。下の一覧から選ぶと入力されます。",
            ),
            Field::text("storage.fc.lun_id", "LUN", "LUN の ID").required().when(FC).help(
                "Its id as multipath names it (36001405...); the list below fills it in.",
                "multipath での ID (36001405...)。下の一覧から選ぶと入力されます。",
            ),
        ],
    },
    Section {
        step: Step::Storage,
        title: ("Size and name", "サイズと名前"),
        advanced: true,
        fields: &[
            Field::new("storage.disk_size_gib", Kind::Number { most: 4_294_967_295, unit: "GiB" }, "Disk size", "ディスクサイズ").default("61").help(
                "The storage domain needs about 13 GiB more.",
                "ストレージドメインにはさらに約 13 GiB 必要です。",
            ),
            Field::text("storage.domain_name", "Storage domain name", "ストレージドメイン名").default("hosted_storage"),
            Field::new("storage.nfs.version", Kind::Choice(VERSIONS), "NFS version", "NFS のバージョン").default("auto").when(NFS),
            Field::new("storage.interface", Kind::Interface, "Storage interface", "ストレージのインターフェース").help(
                "Where the storage is not reached over the management interface: it must be up before the storage is mounted.",
                "管理インターフェース以外でストレージに接続する場合。マウント前に稼働している必要があります。",
            ),
            Field::new("storage.discard", Kind::Switch, "Pass discards of the engine VM to the LUN", "エンジン VM の discard を LUN に渡す").when(of(&["iscsi", "fc"])),
        ],
    },
];
