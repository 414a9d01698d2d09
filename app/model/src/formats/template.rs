//! The commented answer file that `hosted-deploy answers new` writes, in both languages.

use super::japanese;
use super::reference::{Field, fields};
use crate::lang::Lang;
use std::fmt::Write;

/// Fields that the template sets; all others are comments.
const SET: [&str; 5] = ["version", "host.address", "engine_vm.fqdn", "storage.nfs.connection", "storage.type"];

/// An answer file with every field, its meaning and an example.
pub fn template(lang: Lang) -> String {
    let mut text = lang.pick(HEAD_EN, HEAD_JA).to_owned();
    for Field { path, description, is_table, .. } in fields() {
        let description = match lang {
            Lang::En => description,
            Lang::Ja => japanese::describe(&path).unwrap_or(&description).to_owned(),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text);
        for line in wrap(&description, lang) {
            let _ = writeln!(text, "# {line}");
        }
        let key = path.rsplit('.').next().unwrap_or_default();
        let off = if SET.iter().any(|set| set.starts_with(&path)) { "" } else { "#" };
        if is_table {
            let _ = writeln!(text, "{off}[{path}]");
        } else {
            let _ = writeln!(text, "{off}{key} = {}", japanese::example(&path).unwrap_or("\"\""));
        }
    }
    text
}

const HEAD_EN: &str = "# Answers of hosted-deploy. Lines that begin with # are comments: remove the # to set a field.
# A secret may be a text, { env = \"NAME\" } or { file = \"/path\" }; left out, it is asked for.
";
const HEAD_JA: &str =
    "# hosted-deploy の回答ファイル。# で始まる行はコメントです。項目を設定するには # を外してください。
# 秘密情報は文字列、{ env = \"NAME\" }、{ file = \"/path\" } のいずれかで指定します。省くと入力を求められます。
";

/// Lines of at most 110 columns; Japanese has no blanks to break at and stays in one.
fn wrap(text: &str, lang: Lang) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        if let Some(line) = lines.last_mut() {
            if lang == Lang::En && !line.is_empty() && line.len() + word.len() > 110 {
                lines.push(word.to_owned());
            } else {
                line.push_str(if line.is_empty() { "" } else { " " });
                line.push_str(word);
            }
        }
    }
    lines
}
