//! YAML to [`Node`]. Scalars without quotes stay undecided ([`Value::Plain`]): `yes` is a truth value for one field and
//! a word for another.

use super::syntax_problem;
use super::tree::{Entry, Node, Value, clamp};
use crate::lang::text;
use crate::problem::{Position, Problem};
use granit_parser::{Event, Marker, Parser, ScalarStyle, StrInput, Tag};
use std::collections::HashMap;

/// Aliases multiply nodes; an answer file has a few hundred.
const MOST_NODES: usize = 20_000;
const DEEPEST: usize = 32;

pub(super) fn parse(text: &str) -> Result<Node, Box<Problem>> {
    let mut reader = Reader { parser: Parser::new_from_str(text), anchors: HashMap::new(), nodes: 0 };
    reader.document()
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Node, Box<Problem>> {
        let mut root = None;
        while let Some((event, at)) = self.next()? {
            match event {
                Event::StreamStart | Event::StreamEnd | Event::DocumentStart(..) | Event::DocumentEnd => (),
                _ if root.is_some() => {
                    return Err(Box::new(Problem {
                        at: Some(at),
                        ..Problem::new(
                            "",
                            text!(
                                "The file holds more than one YAML document.",
                                "ファイルに YAML 文書が複数あります。"
                            ),
                            text!(
                                "Keep one; what follows the second \"---\" belongs in a file of its own.",
                                "一つだけ残してください。二つ目の \"---\" 以降は別のファイルに分けてください。"
                            ),
                        )
                    }));
                }
                event => root = Some(self.node(event, at, 0)?),
            }
        }
        let start = Position { line: 1, column: 1 };
        Ok(root.unwrap_or_else(|| Node::new(start, Value::Table(Vec::new()))))
    }

    fn next(&mut self) -> Result<Option<(Event<'a>, Position)>, Box<Problem>> {
        match self.parser.next_event() {
            None => Ok(None),
            // A tag is where the mistake is, if there is one.
            Some(Ok((event, span))) => Ok(Some((event, place(span.tag_start().unwrap_or(span.start))))),
            Some(Err(error)) => Err(syntax_problem("YAML", &error.info(), Some(place(*error.marker())))),
        }
    }

    fn node(&mut self, event: Event<'a>, at: Position, depth: usize) -> Result<Node, Box<Problem>> {
        if depth > DEEPEST {
            return Err(syntax_problem("YAML", "nested too deeply", Some(at)));
        }
        self.count(1, at)?;
        let (anchor, value) = match event {
            Event::Scalar(content, style, anchor, tag) => {
                let tagged = tag.is_some();
                refuse_foreign(tag.as_deref(), at)?;
                let content = content.into_owned();
                let plain = style == ScalarStyle::Plain && !tagged;
                (anchor, if plain { Value::Plain(content) } else { Value::Text(content) })
            }
            Event::SequenceStart(_, anchor, tag) => {
                refuse_foreign(tag.as_deref(), at)?;
                let mut nodes = Vec::new();
                loop {
                    match self.next()? {
                        Some((Event::SequenceEnd, _)) | None => break,
                        Some((event, at)) => nodes.push(self.node(event, at, depth + 1)?),
                    }
                }
                (anchor, Value::List(nodes))
            }
            Event::MappingStart(_, anchor, tag) => {
                refuse_foreign(tag.as_deref(), at)?;
                (anchor, Value::Table(self.entries(depth)?))
            }
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned();
                let node = node.ok_or_else(|| syntax_problem("YAML", "alias without an anchor", Some(at)))?;
                self.count(size(&node), at)?;
                return Ok(Node { at, ..node });
            }
            _ => return Err(syntax_problem("YAML", "unexpected content", Some(at))),
        };
        let node = Node::new(at, value);
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn entries(&mut self, depth: usize) -> Result<Vec<Entry>, Box<Problem>> {
        let mut entries = Vec::new();
        loop {
            let (event, at) = match self.next()? {
                Some((Event::MappingEnd, _)) | None => return Ok(entries),
                Some(next) => next,
            };
            let Event::Scalar(key, ..) = event else {
                return Err(syntax_problem("YAML", "a key must be a word", Some(at)));
            };
            if let Some((event, value_at)) = self.next()? {
                entries.push(Entry { at, key: key.into_owned(), node: self.node(event, value_at, depth + 1)? });
            }
        }
    }

    fn count(&mut self, nodes: usize, at: Position) -> Result<(), Box<Problem>> {
        self.nodes += nodes;
        if self.nodes > MOST_NODES {
            return Err(syntax_problem("YAML", "too many values", Some(at)));
        }
        Ok(())
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::List(nodes) => nodes.iter().map(size).sum(),
        Value::Table(entries) => entries.iter().map(|entry| size(&entry.node)).sum(),
        _ => 0,
    }
}

/// `!unsafe` is Ansible's word for a text that is no template; YAML's own tags say nothing that a field does not know.
fn refuse_foreign(tag: Option<&Tag>, at: Position) -> Result<(), Box<Problem>> {
    let Some(tag) = tag else { return Ok(()) };
    let name = tag.original();
    if tag.is_yaml_core_schema() || name == "!unsafe" {
        return Ok(());
    }
    let remedy = if name == "!vault" {
        text!(
            "Decrypt the file first (ansible-vault decrypt), or leave the value out to be asked for it.",
            "先にファイルを復号する (ansible-vault decrypt) か、値を省いて入力時に指定してください。"
        )
    } else {
        text!("Write the value without the tag.", "タグを付けずに値を書いてください。")
    };
    let message = text!("The YAML tag {name} is not understood here.", "YAML タグ {name} はここでは解釈できません。");
    Err(Box::new(Problem { at: Some(at), ..Problem::new("", message, remedy) }))
}

fn place(marker: Marker) -> Position {
    Position { line: clamp(marker.line()), column: clamp(marker.col() + 1) }
}
