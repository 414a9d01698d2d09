//! A file that a person named.

use super::input::Unusable;
use hosted_deploy_model::lang::Lang;
use serde::de::DeserializeOwned;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// The text of a file; `-` is what is piped in.
///
/// # Errors
/// In a person's words, with the file's name and what to do.
pub(super) fn text_of(path: &Path, lang: Lang) -> Result<String, Unusable> {
    let text = if path.as_os_str() == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(path)
    };
    text.map_err(|error| unreadable(path, &error, lang))
}

/// What a service's configuration says: TOML whose keys are the command's options.
///
/// # Errors
/// In a person's words: the file cannot be read, or the line that is wrong in it.
pub(super) fn configuration<T: DeserializeOwned>(path: &Path, lang: Lang) -> Result<T, Unusable> {
    let text = text_of(path, lang)?;
    toml::from_str(&text).map_err(|error| {
        let what = lang.pick("cannot use the configuration", "設定ファイルを使用できません:");
        Unusable(format!("{what} {}: {error}", path.display()))
    })
}

fn unreadable(path: &Path, error: &io::Error, lang: Lang) -> Unusable {
    let (en, ja) = match error.kind() {
        ErrorKind::NotFound => (
            "there is no such file. Look at its path".to_owned(),
            "ファイルがありません。パスを確認してください".to_owned(),
        ),
        ErrorKind::PermissionDenied => (
            "you may not read it. Change its permissions, or run this as somebody who may".to_owned(),
            "読み取り権限がありません。権限を変更するか、権限のあるユーザーで実行してください".to_owned(),
        ),
        ErrorKind::IsADirectory => (
            "it is a folder. Name a file in it".to_owned(),
            "フォルダーです。中のファイルを指定してください".to_owned(),
        ),
        ErrorKind::InvalidData => (
            "it is no text in UTF-8. Is it the right file? `iconv` converts other encodings".to_owned(),
            "UTF-8 のテキストではありません。正しいファイルですか? 他の文字コードは `iconv` で変換できます".to_owned(),
        ),
        _ => (error.to_string(), error.to_string()),
    };
    let name = path.display();
    Unusable(match lang {
        Lang::En => format!("{name}: cannot be read: {en}."),
        Lang::Ja => format!("{name}: 読み取れません: {ja}。"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_why_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("engine.toml");
        let said = |lang| text_of(&path, lang).unwrap_err().to_string();
        assert!(said(Lang::En).ends_with("engine.toml: cannot be read: there is no such file. Look at its path."));
        assert!(said(Lang::Ja).ends_with("ファイルがありません。パスを確認してください。"));

        std::fs::write(&path, b"\x93\xfa\x96{").unwrap();
        assert!(said(Lang::En).contains("no text in UTF-8"), "{}", said(Lang::En));
        assert!(text_of(folder.path(), Lang::En).unwrap_err().to_string().contains("it is a folder"));
    }
}
