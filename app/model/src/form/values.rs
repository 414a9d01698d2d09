//! [`Values`]: what was typed into the form, and the answers that it means.

use super::{Field, Kind, When, field, fields};
use crate::answers::Answers;
use crate::lang::text;
use crate::problem::Problem;
use crate::secret::Secret;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Texts by the path of their field, as typed. What is empty is not here; secrets never are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Values(BTreeMap<String, String>);

impl Values {
    /// What was typed; empty when nothing was.
    pub fn get(&self, path: &str) -> &str {
        self.0.get(path).map_or("", String::as_str)
    }

    /// Takes what was typed. Secrets and paths that no field has are refused: `false`.
    pub fn set(&mut self, path: &str, typed: &str) -> bool {
        let known = field(path).is_some_and(|field| !field.is_secret());
        if known && typed.is_empty() {
            self.0.remove(path);
        } else if known {
            self.0.insert(path.to_owned(), typed.to_owned());
        }
        known
    }

    /// All that was typed.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(path, typed)| (path.as_str(), typed.as_str()))
    }

    /// What counts: what was typed, else the field's default.
    fn counts<'a>(&'a self, field: &'a Field) -> &'a str {
        match self.get(field.path).trim() {
            "" => field.default,
            typed => typed,
        }
    }

    /// Whether a field is asked, by what the others say.
    pub fn shows(&self, asked: &Field) -> bool {
        match asked.when {
            When::Always => true,
            When::Given(other) => !self.get(other).trim().is_empty(),
            When::Is(other, words) => field(other).is_some_and(|other| words.contains(&self.counts(other))),
        }
    }

    /// The answers that this means, `secret` giving what was typed into the fields of passwords. Of a text that is no
    /// answer (letters in a number) a problem is told and the answer left out. Fields that are not asked are left out.
    pub fn answers(&self, mut secret: impl FnMut(&str) -> Option<Secret>) -> (Answers, Vec<Problem>) {
        let (mut tree, mut problems, mut secrets) = (Map::new(), Vec::new(), Vec::new());
        for field in fields().filter(|field| self.shows(field)) {
            if field.is_secret() {
                if let Some(secret) = secret(field.path) {
                    put(&mut tree, field.path, Value::Null);
                    secrets.push((field.path, secret));
                }
                continue;
            }
            // The kind of storage is the one default that must stand there: without it there would be no storage.
            let typed = if field.path == "storage.type" { self.counts(field) } else { self.get(field.path).trim() };
            match value(field, typed) {
                Ok(None) => {}
                Ok(Some(value)) => put(&mut tree, field.path, value),
                Err(problem) => problems.push(*problem),
            }
        }
        // Every value has its field's type by now.
        let mut answers: Answers = crate::json::typed(Value::Object(tree)).unwrap_or_default();
        for (path, secret) in secrets {
            answers.set_secret(path, secret);
        }
        (answers, problems)
    }

    /// What must be typed to mean these answers. Secrets and what the login gives are left out.
    pub fn of(answers: &Answers) -> Self {
        let tree = serde_json::to_value(answers).unwrap_or_default();
        let mut values = Self::default();
        for field in fields().filter(|field| !field.is_secret()) {
            let found = field.path.split('.').try_fold(&tree, |node, key| node.get(key));
            if let Some(found) = found {
                values.set(field.path, &typed(found));
            }
        }
        if answers.engine_vm.ip.is_some() && answers.engine_vm.network.is_none() {
            values.set("engine_vm.network", "static");
        }
        if let Some(kind) = answers.storage.as_ref().and_then(|storage| storage.storage_type()) {
            values.set("storage.type", kind.name());
        }
        values
    }
}

fn put(tree: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => drop(tree.insert(path.to_owned(), value)),
        Some((key, rest)) => {
            let inner = tree.entry(key).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = inner {
                put(inner, rest, value);
            }
        }
    }
}

fn value(field: &Field, typed: &str) -> Result<Option<Value>, Box<Problem>> {
    if typed.is_empty() {
        return Ok(None);
    }
    let problem = |message, remedy| Err(Box::new(Problem::new(field.path, message, remedy)));
    Ok(Some(match field.kind {
        Kind::Text | Kind::Long | Kind::Interface | Kind::Secret { .. } => typed.into(),
        Kind::Number { most, .. } => match typed.parse::<u64>() {
            Ok(number) if number <= most => number.into(),
            _ => {
                return problem(
                    text!(
                        "\"{typed}\" is no number that is possible here.",
                        "\"{typed}\" はここで指定できる数値ではありません。"
                    ),
                    text!(
                        "Write a whole number up to {most}, digits only.",
                        "{most} 以下の整数を数字だけで指定してください。"
                    ),
                );
            }
        },
        Kind::Switch => match typed {
            "true" => true.into(),
            "false" => false.into(),
            _ => {
                return problem(
                    text!("\"{typed}\" is neither on nor off.", "\"{typed}\" はオンでもオフでもありません。"),
                    text!("Switch it on or off.", "オンまたはオフにしてください。"),
                );
            }
        },
        Kind::Choice(choices) => match choices.iter().find(|choice| choice.value == typed) {
            Some(choice) => choice.value.into(),
            None => {
                return problem(
                    text!("\"{typed}\" is not among the choices.", "\"{typed}\" は選択肢にありません。"),
                    text!("Choose one of the list.", "一覧から選んでください。"),
                );
            }
        },
        Kind::Lines => {
            let items = typed.lines().flat_map(|line| line.split(',')).map(str::trim).filter(|item| !item.is_empty());
            items.map(Value::from).collect()
        }
        Kind::Variables => {
            let mut map = Map::new();
            for line in typed.lines().map(str::trim).filter(|line| !line.is_empty()) {
                let parts = line
                    .split_once('=')
                    .map(|(name, json)| (name.trim(), serde_json::from_slice(json.trim().as_bytes())));
                match parts {
                    Some((name, Ok(value))) => drop(map.insert(name.to_owned(), value)),
                    _ => {
                        return problem(
                            text!(
                                "\"{line}\" is not of the form name = value.",
                                "\"{line}\" は「名前 = 値」の形ではありません。"
                            ),
                            text!(
                                "Write the value in JSON: my_text = \"a\", my_number = 1, my_switch = true.",
                                "値は JSON で書いてください: my_text = \"a\"、my_number = 1、my_switch = true。"
                            ),
                        );
                    }
                }
            }
            Value::Object(map)
        }
    }))
}

fn typed(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(typed).collect::<Vec<_>>().join("\n"),
        Value::Object(map) => {
            map.iter().map(|(name, value)| format!("{name} = {value}")).collect::<Vec<_>>().join("\n")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn none(_: &str) -> Option<Secret> {
        None
    }

    /// Something that each kind of field takes.
    fn sample(field: &Field) -> String {
        match field.kind {
            Kind::Number { .. } => "7".into(),
            Kind::Switch => "true".into(),
            Kind::Choice(choices) => choices.last().unwrap().value.into(),
            Kind::Lines => "one\ntwo".into(),
            Kind::Variables => "a = 1\nb = \"x\"".into(),
            _ => format!("text of {}", field.path),
        }
    }

    #[test]
    fn every_field_reaches_its_answer_and_comes_back() {
        for field in fields().filter(|field| !field.is_secret()) {
            let mut values = Values::default();
            match field.when {
                When::Is(other, words) => assert!(values.set(other, words[0])),
                When::Given(other) => assert!(values.set(other, "/a")),
                When::Always => {}
            }
            assert!(values.set(field.path, &sample(field)));
            let (answers, problems) = values.answers(none);
            assert!(problems.is_empty(), "{}: {problems:?}", field.path);
            assert_eq!(Values::of(&answers).get(field.path), sample(field), "{}", field.path);
        }
    }

    #[test]
    fn every_secret_reaches_its_answer_and_is_no_value() {
        for field in fields().filter(|field| field.is_secret()) {
            let mut values = Values::default();
            assert!(!values.set(field.path, "canary"), "{}", field.path);
            if let When::Is(other, words) = field.when {
                values.set(other, words[0]);
            }
            let (answers, _) = values.answers(|path| (path == field.path).then(|| "canary".into()));
            assert!(answers.secrets().iter().any(|(path, secret)| *path == field.path && secret.expose() == "canary"));
            assert!(!format!("{:?}", Values::of(&answers)).contains("canary"));
        }
    }

    #[test]
    fn what_cannot_be_an_answer_is_told_and_left_out() {
        for (path, typed) in [
            ("engine_vm.vcpus", "four"),
            ("engine.smtp_port", "65536"),
            ("engine_vm.prefix", "-1"),
            ("engine_vm.network", "bonded"),
            ("engine_vm.fips", "maybe"),
            ("advanced.ansible_extra_variables", "name: value"),
        ] {
            let mut values = Values::default();
            values.set("engine_vm.network", "static");
            values.set(path, typed);
            let (answers, problems) = values.answers(none);
            assert_eq!(problems.iter().map(|problem| problem.field.as_str()).collect::<Vec<_>>(), [path], "{typed}");
            assert_eq!(Values::of(&answers).get(path), "", "{path}");
        }
    }

    #[test]
    fn what_is_not_asked_is_no_answer_but_stays_typed() {
        let mut values = Values::default();
        values.set("storage.type", "nfs");
        values.set("storage.iscsi.target", "iqn.2024-01.example:t");
        values.set("engine_vm.ip", "192.0.2.1/24");
        let (answers, _) = values.answers(none);
        assert!(answers.storage.unwrap().iscsi.is_none() && answers.engine_vm.ip.is_none());
        assert_eq!(values.get("storage.iscsi.target"), "iqn.2024-01.example:t");
    }

    #[test]
    fn a_list_may_be_typed_with_commas_too() {
        let mut values = Values::default();
        values.set("engine.mail_recipients", " a@example.com, b@example.com\n\nc@example.com ");
        let (answers, _) = values.answers(none);
        assert_eq!(answers.engine.mail_recipients, ["a@example.com", "b@example.com", "c@example.com"]);
    }

    #[test]
    fn an_address_in_a_file_means_a_static_network() {
        let mut answers = Answers::default();
        answers.engine_vm.ip = Some("192.0.2.50/24".into());
        assert_eq!(Values::of(&answers).get("engine_vm.network"), "static");
    }
}
