//! What images and their import say, in Japanese.

use crate::image::import::ImportError;
use crate::image::iso::IsoError;
use crate::image::recognise::UnknownIso;
use crate::image::rpm::RpmError;
use crate::image::{StoreError, Trouble};

pub(super) fn import(error: &ImportError) -> String {
    match error {
        ImportError::Open { path, source } => format!(
            "{} を開けません: {source}。ISO ファイルのパスと、このコマンドを実行するアカウントの読み取り権限を確認してください",
            path.display()
        ),
        ImportError::NoFile { path } => format!(
            "{} はファイルではありません。ISO ファイルそのものを指定してください (ディスクは `dd if=/dev/sr0 of=FILE.iso bs=1M` でファイルにできます)",
            path.display()
        ),
        ImportError::Unknown { path, source } => format!("{} を取り込めません: {}", path.display(), unknown(source)),
        ImportError::Package { package, source } => format!(
            "ISO 内の {package} を読み取れません: {}。ISO をもう一度ダウンロードするか、別のビルドのイメージを取り込んでください",
            rpm(source)
        ),
        ImportError::NoSquashfs { package } => {
            format!("ISO 内の {package} に *.squashfs.img がありません。別のビルドのイメージを取り込んでください")
        }
        ImportError::Checksum { file, found, named } => format!(
            "ISO 内の {file} が壊れています。SHA-256 は {found} ですが、ISO の記載は {named} です。ISO をもう一度ダウンロードしてください"
        ),
        ImportError::Read { path, file, source } => format!(
            "{} の {file} を読み取れません: {source}。ディスクやネットワーク共有が正常か確認するか、ISO をコピーし直してください",
            path.display()
        ),
        ImportError::Write { path, needed, source } => format!(
            "{} に書き込めません: {source}。約 {needed} MiB の空きを確保するか、--state-dir で別のフォルダーを指定してください",
            path.display()
        ),
        ImportError::Name(name) => format!(
            "{name:?} はイメージ名に使えません。英数字、ドット、ハイフン、アンダースコアを 64 文字以内で指定してください"
        ),
        ImportError::Store(error) => store(error),
        ImportError::Stopped => "取り込みを中止しました。途中のデータは残っていません".to_owned(),
    }
}

fn unknown(error: &UnknownIso) -> String {
    match error {
        UnknownIso::Iso(error) => iso(error),
        UnknownIso::Other { volume } => format!(
            "この ISO (ボリューム {volume:?}) は RHVH、oVirt Node、Enterprise Linux、ESXi のいずれでもありません (images/pxeboot/vmlinuz も ESXi の boot.cfg もありません)。ライブ版やドライバー用ではなく、完全なインストール ISO を指定してください"
        ),
        UnknownIso::Lacks { kind, path } => format!(
            "{} の ISO と認識しましたが、{path} がありません。完全なインストール ISO を指定するか、もう一度ダウンロードしてください",
            kind.title()
        ),
    }
}

fn iso(error: &IsoError) -> String {
    match error {
        IsoError::NotIso => {
            "ISO 9660 イメージではありません (セクター 16 以降にボリューム記述子がありません)。ダウンロードしたインストール ISO をそのまま指定してください".to_owned()
        }
        IsoError::Cut { at } => format!(
            "ISO が途中で切れています (バイト位置 {at} の記録が末尾より後ろを指しています)。ダウンロードが完了していないため、もう一度ダウンロードしてください"
        ),
        IsoError::Damaged { what, at } => format!(
            "ISO が壊れています (バイト位置 {at}: {what})。もう一度ダウンロードし、チェックサムを照合してください"
        ),
        IsoError::Unsupported { name, how } => {
            format!("{name} の格納方式には対応していません ({how})。配布元の ISO をそのまま指定してください")
        }
        IsoError::Read { at, source } => format!(
            "バイト位置 {at} で読み取りに失敗しました: {source}。ディスクやネットワーク共有が正常か確認してください"
        ),
    }
}

fn rpm(error: &RpmError) -> String {
    match error {
        RpmError::NotRpm => "rpm パッケージではありません".to_owned(),
        RpmError::Damaged(what) => format!("パッケージが壊れています ({what})"),
        RpmError::Compression(name) => {
            format!("圧縮形式 {name:?} には対応していません (対応形式: xz、zstd、gzip、無圧縮)")
        }
        RpmError::Read(source) => format!("展開に失敗しました: {source}"),
    }
}

pub(super) fn store(error: &StoreError) -> String {
    match error {
        StoreError::Unknown(name) => {
            format!("イメージ {name:?} はありません。`hosted-deploy pxe image list` で確認してください")
        }
        StoreError::Exists(name) => {
            format!("イメージ {name:?} はすでにあります。--name で別の名前にするか、--replace で置き換えてください")
        }
        StoreError::Folder { path, source } => format!(
            "{} を使用できません: {source}。このアカウントの書き込み権限を確認するか、--state-dir で別のフォルダーを指定してください",
            path.display()
        ),
        StoreError::Document { path, .. } => {
            format!("{} が壊れています。イメージを削除し、もう一度取り込んでください", path.display())
        }
    }
}

pub(super) fn trouble(error: &Trouble) -> String {
    match error {
        Trouble::IsoChanged { path } => format!(
            "{} は取り込み後に移動または変更されています。元に戻すか、--replace でもう一度取り込んでください",
            path.display()
        ),
        Trouble::Damaged { file, found, kept } => format!(
            "{file} が壊れています。SHA-256 は {found} ですが、取り込み時は {kept} でした。--replace でもう一度取り込んでください"
        ),
        Trouble::Read { file, source } => {
            format!("{file} を読み取れません: {source}。ディスクが正常な場合は、--replace でもう一度取り込んでください")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn what_lies_below_an_import_is_told_in_japanese_too_and_ends_with_what_to_do() {
        let path = || "/x.iso".into();
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        for error in [
            ImportError::Open { path: path(), source: full() },
            ImportError::NoFile { path: path() },
            ImportError::Unknown { path: path(), source: IsoError::NotIso.into() },
            ImportError::Unknown { path: path(), source: IsoError::Cut { at: 1 }.into() },
            ImportError::Unknown { path: path(), source: UnknownIso::Other { volume: "X".into() } },
            ImportError::Package { package: "x.rpm".into(), source: RpmError::NotRpm },
            ImportError::Package { package: "x.rpm".into(), source: full().into() },
            ImportError::Read { path: path(), file: "x".into(), source: full() },
            ImportError::Write { path: path(), needed: 1, source: full() },
            ImportError::Store(StoreError::Folder { path: path(), source: full() }),
        ] {
            let text = super::super::of(&error);
            assert!(text.ja.ends_with("ください") || text.ja.ends_with(')'), "{}", text.ja);
            for said in [&text.en, &text.ja] {
                assert!(said.matches(&full().to_string()).count() <= 1, "the cause comes twice: {said}");
            }
            for english in ["reading", "this is", "cannot", "failed"] {
                assert!(!text.ja.contains(english), "{}", text.ja);
            }
        }
    }
}
