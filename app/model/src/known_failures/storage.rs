//! The storage domain.

use crate::explain::Explanation;
use crate::phase::Phase::{self, CreateStorageDomain};

const STORAGE: &[Phase] = &[CreateStorageDomain];

pub(super) static FAILURES: &[Explanation] = &[
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
];
