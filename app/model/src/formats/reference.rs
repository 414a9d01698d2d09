//! The answer file described: its JSON Schema, made from the types, and the reference page made from that.

use super::he_vars;
use crate::answers::Answers;
use serde_json::Value;
use std::fmt::Write;

/// One field of the answer file, as the schema tells it.
pub(super) struct Field {
    /// `engine_vm.fqdn`.
    pub(super) path: String,
    /// In English; may hold `Default ...`.
    pub(super) description: String,
    /// What may be written, for people.
    kind: String,
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

fn kind(property: &Value, root: &Value) -> String {
    let target = resolve(property, root);
    if target.get("writeOnly").is_some() {
        return "secret".into();
    }
    let choices = target.get("oneOf").and_then(Value::as_array);
    let mut words: Vec<&str> =
        choices.into_iter().flatten().filter_map(|choice| choice.get("const")?.as_str()).collect();
    words.extend(target.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str));
    if !words.is_empty() {
        return words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    }
    let types = match target.get("type") {
        Some(Value::Array(types)) => types.iter().filter_map(Value::as_str).find(|kind| *kind != "null"),
        Some(kind) => kind.as_str(),
        None => None,
    };
    match types {
        Some("string") => "text",
        Some("integer") => "number",
        Some("boolean") => "true or false",
        Some("array") => "list of texts",
        _ => "table",
    }
    .into()
}

/// The reference page (`docs/answers.md`).
pub fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for field in fields() {
        let Field { path, description, kind, is_table } = field;
        if is_table {
            let heading = if path.contains('.') { "###" } else { "##" };
            // Writing to a String cannot fail.
            let _ = write!(page, "\n{heading} `[{path}]`\n\n{description}\n");
            let _ =
                write!(page, "\n| key | what may be written | meaning | variable of the role |\n|---|---|---|---|\n");
            continue;
        }
        let key = path.rsplit('.').next().unwrap_or_default();
        let variables: Vec<String> = he_vars::names(&path).iter().map(|name| format!("`{name}`")).collect();
        let variables = variables.join(", ");
        let _ = writeln!(page, "| `{key}` | {kind} | {description} | {variables} |");
    }
    page
}

const INTRODUCTION: &str = "# Answers

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

| key | what may be written | meaning | variable of the role |
|---|---|---|---|
";

/// The path of every field that holds a value, not a table.
pub fn leaves() -> Vec<String> {
    fields().into_iter().filter(|field| !field.is_table).map(|field| field.path).collect()
}
