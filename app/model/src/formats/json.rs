//! JSON to [`Node`]. serde_json gives no places, but slices of the text, and where a slice lies is its place.

use super::syntax_problem;
use super::tree::{Entry, Lines, Node, Value, clamp};
use crate::problem::{Position, Problem};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

pub(super) fn parse(text: &str) -> Result<Node, Box<Problem>> {
    let root: &RawValue = serde_json::from_str(text).map_err(|error| problem(&error))?;
    node(root, text, &Lines::of(text)).map_err(|error| problem(&error))
}

fn problem(error: &serde_json::Error) -> Box<Problem> {
    // The message ends with the place, which is told in its own way.
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    // serde_json counts the columns of an error from 0.
    let at = Position { line: clamp(error.line()), column: clamp(error.column()).max(1) };
    syntax_problem("JSON", message, Some(at))
}

fn node(raw: &RawValue, whole: &str, lines: &Lines<'_>) -> Result<Node, serde_json::Error> {
    let json = raw.get();
    let value = match json.as_bytes().first() {
        Some(b'{') => {
            let Pairs(pairs) = serde_json::from_str(json)?;
            let entries = pairs.into_iter().map(|(key, value)| {
                let at = lines.place(offset(key.get(), whole));
                Ok(Entry { at, key: serde_json::from_str(key.get())?, node: node(value, whole, lines)? })
            });
            Value::Table(entries.collect::<Result<_, serde_json::Error>>()?)
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(json)?;
            Value::List(items.into_iter().map(|item| node(item, whole, lines)).collect::<Result<_, _>>()?)
        }
        _ => match serde_json::from_str(json)? {
            serde_json::Value::Bool(value) => Value::Bool(value),
            serde_json::Value::String(text) => Value::Text(text),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(whole) => Value::Whole(whole),
                None => Value::Fraction(number.as_f64().unwrap_or(f64::NAN)),
            },
            _ => Value::Nothing,
        },
    };
    Ok(Node::new(lines.place(offset(json, whole)), value))
}

/// Where a slice of `whole` starts in it.
fn offset(slice: &str, whole: &str) -> usize {
    (slice.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}

/// The members of an object in their order, repeated ones too.
struct Pairs<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;
        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<'de>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(PairsVisitor)
    }
}
