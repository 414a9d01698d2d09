//! The engine's storage domain, as a host sees it.

use super::{Found, Level};
use crate::health::action::Action;
use crate::health::advice::Step;
use crate::health::reading::Reading;
use crate::lang::{Text, text};

/// The engine warns below 5 GiB free and blocks below its critical space action, 5 GiB as well.
const STORAGE_TROUBLE_KIB: u64 = 5 << 20;

pub(super) fn storage(found: &mut Found, reading: &Reading) {
    let (host, domain) = (&reading.host, &reading.domain);
    let at = if reading.storage.is_empty() { &domain.id } else { &reading.storage };
    let connect = || {
        Step::act(
            Text::new("When the storage is back, connect it again.", "ストレージが復旧したら再接続してください。"),
            Action::ConnectStorage,
            host,
        )
    };
    let (server, path) = at.split_once(':').unwrap_or((at, "PATH"));
    if domain.hangs || domain.readable == Some(false) {
        found.add(
            "storage-silent",
            Level::Trouble,
            host,
            text!(
                "The storage {at} is mounted on {host}, but reading it fails or hangs.",
                "{host} にストレージ {at} はマウントされていますが、読み取りが失敗または停止します。"
            ),
            vec![
                Step::look(
                    Text::new("Does the storage server answer?", "ストレージサーバーは応答しますか?"),
                    format!("ping -c 3 {server}"),
                    host,
                ),
                connect(),
            ],
        );
    } else if domain.place.is_empty() && !domain.id.is_empty() {
        found.add(
            "storage-absent",
            Level::Trouble,
            host,
            text!("The storage {at} is not connected on {host}.", "{host} にストレージ {at} が接続されていません。"),
            vec![
                Step::look(
                    Text::new("Does the storage server answer?", "ストレージサーバーは応答しますか?"),
                    format!("ping -c 3 {server}"),
                    host,
                ),
                connect(),
            ],
        );
    }
    if domain.read_only {
        found.add(
            "storage-read-only",
            Level::Trouble,
            host,
            text!(
                "The storage {at} is mounted read-only on {host}.",
                "{host} でストレージ {at} が読み取り専用でマウントされています。"
            ),
            vec![
                Step::look(
                    Text::new(
                        "Look at the export on the server, and at this host's kernel messages.",
                        "サーバーのエクスポート設定と、このホストのカーネルメッセージを確認してください。",
                    ),
                    "journalctl -k -n 50",
                    host,
                ),
                Step::look(
                    Text::new(
                        "When the server lets it be written again: make the mount writable.",
                        "サーバー側で書き込みできるようになったら、書き込み可能にします。",
                    ),
                    format!("mount -o remount,rw {}", domain.mount()),
                    host,
                ),
            ],
        );
    } else if domain.writable == Some(false) {
        found.add(
            "storage-not-writable",
            Level::Trouble,
            host,
            text!(
                "VDSM on {host} may not write to the storage {at}: its export became read-only, or its owner is no longer 36:36.",
                "{host} の VDSM がストレージ {at} に書き込めません。エクスポートが読み取り専用になったか、所有者が 36:36 ではありません。"
            ),
            vec![
                Step::look(
                    Text::new(
                        "Who owns it? It must be 36:36, and the export must be rw.",
                        "所有者を確認してください。36:36 で、エクスポートは rw である必要があります。",
                    ),
                    format!("stat -c '%u:%g %a %n' {} {}/dom_md", domain.mount(), domain.place),
                    host,
                ),
                Step::look(
                    Text::new(
                        "Mend it on the storage server; the host notices by itself.",
                        "ストレージサーバーで修正してください。ホストは自動的に認識します。",
                    ),
                    format!("chown 36:36 {path}; chmod 0755 {path}; exportfs -ra"),
                    server,
                ),
            ],
        );
    }
    // Block storage is given to volumes as a whole: little free in its volume group is normal until a volume grows.
    let block = matches!(reading.storage_kind.as_str(), "iscsi" | "fc");
    if let Some(free) = domain.free_kib.filter(|free| *free < STORAGE_TROUBLE_KIB && !block) {
        let mib = free >> 10;
        found.add(
            "storage-full",
            Level::Trouble,
            host,
            text!(
                "The engine's storage has {mib} MiB left; below 5 GiB the engine stops writing to it.",
                "エンジンのストレージの空きは {mib} MiB です。5 GiB 未満では書き込みが停止されます。"
            ),
            vec![Step::look(
                Text::new(
                    "Make room on the storage server, or enlarge it.",
                    "ストレージサーバーで空きを確保するか拡張してください。",
                ),
                format!("df -h {}", domain.place),
                host,
            )],
        );
    }
}
