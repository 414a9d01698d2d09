//! From a [`Node`] to typed answers: serde's deserializer over the tree, which tells mistakes in our own words.

use super::tree::{Entry, Node, Value, is_yaml_null};
use crate::lang::{Text, text};
use crate::problem::{Position, Problem};
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

/// How much the writer of the file is trusted to have meant: our own formats say `25`, variable files say `"25"` too.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Manners {
    Strict,
    Lenient,
}

/// Reads all that can be read: what cannot becomes a problem and is left out.
pub(super) fn read<T: DeserializeOwned + Default>(root: &Node, manners: Manners) -> (T, Vec<Problem>) {
    let mut root = root.clone();
    let mut problems = Vec::new();
    loop {
        match T::deserialize(Reader { node: &root, manners }) {
            Ok(value) => return (value, problems),
            Err(mistake) => {
                let path = mistake.path.clone();
                problems.push(mistake.problem(&root));
                if path.is_empty() {
                    return (T::default(), problems);
                }
                root.remove(&path);
            }
        }
    }
}

/// Something in the tree that does not fit. `path` is built from the inside out.
#[derive(Debug)]
struct Mistake {
    what: What,
    path: Vec<usize>,
    at: Option<Position>,
}

#[derive(Debug)]
enum What {
    UnknownKey { key: String, known: &'static [&'static str] },
    UnknownWord { word: String, known: Vec<String> },
    Kind(Box<Kind>),
    Secret,
}

#[derive(Debug)]
struct Kind {
    found: Text,
    wanted: Text,
    /// A text stands where its content might do.
    quoted: bool,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.what)
    }
}

impl std::error::Error for Mistake {}

impl de::Error for Mistake {
    /// Only [`SecretAnswer`](crate::answers::SecretAnswer) speaks for itself.
    fn custom<T: std::fmt::Display>(_: T) -> Self {
        What::Secret.into()
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        What::UnknownKey { key: field.to_owned(), known: expected }.into()
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let known = expected.iter().map(|word| (*word).to_owned()).collect();
        What::UnknownWord { word: variant.to_owned(), known }.into()
    }
}

impl From<What> for Mistake {
    fn from(what: What) -> Self {
        Self { what, path: Vec::new(), at: None }
    }
}

impl Mistake {
    fn inside(mut self, index: usize, at: Position) -> Self {
        self.path.insert(0, index);
        self.at.get_or_insert(at);
        self
    }

    fn problem(self, root: &Node) -> Problem {
        let field = path_text(root, &self.path);
        let (message, remedy) = match self.what {
            What::UnknownKey { key, known } => {
                let table = match field.rsplit_once('.') {
                    Some((table, _)) => text!("[{table}]", "[{table}]"),
                    None => text!("The file", "ファイル"),
                };
                let list = known.join(", ");
                let remedy = match nearest(&key, known.iter().copied()) {
                    Some(near) => text!("Did you mean \"{near}\"?", "\"{near}\" ではありませんか。"),
                    None => text!("Known here: {list}.", "使用できるキー: {list}。"),
                };
                let message = Text::new(
                    format!("{} has no key \"{key}\".", table.en),
                    format!("{} に \"{key}\" というキーはありません。", table.ja),
                );
                (message, remedy)
            }
            What::UnknownWord { word, known } => {
                let list = known.join(", ");
                let remedy = match nearest(&word, known.iter().map(String::as_str)) {
                    Some(near) => text!(
                        "Did you mean \"{near}\"? Possible are: {list}.",
                        "\"{near}\" ではありませんか。使用できる値: {list}。"
                    ),
                    None => text!("Possible are: {list}.", "使用できる値: {list}。"),
                };
                (text!("\"{word}\" is not possible here.", "\"{word}\" はここでは使用できません。"), remedy)
            }
            What::Kind(kind) => {
                let Kind { found, wanted, quoted } = *kind;
                (
                    Text::new(
                        format!("{} was expected here, but this is {}.", capital(&wanted.en), found.en),
                        format!("ここには{}が必要ですが、{}が書かれています。", wanted.ja, found.ja),
                    ),
                    match quoted {
                        true => Text::new(
                            format!("Write {}, without quotes.", wanted.en),
                            format!("{}を引用符なしで書いてください。", wanted.ja),
                        ),
                        false => Text::new(format!("Write {}.", wanted.en), format!("{}を書いてください。", wanted.ja)),
                    },
                )
            }
            What::Secret => (
                text!("This is not how a secret is given.", "秘密情報の書き方が正しくありません。"),
                text!(
                    "Write a text in quotes, {{ env = \"NAME\" }} or {{ file = \"/path\" }}; or leave it out to be asked.",
                    "引用符で囲んだ文字列、{{ env = \"NAME\" }}、{{ file = \"/path\" }} のいずれかで書くか、省いて入力時に指定してください。"
                ),
            ),
        };
        Problem { field, message, remedy, at: self.at }
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// The known word that was most likely meant.
pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |word: &str| word.to_ascii_lowercase().replace('-', "_");
    let word = plain(word);
    known
        .map(|known| (strsim::damerau_levenshtein(&word, &plain(known)), known))
        .filter(|(distance, known)| {
            let length = known.len().max(word.len());
            *distance <= (length / 3).max(1) && distance * 2 < length
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// `engine_vm.dns[0]` of a path of positions.
fn path_text(root: &Node, path: &[usize]) -> String {
    let mut text = String::new();
    let mut node = Some(root);
    for index in path {
        node = match node.map(|node| &node.value) {
            Some(Value::Table(entries)) => entries.get(*index).map(|entry| {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(&entry.key);
                &entry.node
            }),
            Some(Value::List(nodes)) => {
                text.push_str(&format!("[{index}]"));
                nodes.get(*index)
            }
            _ => None,
        };
    }
    text
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    node: &'a Node,
    manners: Manners,
}

impl<'a> Reader<'a> {
    fn lenient(&self) -> bool {
        self.manners == Manners::Lenient
    }

    fn wanted(&self, wanted: Text) -> Mistake {
        let found = match &self.node.value {
            Value::Nothing => text!("nothing", "値なし"),
            Value::Bool(_) => text!("true or false", "真偽値"),
            Value::Whole(number) => text!("the number {number}", "数値 {number} "),
            Value::Fraction(_) => text!("a number with a fraction", "小数"),
            Value::Text(_) => text!("a text", "文字列"),
            Value::Plain(_) => text!("a word", "単語"),
            Value::List(_) => text!("a list", "リスト"),
            Value::Table(_) => text!("a table", "テーブル"),
        };
        let scalar = wanted.en.contains("number") || wanted.en.contains("true");
        let quoted = scalar && matches!(self.node.value, Value::Text(_));
        What::Kind(Box::new(Kind { found, wanted, quoted })).into()
    }

    fn whole(&self) -> Option<i64> {
        match &self.node.value {
            Value::Whole(number) => Some(*number),
            Value::Plain(text) => text.parse().ok(),
            Value::Text(text) if self.lenient() => text.trim().parse().ok(),
            _ => None,
        }
    }

    fn text(&self) -> Option<String> {
        match &self.node.value {
            Value::Text(text) | Value::Plain(text) => Some(text.clone()),
            Value::Whole(_) | Value::Fraction(_) | Value::Bool(_) if self.lenient() => self.node.scalar(),
            _ => None,
        }
    }

    fn unsigned<'de, V: Visitor<'de>>(self, visitor: V, most: u64) -> Result<V::Value, Mistake> {
        match self.whole().and_then(|number| u64::try_from(number).ok()).filter(|number| *number <= most) {
            Some(number) => visitor.visit_u64(number),
            None if most >= u32::MAX.into() => Err(self.wanted(text!("a whole number", "整数"))),
            None => Err(self.wanted(text!("a whole number from 0 to {most}", "0 から {most} までの整数"))),
        }
    }

    fn map(self, entries: &'a [Entry]) -> Map<'a> {
        Map { entries, next: 0, manners: self.manners }
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.node.value {
            Value::Nothing => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Whole(number) => visitor.visit_i64(*number),
            Value::Fraction(number) => visitor.visit_f64(*number),
            Value::Text(text) => visitor.visit_str(text),
            Value::Plain(text) => match text.as_str() {
                text if is_yaml_null(text) => visitor.visit_unit(),
                "true" | "True" | "TRUE" => visitor.visit_bool(true),
                "false" | "False" | "FALSE" => visitor.visit_bool(false),
                text => match (text.parse(), text.parse::<f64>()) {
                    (Ok(whole), _) => visitor.visit_i64(whole),
                    (_, Ok(fraction)) if fraction.is_finite() => visitor.visit_f64(fraction),
                    _ => visitor.visit_str(text),
                },
            },
            Value::List(nodes) => visitor.visit_seq(List { nodes, next: 0, manners: self.manners }),
            Value::Table(entries) => visitor.visit_map(self.map(entries)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.node.value {
            Value::Nothing => visitor.visit_none(),
            Value::Plain(text) if is_yaml_null(text) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let words = match &self.node.value {
            Value::Bool(value) => return visitor.visit_bool(*value),
            Value::Plain(text) => text.to_ascii_lowercase(),
            Value::Text(text) if self.lenient() => text.trim().to_ascii_lowercase(),
            _ => String::new(),
        };
        // YAML 1.1, which Ansible reads, has more words for it.
        match words.as_str() {
            "true" | "yes" | "on" => visitor.visit_bool(true),
            "false" | "no" | "off" => visitor.visit_bool(false),
            _ => Err(self.wanted(text!("true or false", "true または false"))),
        }
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.unsigned(visitor, u8::MAX.into())
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.unsigned(visitor, u16::MAX.into())
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.unsigned(visitor, u32::MAX.into())
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.unsigned(visitor, u64::MAX)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.text() {
            Some(text) => visitor.visit_string(text),
            None => Err(self.wanted(text!("a text in quotes", "引用符で囲んだ文字列"))),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_str(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.node.value {
            Value::List(nodes) => visitor.visit_seq(List { nodes, next: 0, manners: self.manners }),
            Value::Nothing => visitor.visit_seq(List { nodes: &[], next: 0, manners: self.manners }),
            Value::Plain(text) if is_yaml_null(text) => {
                visitor.visit_seq(List { nodes: &[], next: 0, manners: self.manners })
            }
            _ => Err(self.wanted(text!("a list in brackets", "角括弧で囲んだリスト"))),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.node.value {
            Value::Table(entries) => visitor.visit_map(self.map(entries)),
            Value::Nothing => visitor.visit_map(self.map(&[])),
            Value::Plain(text) if is_yaml_null(text) => visitor.visit_map(self.map(&[])),
            _ => Err(self.wanted(text!("a table of keys and values", "キーと値のテーブル"))),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        use serde::de::IntoDeserializer;
        let word = match &self.node.value {
            // A bare yes or no is a truth value to YAML 1.1 and JSON's writers, and a word to us.
            Value::Bool(true) if variants.contains(&"yes") => "yes".to_owned(),
            Value::Bool(false) if variants.contains(&"no") => "no".to_owned(),
            Value::Text(text) | Value::Plain(text) if self.lenient() => text.trim().to_ascii_lowercase(),
            Value::Text(text) | Value::Plain(text) => text.clone(),
            _ => {
                let list = variants.join(", ");
                return Err(self.wanted(text!("one of {list}", "次のいずれか ({list}) ")));
            }
        };
        visitor.visit_enum(IntoDeserializer::<Mistake>::into_deserializer(word))
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u128 f32 f64 char bytes byte_buf unit unit_struct newtype_struct tuple tuple_struct
        ignored_any
    }
}

struct Map<'a> {
    entries: &'a [Entry],
    next: usize,
    manners: Manners,
}

impl<'de> MapAccess<'de> for Map<'_> {
    type Error = Mistake;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mistake> {
        let Some(entry) = self.entries.get(self.next) else { return Ok(None) };
        let key = Node::text(entry.at, entry.key.clone());
        let reader = Reader { node: &key, manners: self.manners };
        seed.deserialize(reader).map(Some).map_err(|mistake| mistake.inside(self.next, entry.at))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mistake> {
        let index = self.next;
        self.next += 1;
        let Some(entry) = self.entries.get(index) else { return Err(What::Secret.into()) };
        let reader = Reader { node: &entry.node, manners: self.manners };
        seed.deserialize(reader).map_err(|mistake| mistake.inside(index, entry.node.at))
    }
}

struct List<'a> {
    nodes: &'a [Node],
    next: usize,
    manners: Manners,
}

impl<'de> SeqAccess<'de> for List<'_> {
    type Error = Mistake;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Mistake> {
        let index = self.next;
        self.next += 1;
        let Some(node) = self.nodes.get(index) else { return Ok(None) };
        let reader = Reader { node, manners: self.manners };
        seed.deserialize(reader).map(Some).map_err(|mistake| mistake.inside(index, node.at))
    }
}
