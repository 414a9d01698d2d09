//! [`SecretAnswer`]: a password in an answer file: written there, named by reference, or left out.

use crate::secret::Secret;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where a secret is read from instead of standing in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretRef {
    /// An environment variable of the process that reads the answers.
    Env(String),
    /// A file on the machine that reads the answers; one trailing line break is not part of the secret.
    File(String),
}

impl std::fmt::Display for SecretRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Env(name) => write!(f, "environment variable {name}"),
            Self::File(path) => write!(f, "file {path}"),
        }
    }
}

/// A secret's place in the answers. A literal value is never serialized and never printed; a reference is.
/// A resolved reference keeps both, so that an export still names where the secret comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretAnswer {
    reference: Option<SecretRef>,
    value: Option<Secret>,
}

impl SecretAnswer {
    /// A secret given by its value.
    pub fn literal(value: impl Into<Secret>) -> Self {
        Self { reference: None, value: Some(value.into()) }
    }

    /// A secret to be read from elsewhere by [`super::Answers::resolve_secrets`].
    pub fn reference(reference: SecretRef) -> Self {
        Self { reference: Some(reference), value: None }
    }

    /// The value, once it is known.
    pub fn value(&self) -> Option<&Secret> {
        self.value.as_ref()
    }

    /// The reference, resolved or not.
    pub fn source(&self) -> Option<&SecretRef> {
        self.reference.as_ref()
    }

    /// Sets the value and keeps the reference.
    pub fn set(&mut self, value: Secret) {
        self.value = Some(value);
    }

    /// Neither a value nor a reference was given.
    pub fn is_missing(&self) -> bool {
        self.reference.is_none() && self.value.is_none()
    }

    /// There is nothing that an answer file may hold.
    pub fn has_no_reference(&self) -> bool {
        self.reference.is_none()
    }
}

impl From<&str> for SecretAnswer {
    fn from(value: &str) -> Self {
        Self::literal(value)
    }
}

impl Serialize for SecretAnswer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.reference.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SecretAnswer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecretVisitor)
    }
}

struct SecretVisitor;

impl<'de> Visitor<'de> for SecretVisitor {
    type Value = SecretAnswer;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a string, { env = \"NAME\" } or { file = \"/path\" }")
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<SecretAnswer, E> {
        Ok(SecretAnswer::literal(value))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<SecretAnswer, E> {
        Ok(SecretAnswer::literal(Secret::new(value)))
    }

    fn visit_unit<E: de::Error>(self) -> Result<SecretAnswer, E> {
        Ok(SecretAnswer::default())
    }

    fn visit_none<E: de::Error>(self) -> Result<SecretAnswer, E> {
        Ok(SecretAnswer::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<SecretAnswer, D::Error> {
        deserializer.deserialize_any(self)
    }

    // serde's own messages quote the value they did not expect; a secret must not be quoted.
    fn visit_bool<E: de::Error>(self, _: bool) -> Result<SecretAnswer, E> {
        Err(not_a_secret())
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<SecretAnswer, E> {
        Err(not_a_secret())
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<SecretAnswer, E> {
        Err(not_a_secret())
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<SecretAnswer, E> {
        Err(not_a_secret())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<SecretAnswer, A::Error> {
        let reference = match map.next_entry::<String, String>()? {
            Some((key, name)) if key == "env" => SecretRef::Env(name),
            Some((key, path)) if key == "file" => SecretRef::File(path),
            _ => return Err(not_a_secret()),
        };
        match map.next_key::<String>()? {
            None => Ok(SecretAnswer::reference(reference)),
            Some(_) => Err(not_a_secret()),
        }
    }
}

fn not_a_secret<E: de::Error>() -> E {
    E::custom("expected a string, { env = \"NAME\" } or { file = \"/path\" }")
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for SecretAnswer {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "The value itself, or where to read it: an environment variable or a file.",
            "writeOnly": true,
            "oneOf": [
                { "type": "string" },
                {
                    "type": "object",
                    "properties": { "env": { "type": "string" } },
                    "required": ["env"],
                    "additionalProperties": false,
                },
                {
                    "type": "object",
                    "properties": { "file": { "type": "string" } },
                    "required": ["file"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_neither_serialized_nor_printed() {
        let secret: SecretAnswer = serde_json::from_str("\"canary\"").unwrap();
        assert_eq!(secret.value().unwrap().expose(), "canary");
        assert_eq!(serde_json::to_string(&secret).unwrap(), "null");
        assert!(!format!("{secret:?}").contains("canary"));
    }

    #[test]
    fn a_reference_survives_being_resolved() {
        let text = r#"{"env":"ADMIN_PASSWORD"}"#;
        let mut secret: SecretAnswer = serde_json::from_str(text).unwrap();
        secret.set("canary".into());
        assert_eq!(serde_json::to_string(&secret).unwrap(), text);
        assert_eq!(secret.value().unwrap().expose(), "canary");
    }

    #[test]
    fn a_refused_secret_is_not_quoted_in_the_error() {
        for text in ["12345678", "true", r#"{"env":"A","file":"B"}"#, r#"{"value":"canary"}"#, "1.5"] {
            let error = serde_json::from_str::<SecretAnswer>(text).unwrap_err().to_string();
            assert!(error.starts_with("expected a string, "), "{error}");
        }
    }
}
