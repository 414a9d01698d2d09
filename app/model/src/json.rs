//! Typed values out of JSON, with little code for each type.
//!
//! serde writes the reading of a type anew for every deserializer that it is read with, and serde_json's bring their parser into
//! each copy. What a browser loads is made of little else, so it reads all it can through the one deserializer of this module:
//! the text becomes a [`Value`] first, which is the same code for all types, and a struct is an object, never an array.

use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error as _, Expected, IntoDeserializer, Unexpected, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};
use serde_json::{Error, Map, Value};

/// Reads a text.
///
/// # Errors
/// When it is no JSON, or not of that type.
pub fn read<T: for<'de> Deserialize<'de>>(text: &[u8]) -> Result<T, Error> {
    typed(serde_json::from_slice(text)?)
}

/// Gives a value its type.
///
/// # Errors
/// When it is not of that type.
pub fn typed<T: for<'de> Deserialize<'de>>(value: Value) -> Result<T, Error> {
    T::deserialize(Node(value))
}

struct Node(Value);

impl IntoDeserializer<'_, Error> for Node {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

type Entries =
    MapDeserializer<'static, std::iter::Map<serde_json::map::IntoIter, fn((String, Value)) -> (String, Node)>, Error>;
type Items = SeqDeserializer<std::iter::Map<std::vec::IntoIter<Value>, fn(Value) -> Node>, Error>;

fn entries(object: Map<String, Value>) -> Entries {
    MapDeserializer::new(object.into_iter().map(|(key, value)| (key, Node(value))))
}

fn items(array: Vec<Value>) -> Items {
    SeqDeserializer::new(array.into_iter().map(Node))
}

#[inline(never)]
fn mismatch(value: &Value, expected: &dyn Expected) -> Error {
    Error::invalid_type(
        match value {
            Value::Null => Unexpected::Unit,
            Value::Bool(value) => Unexpected::Bool(*value),
            Value::Number(_) => Unexpected::Other("number"),
            Value::String(text) => Unexpected::Str(text),
            Value::Array(_) => Unexpected::Seq,
            Value::Object(_) => Unexpected::Map,
        },
        expected,
    )
}

// Never drawn into the callers: all fields of one type share one copy.
impl<'de> Deserializer<'de> for Node {
    type Error = Error;

    #[inline(never)]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(number) => number.deserialize_any(visitor),
            Value::String(text) => visitor.visit_string(text),
            Value::Array(array) => visitor.visit_seq(items(array)),
            Value::Object(object) => visitor.visit_map(entries(object)),
        }
    }

    #[inline(never)]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::String(text) => visitor.visit_string(text),
            other => Err(mismatch(&other, &visitor)),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_string(visitor)
    }

    #[inline(never)]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    #[inline(never)]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Array(array) => visitor.visit_seq(items(array)),
            other => Err(mismatch(&other, &visitor)),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    #[inline(never)]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.0 {
            Value::Object(object) => visitor.visit_map(entries(object)),
            other => Err(mismatch(&other, &visitor)),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    #[inline(never)]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self.0 {
            Value::String(word) => visitor.visit_enum(IntoDeserializer::<Error>::into_deserializer(word)),
            Value::Object(object) if object.len() == 1 => {
                visitor.visit_enum(MapAccessDeserializer::new(entries(object)))
            }
            other => Err(mismatch(&other, &visitor)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char bytes byte_buf unit unit_struct identifier
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, Kind, Outcome};
    use crate::lang::Text;
    use crate::phase::Phase;
    use crate::plan::Plan;
    use serde::Serialize;
    use serde::de::DeserializeOwned;
    use std::collections::BTreeMap;
    use std::fmt::Debug;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct All {
        number: u64,
        negative: i32,
        share: f64,
        yes: bool,
        none: Option<u8>,
        some: Option<String>,
        pair: (u16, Vec<String>),
        map: BTreeMap<String, Vec<Shape>>,
        #[serde(default)]
        missing: u32,
        outcome: Result<(), Text>,
        free: Value,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "kebab-case")]
    enum Shape {
        Unit,
        New(String),
        Tuple(u8, u8),
        Struct { field: Option<Box<Shape>> },
    }

    /// As serde_json's own reader reads it.
    fn alike<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
        let text = serde_json::to_string(value).unwrap();
        assert_eq!(&read::<T>(text.as_bytes()).unwrap(), value, "{text}");
        assert_eq!(serde_json::from_str::<T>(&text).unwrap(), *value);
    }

    #[test]
    fn every_shape_is_read_as_it_was_written() {
        let nested = Shape::Struct { field: Some(Box::new(Shape::Tuple(1, 2))) };
        let shapes = vec![Shape::Unit, Shape::New("x".into()), Shape::Struct { field: None }, nested];
        alike(&All {
            number: u64::MAX,
            negative: -7,
            share: 0.25,
            yes: true,
            none: None,
            some: Some("\"ü\"\n".into()),
            pair: (3, vec!["a".into(), String::new()]),
            map: [("k".to_owned(), shapes)].into(),
            missing: 4,
            outcome: Err(Text::new("a", "b")),
            free: serde_json::json!({"a": [1, null, {"b": -1.5}]}),
        });
    }

    #[test]
    fn tagged_and_flattened_types_are_read_too() {
        let plan = Plan::deployment("host1", "engine.example", Phase::InitialClean);
        let ended = Outcome::Cancelled { phase: Some(Phase::InitialClean) };
        for kind in [Kind::Planned { plan }, Kind::Continued, Kind::Ended { outcome: ended }] {
            alike(&Event { run: "r".into(), seq: 1, at: 2, phase: None, offset: Some(9), kind });
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (text, why) in [
            ("{\"number\": \"1\"}", "invalid type: string \"1\", expected u64"),
            ("{\"map\": []}", "invalid type: sequence, expected a map"),
            ("{\"some\": 1}", "invalid type: number, expected a string"),
            ("{\"map\": {\"k\": [\"other\"]}}", "unknown variant `other`"),
            ("{\"number\": 1}", "missing field `negative`"),
            ("[1]", "invalid type: sequence, expected struct All"),
            ("{", "EOF"),
        ] {
            let error = read::<All>(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
