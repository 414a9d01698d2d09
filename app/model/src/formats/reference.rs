//! The answer file described: its JSON Schema, made from the types, and the reference page made from that, in both languages.

use super::{he_vars, japanese};
use crate::answers::Answers;
use crate::lang::{Lang, Text};
use serde_json::Value;
use std::fmt::Write;

/// One field of the answer file, as the schema tells it.
pub(super) struct Field {
    /// `engine_vm.fqdn`.
    pub(super) path: String,
    /// In English; may hold `Default ...`.
    pub(super) description: String,
    /// What may be written, for people.
    kind: Text,
    /// A table of fields, which follow.
    pub(super) is_table: bool,
}

/// The JSON Schema of an answer file in TOML, YAML or JSON.
pub fn schema() -> Value {
    let schema = schemars::schema_for!(Answers);
    let mut schema = schema.to_value();
    if let Some(root) = schema.as_object_mut() {
        root.insert("title".into(), "Answers of hosted-deploy".into());
    }
    schema
}

/// Every field, in the order of the types.
pub(super) fn fields() -> Vec<Field> {
    let schema = schema();
    let mut fields = Vec::new();
    walk(&schema, &schema, "", &mut fields);
    fields
}

fn walk(table: &Value, root: &Value, path: &str, fields: &mut Vec<Field>) {
    let properties = table.get("properties").and_then(Value::as_object);
    for (key, property) in properties.into_iter().flatten() {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let target = resolve(property, root);
        let is_table = target.get("properties").is_some();
        let description = property.get("description").or_else(|| target.get("description"));
        let description = description.and_then(Value::as_str).unwrap_or_default().replace('\n', " ");
        fields.push(Field { path: path.clone(), description, kind: kind(property, root), is_table });
        if is_table {
            walk(target, root, &path, fields);
        }
    }
}

/// What a property is behind its reference, nothing-or-that aside.
fn resolve<'a>(property: &'a Value, root: &'a Value) -> &'a Value {
    if let Some(reference) = property.get("$ref").and_then(Value::as_str) {
        return reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer)).unwrap_or(property);
    }
    let choices = property.get("anyOf").or_else(|| property.get("allOf")).and_then(Value::as_array);
    let choice = choices.into_iter().flatten().find(|choice| choice.get("$ref").is_some());
    choice.map_or(property, |choice| resolve(choice, root))
}

fn kind(property: &Value, root: &Value) -> Text {
    let target = resolve(property, root);
    if target.get("writeOnly").is_some() {
        return Text::new("secret", "秘密情報");
    }
    let choices = target.get("oneOf").and_then(Value::as_array);
    let mut words: Vec<&str> =
        choices.into_iter().flatten().filter_map(|choice| choice.get("const")?.as_str()).collect();
    words.extend(target.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str));
    if !words.is_empty() {
        let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
        return Text::new(words.join(", "), words.join("、"));
    }
    let types = match target.get("type") {
        Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        Some(kind) => kind.as_str(),
        None => None,
    };
    let (en, ja) = match types {
        Some("string") => ("text", "文字列"),
        Some("integer") => ("number", "整数"),
        Some("boolean") => ("true or false", "true または false"),
        Some("array") => ("list of texts", "文字列のリスト"),
        _ => ("table", "テーブル"),
    };
    Text::new(en, ja)
}

/// The reference page (`docs/answers.md`, `docs/ja/answers.md`).
pub fn page(lang: Lang) -> String {
    let columns = format!("\n{}|---|---|---|---|\n", lang.pick(COLUMNS_EN, COLUMNS_JA));
    let mut page = lang.pick(INTRODUCTION_EN, INTRODUCTION_JA).to_owned() + &columns;
    for field in fields() {
        let Field { path, description, kind, is_table } = field;
        let description = match lang {
            Lang::En => &description,
            Lang::Ja => japanese::describe(&path).unwrap_or(&description),
        };
        if is_table {
            let heading = if path.contains('.') { "###" } else { "##" };
            // Writing to a String cannot fail.
            let _ = write!(page, "\n{heading} `[{path}]`\n\n{description}\n{columns}");
            continue;
        }
        let key = path.rsplit('.').next().unwrap_or_default();
        let variables: Vec<String> = he_vars::names(&path).iter().map(|name| format!("`{name}`")).collect();
        let variables = variables.join(lang.pick(", ", "、"));
        let _ = writeln!(page, "| `{key}` | {} | {description} | {variables} |", kind.get(lang));
    }
    page
}

const COLUMNS_EN: &str = "| key | what may be written | meaning | variable of the role |\n";
const COLUMNS_JA: &str = "| キー | 指定できる値 | 意味 | ロールの変数 |\n";

const INTRODUCTION_EN: &str = "# Answers

[日本語](ja/answers.md)

<!-- Generated from the types in app/model/src/answers; `UPDATE_GOLDEN=1 cargo test -p hosted-deploy-model` rewrites it. -->

What a deployment is asked to do stands in one answer file. `hosted-deploy answers new` writes a commented one,
`hosted-deploy answers validate FILE` judges one and names the line of every mistake,
`hosted-deploy answers convert FILE --to toml` translates one.

* **Formats.** TOML, or the same tables in YAML or JSON. Variable files of the upstream role (`he_*`) and answer files of
  `hosted-engine --deploy` are read too. The format is found from the content.
* **Left out** means: derived from the host, or the default. What a run filled in and why is shown before it starts.
* **Secrets** may stand in the file as texts, as `{ env = \"NAME\" }` (an environment variable) or `{ file = \"/path\" }`, or be
  left out; then they are asked for. No export, journal or log holds their values.
* **Unknown keys** are mistakes, not ignored.
";

const INTRODUCTION_JA: &str = "# 回答

[English](../answers.md)

<!-- app/model/src/answers の型から生成されます。更新: `UPDATE_GOLDEN=1 cargo test -p hosted-deploy-model` -->

デプロイの内容は 1 つの回答ファイルで指定します。`hosted-deploy answers new` はコメント付きの回答ファイルを作成し、
`hosted-deploy answers validate FILE` は内容を検証してすべての誤りを行番号とともに表示し、
`hosted-deploy answers convert FILE --to toml` は別の形式に変換します。

* **形式** は TOML、または同じテーブルを持つ YAML か JSON です。上流のロールの変数ファイル (`he_*`) と、
  `hosted-engine --deploy` の回答ファイルも読み取れます。形式は内容から判別されます。
* **省略した項目** には、ホストから得た値または既定値が使われます。補われた値とその理由は、実行の開始前に表示されます。
* **秘密情報** は、文字列としてファイルに書くか、`{ env = \"NAME\" }` (環境変数) または `{ file = \"/path\" }` で指定します。
  省略すると入力を求められます。エクスポート、実行の記録、ログのいずれにも値は残りません。
* **未知のキー** は無視されず、誤りとして扱われます。
";

/// The path of every field that holds a value, not a table.
pub fn leaves() -> Vec<String> {
    fields().into_iter().filter(|field| !field.is_table).map(|field| field.path).collect()
}
