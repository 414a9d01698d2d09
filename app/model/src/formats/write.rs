//! Answers to text. What was left out stays left out, and no secret is written.

use super::Format;
use crate::answers::{Answers, VERSION};
use crate::role;
use serde_json::{Map, Value};

/// Writes answers. Secrets are left out, references to them stay. An otopi file cannot be written.
pub fn write(answers: &Answers, format: Format) -> Option<String> {
    let versioned = Answers { version: Some(answers.version.unwrap_or(VERSION)), ..answers.clone() };
    // Texts, numbers and tables; none of them can fail to become JSON.
    let tree = serde_json::to_value(&versioned).ok().map(without_nothing)?;
    match format {
        Format::Toml => Some(toml(&tree)),
        Format::Yaml => Some(role::yaml::document(&tree)),
        Format::Json => serde_json::to_string_pretty(&tree).ok().map(|text| text + "\n"),
        Format::HeVars => {
            let mut variables = role::from_answers(answers);
            variables.extend(answers.advanced.ansible_extra_variables.clone());
            Some(role::yaml::document(&Value::Object(variables)))
        }
        Format::Otopi => None,
    }
}

/// Without empty tables, which say nothing, but with the empty table of a storage kind, which names the kind.
fn without_nothing(tree: Value) -> Value {
    let Value::Object(tables) = tree else { return tree };
    Value::Object(
        tables.into_iter().filter(|(_, value)| !matches!(value, Value::Object(map) if map.is_empty())).collect(),
    )
}

/// TOML with a table for every section, references to secrets in line.
fn toml(tree: &Value) -> String {
    let mut text = String::new();
    if let Value::Object(tables) = tree {
        toml_table(&mut text, "", tables);
    }
    text
}

fn toml_table(text: &mut String, path: &str, table: &Map<String, Value>) {
    let is_section = |value: &Value| matches!(value, Value::Object(map) if !is_secret_reference(map));
    for (key, value) in table.iter().filter(|(_, value)| !is_section(value) && !value.is_null()) {
        text.push_str(&format!("{} = {}\n", toml_key(key), toml_value(value)));
    }
    for (key, value) in table {
        if let (Value::Object(section), true) = (value, is_section(value)) {
            let path = if path.is_empty() { toml_key(key) } else { format!("{path}.{}", toml_key(key)) };
            // A table of tables alone needs no line of its own.
            if section.is_empty() || section.values().any(|value| !is_section(value)) {
                text.push_str(&format!("\n[{path}]\n"));
            }
            toml_table(text, &path, section);
        }
    }
}

fn is_secret_reference(map: &Map<String, Value>) -> bool {
    map.len() == 1 && map.iter().all(|(key, value)| matches!(key.as_str(), "env" | "file") && value.is_string())
}

pub(super) fn toml_key(key: &str) -> String {
    let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    if bare { key.to_owned() } else { toml_text(key) }
}

pub(super) fn toml_value(value: &Value) -> String {
    match value {
        Value::String(text) => toml_text(text),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().filter(|value| !value.is_null()).map(toml_value).collect();
            format!("[{}]", values.join(", "))
        }
        Value::Object(table) if table.is_empty() => "{}".to_owned(),
        Value::Object(table) => {
            let entries = table.iter().filter(|(_, value)| !value.is_null());
            let entries: Vec<String> =
                entries.map(|(key, value)| format!("{} = {}", toml_key(key), toml_value(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        // A fraction must keep its point.
        Value::Number(number) if number.is_f64() => format!("{:?}", number.as_f64().unwrap_or_default()),
        other => other.to_string(),
    }
}

/// A basic string in one line; keys may be no other, and values need no other.
fn toml_text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            // What no eye sees, or takes for a line's end.
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                quoted.push_str(&format!("\\u{:04X}", u32::from(c)));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
