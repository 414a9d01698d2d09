//! What no text of the answers may hold, wherever it stands.

use crate::answers::Answers;
use crate::lang::text;
use crate::problem::Problem;
use serde_json::Value;

pub(super) fn problems(answers: &Answers) -> Vec<Problem> {
    let mut problems = Vec::new();
    // Values of secrets are not part of this.
    if let Ok(tree) = serde_json::to_value(answers) {
        walk(&tree, String::new(), &mut problems);
    }
    for (field, secret) in answers.secrets() {
        let text = secret.expose();
        if text.is_empty() {
            problems.push(Problem::new(
                field,
                text!("The password is empty.", "パスワードが空です。"),
                text!(
                    "Give one, or leave the field out to be asked for it.",
                    "パスワードを指定するか、項目を省いて入力時に指定してください。"
                ),
            ));
        } else if text.chars().any(|c| c.is_control() && !(field == "host.key" && matches!(c, '\n' | '\r' | '\t'))) {
            problems.push(Problem::new(
                field,
                text!(
                    "The password holds a line break or another control character.",
                    "パスワードに改行などの制御文字が含まれています。"
                ),
                text!(
                    "Remove it; a line break at the end of a secret's file is cut off by itself.",
                    "取り除いてください。秘密情報ファイルの末尾の改行は自動的に除かれます。"
                ),
            ));
        }
    }
    problems
}

fn walk(value: &Value, field: String, problems: &mut Vec<Problem>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                walk(value, if field.is_empty() { key.clone() } else { format!("{field}.{key}") }, problems);
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                walk(value, format!("{field}[{index}]"), problems);
            }
        }
        Value::String(text) => problems.extend(judge(text, field)),
        _ => (),
    }
}

fn judge(text: &str, field: String) -> Option<Problem> {
    if text.chars().any(char::is_control) {
        return Some(Problem::new(
            field,
            text!(
                "The value holds a line break or another control character.",
                "値に改行などの制御文字が含まれています。"
            ),
            text!("Write it in one line.", "一行で書いてください。"),
        ));
    }
    let template = ["{{", "{%", "{#"].into_iter().find(|start| text.contains(start))?;
    Some(Problem::new(
        field,
        text!(
            "The value holds \"{template}\", which Ansible would run as a template.",
            "値に \"{template}\" が含まれており、Ansible がテンプレートとして実行してしまいます。"
        ),
        text!("Write the final value.", "最終的な値を書いてください。"),
    ))
}
