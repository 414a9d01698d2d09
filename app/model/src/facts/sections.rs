//! [`Sections`]: the probe's output taken apart.
//!
//! A section is a line `TOKEN NAME STATUS [ABOUT]` and the lines up to the next one. The token is random, so a command
//! whose output imitates a section cannot know it. Control characters become U+FFFD here, once, so that nothing a host
//! prints can steer a terminal later.

/// One command's output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The section's name, `lsblk`.
    pub name: String,
    /// The command's exit status.
    pub status: i32,
    /// Which of several objects of a kind it is about (a host name, an address); empty where there is one.
    pub about: String,
    /// The output without trailing line ends.
    pub text: String,
}

/// All sections in the order of the output.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sections {
    list: Vec<Section>,
    complete: bool,
}

impl Sections {
    /// Takes output apart. Lines before the first section (a login banner) are dropped.
    pub fn split(token: &str, output: &[u8]) -> Self {
        let text = String::from_utf8_lossy(output);
        let mut sections = Self::default();
        for line in text.lines() {
            match header(token, line) {
                Some(section) if section.name == "end" => sections.complete = true,
                Some(section) => sections.list.push(section),
                None => {
                    if let Some(section) = sections.list.last_mut() {
                        section.text.push_str(&printable(line));
                        section.text.push('\n');
                    }
                }
            }
        }
        for section in &mut sections.list {
            let end = section.text.trim_end_matches('\n').len();
            section.text.truncate(end);
        }
        sections
    }

    /// The probe reached its end: the connection did not break and no shell gave up on the way.
    pub fn complete(&self) -> bool {
        self.complete
    }

    /// No section at all: the output is not a probe's.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The output of the command that succeeded.
    pub fn ok(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|section| section.status == 0).map(|section| section.text.as_str())
    }

    /// The output, whatever the exit status (`grep` over several files fails when one of them does).
    pub fn text(&self, name: &str) -> &str {
        self.get(name).map_or("", |section| section.text.as_str())
    }

    /// The first section of this name.
    pub fn get(&self, name: &str) -> Option<&Section> {
        self.list.iter().find(|section| section.name == name)
    }

    /// Every section of this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Section> {
        self.list.iter().filter(move |section| section.name == name)
    }

    /// Every section.
    pub fn iter(&self) -> impl Iterator<Item = &Section> {
        self.list.iter()
    }
}

fn header(token: &str, line: &str) -> Option<Section> {
    if token.is_empty() {
        return None;
    }
    let rest = line.strip_prefix(token)?.strip_prefix(' ')?;
    let mut words = rest.splitn(3, ' ');
    let (name, status) = (words.next()?, words.next()?);
    let status = status.parse().ok()?;
    let about = printable(words.next().unwrap_or_default());
    Some(Section { name: name.to_owned(), status, about, text: String::new() })
}

fn printable(line: &str) -> String {
    line.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// Lines `FILE:VALUE` as `grep -H` prints them, as (file, value).
pub(crate) fn file_lines(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(|line| line.split_once(':')).map(|(file, value)| (file, value.trim()))
}

/// Lines `KEY=VALUE`, shell quotes around the value taken off.
pub(crate) fn assignments(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, value)| (key.trim(), value.trim().trim_matches(['"', '\''])))
}

/// The value of one `KEY=VALUE` line, empty when there is none.
pub(crate) fn assigned<'a>(text: &'a str, key: &str) -> &'a str {
    assignments(text).find(|(name, _)| *name == key).map_or("", |(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_keep_name_status_subject_and_text() {
        let output = b"Welcome!\nT one 0\na\nb\n\nT two 124 host.example\n\nT end 0\n";
        let sections = Sections::split("T", output);
        assert_eq!(sections.ok("one"), Some("a\nb"));
        assert_eq!(sections.get("two").map(|s| (s.status, s.about.as_str())), Some((124, "host.example")));
        assert_eq!(sections.ok("two"), None);
        assert!(sections.complete());
    }

    #[test]
    fn output_that_imitates_a_section_stays_text() {
        let sections = Sections::split("s3cret", b"s3cret one 0\ntoken kvm 0\ns3cretkvm 0\nend\n");
        assert_eq!(sections.ok("one"), Some("token kvm 0\ns3cretkvm 0\nend"));
        assert!(!sections.complete());
    }

    #[test]
    fn control_characters_cannot_reach_a_terminal() {
        let sections = Sections::split("T", b"T one 0\n\x1b[2J\x07ok\tyes\n");
        assert_eq!(sections.ok("one"), Some("\u{fffd}[2J\u{fffd}ok\tyes"));
    }
}
