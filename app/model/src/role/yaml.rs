//! YAML that any YAML reader takes the same way: every string in double quotes, everything but plain ASCII escaped.

use serde_json::Value;

/// A double-quoted YAML scalar. YAML 1.1 (which Ansible's reader speaks) folds some Unicode line breaks inside quotes
/// and refuses unprintable characters, so that all but printable ASCII is escaped.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            ' '..='~' => quoted.push(c),
            _ => quoted.push_str(&match u32::from(c) {
                code @ ..=0xff => format!("\\x{code:02X}"),
                code @ ..=0xffff => format!("\\u{code:04X}"),
                code => format!("\\U{code:08X}"),
            }),
        }
    }
    quoted.push('"');
    quoted
}

/// A document of the tables, lists and scalars in `value`; block style, two spaces a level.
pub fn document(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, 0);
    text
}

fn write(text: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(table) if !table.is_empty() => {
            for (key, value) in table {
                let key = if is_plain_key(key) { key.clone() } else { quoted(key) };
                write_entry(text, &format!("{key}:"), value, indent, 2);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for value in list {
                write_entry(text, "-", value, indent, 2);
            }
        }
        scalar => {
            text.push_str(&inline(scalar));
            text.push('\n');
        }
    }
}

fn write_entry(text: &mut String, head: &str, value: &Value, indent: usize, step: usize) {
    text.push_str(&" ".repeat(indent));
    text.push_str(head);
    let nested = match value {
        Value::Object(table) => !table.is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => false,
    };
    if nested {
        text.push('\n');
        write(text, value, indent + step);
    } else {
        text.push(' ');
        text.push_str(&inline(value));
        text.push('\n');
    }
}

/// A scalar, or an empty table or list.
fn inline(value: &Value) -> String {
    match value {
        Value::String(string) => quoted(string),
        other => other.to_string(),
    }
}

/// A key that no YAML reader takes for anything but a string.
fn is_plain_key(key: &str) -> bool {
    const WORDS: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !WORDS.contains(&key.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_string_is_never_taken_for_something_else() {
        for (text, yaml) in [
            ("yes", r#""yes""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("line\nline\u{2028}\u{85}", r#""line\nline\u2028\x85""#),
            ("日本😀", r#""\u65E5\u672C\U0001F600""#),
            ("{{ x }} # no comment", r#""{{ x }} # no comment""#),
        ] {
            assert_eq!(quoted(text), yaml);
        }
    }

    #[test]
    fn tables_and_lists_stand_in_blocks() {
        let value = json!({"a": [1, "x", {"b": null}], "no": {}, "t": {"u": true}});
        assert_eq!(document(&value), "a:\n  - 1\n  - \"x\"\n  -\n    b: null\n\"no\": {}\nt:\n  u: true\n");
    }
}
