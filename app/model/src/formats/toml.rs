//! TOML to [`Node`].

use super::syntax_problem;
use super::tree::{Entry, Lines, Node, Value};
use crate::problem::Problem;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub(super) fn parse(text: &str) -> Result<Node, Box<Problem>> {
    let lines = Lines::of(text);
    match DeTable::parse(text) {
        Ok(table) => Ok(Node::new(lines.place(0), entries(table.get_ref(), &lines))),
        // The message alone: the rendered error quotes the line, and the line may hold a password.
        Err(error) => Err(syntax_problem("TOML", error.message(), error.span().map(|span| lines.place(span.start)))),
    }
}

fn entries(table: &DeTable<'_>, lines: &Lines<'_>) -> Value {
    let entries = table.iter().map(|(key, value)| Entry {
        at: lines.place(key.span().start),
        key: key.get_ref().to_string(),
        node: node(value, lines),
    });
    Value::Table(entries.collect())
}

fn node(value: &Spanned<DeValue<'_>>, lines: &Lines<'_>) -> Node {
    let content = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map_or_else(|_| Value::Text(number.as_str().to_owned()), Value::Whole),
        DeValue::Float(number) => {
            number.as_str().parse().map_or_else(|_| Value::Text(number.as_str().to_owned()), Value::Fraction)
        }
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(date) => Value::Text(date.to_string()),
        DeValue::Array(values) => Value::List(values.iter().map(|value| node(value, lines)).collect()),
        DeValue::Table(table) => entries(table, lines),
    };
    Node::new(lines.place(value.span().start), content)
}
