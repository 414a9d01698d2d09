//! [`Node`]: a file's content with the place of every value, whatever its syntax. All formats become this, and one
//! reader makes [`Answers`](crate::answers::Answers) of it, so that a mistake is told the same way everywhere.

use crate::problem::Position;

/// A value and where it stands. It may hold secrets, hence no `Debug`.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) at: Position,
    pub(super) value: Value,
}

#[derive(Clone)]
pub(super) enum Value {
    Nothing,
    Bool(bool),
    Whole(i64),
    Fraction(f64),
    /// A text that is certainly one.
    Text(String),
    /// A YAML scalar without quotes: what it is depends on the field that it is for.
    Plain(String),
    List(Vec<Node>),
    Table(Vec<Entry>),
}

#[derive(Clone)]
pub(super) struct Entry {
    pub(super) at: Position,
    pub(super) key: String,
    pub(super) node: Node,
}

impl Node {
    pub(super) fn new(at: Position, value: Value) -> Self {
        Self { at, value }
    }

    pub(super) fn text(at: Position, text: impl Into<String>) -> Self {
        Self::new(at, Value::Text(text.into()))
    }

    /// The table that this node is.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    /// A scalar as its text; `None` for nothing, tables and lists.
    pub(super) fn scalar(&self) -> Option<String> {
        match &self.value {
            Value::Bool(value) => Some(value.to_string()),
            Value::Whole(value) => Some(value.to_string()),
            Value::Fraction(value) => Some(value.to_string()),
            Value::Text(text) => Some(text.clone()),
            Value::Plain(text) => (!is_yaml_null(text)).then(|| text.clone()),
            Value::Nothing | Value::List(_) | Value::Table(_) => None,
        }
    }

    /// Nothing, or an empty text.
    pub(super) fn is_unset(&self) -> bool {
        match &self.value {
            Value::Nothing => true,
            Value::Text(text) => text.trim().is_empty(),
            Value::Plain(text) => is_yaml_null(text),
            _ => false,
        }
    }

    /// Puts a value at a path of table keys, and makes the tables on the way.
    pub(super) fn set(&mut self, path: &str, node: Node) {
        let at = node.at;
        let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
        if !matches!(self.value, Value::Table(_)) {
            self.value = Value::Table(Vec::new());
        }
        let Value::Table(entries) = &mut self.value else { return };
        let index = entries.iter().position(|entry| entry.key == key).unwrap_or_else(|| {
            entries.push(Entry { at, key: key.to_owned(), node: Node::new(at, Value::Nothing) });
            entries.len() - 1
        });
        if let Some(entry) = entries.get_mut(index) {
            match rest {
                Some(rest) => entry.node.set(rest, node),
                None => *entry = Entry { at, key: key.to_owned(), node },
            }
        }
    }

    /// The value at a path of table keys.
    pub(super) fn get(&self, path: &str) -> Option<&Node> {
        path.split('.')
            .try_fold(self, |node, key| node.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.node))
    }

    /// Takes away what stands at a path of positions in tables and lists.
    pub(super) fn remove(&mut self, path: &[usize]) {
        let Some((&index, rest)) = path.split_first() else { return };
        match &mut self.value {
            Value::List(nodes) if rest.is_empty() && index < nodes.len() => drop(nodes.remove(index)),
            Value::Table(entries) if rest.is_empty() && index < entries.len() => drop(entries.remove(index)),
            Value::List(nodes) => nodes.get_mut(index).into_iter().for_each(|node| node.remove(rest)),
            Value::Table(entries) => entries.get_mut(index).into_iter().for_each(|entry| entry.node.remove(rest)),
            _ => (),
        }
    }
}

pub(super) fn is_yaml_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// Turns byte offsets of a text into places.
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, starts }
    }

    pub(super) fn place(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = self.text.get(start..offset).unwrap_or_default();
        Position { line: clamp(line), column: clamp(before.chars().count() + 1) }
    }
}

pub(super) fn clamp(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let lines = Lines::of("ab\nドc\n");
        for (offset, line, column) in [(0, 1, 1), (2, 1, 3), (3, 2, 1), (6, 2, 2), (8, 3, 1)] {
            assert_eq!(lines.place(offset), Position { line, column }, "{offset}");
        }
    }
}
