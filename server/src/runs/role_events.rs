//! What the callback on the host wrote, as events of the run.
//!
//! The callback (`playbooks/callback/hosted_deploy.py`) writes one JSON object a line. Its bytes come in pieces of
//! any size; each line becomes at most one [`Kind`] and carries the byte offset behind it.

use hosted_deploy_model::event::{Kind, Task, TaskResult};
use serde::Deserialize;

/// Cuts the bytes of an event file into lines and reads them.
#[derive(Debug, Default)]
pub struct RoleEvents {
    rest: Vec<u8>,
    offset: u64,
    paused: bool,
}

/// A line longer than this is no event of ours; the largest seen is 72 kB (gathered facts).
const LONGEST_LINE: usize = 8 * 1024 * 1024;

impl RoleEvents {
    /// Goes on at a byte of the file that is the beginning of a line; `paused` when the last thing known is a pause.
    pub fn from_offset(offset: u64, paused: bool) -> Self {
        Self { offset, paused, ..Self::default() }
    }

    /// Takes bytes in; gives out what they complete, each with the offset behind its line.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<(u64, Kind)> {
        self.rest.extend_from_slice(bytes);
        let mut kinds = Vec::new();
        let mut begin = 0;
        while let Some(length) = self.rest.iter().skip(begin).position(|&byte| byte == b'\n') {
            let line = self.rest.get(begin..begin + length).unwrap_or_default();
            let before = self.offset + begin as u64;
            begin += length + 1;
            let offset = self.offset + begin as u64;
            // Going on: whatever the role does after a pause says that the pause is over.
            match serde_json::from_slice(line).ok().and_then(kind) {
                Some(kind @ Kind::Paused { .. }) => {
                    self.paused = true;
                    kinds.push((offset, kind));
                }
                Some(kind) => {
                    // With the offset before the line: whoever goes on behind this event must still read the line.
                    if std::mem::take(&mut self.paused) {
                        kinds.push((before, Kind::Continued));
                    }
                    kinds.push((offset, kind));
                }
                None => {}
            }
        }
        self.rest.drain(..begin);
        self.offset += begin as u64;
        if self.rest.len() > LONGEST_LINE {
            self.offset += self.rest.len() as u64;
            self.rest.clear();
        }
        kinds
    }
}

#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line {
    Task(Task),
    Result(TaskResult),
    Retry {
        id: String,
        attempt: u32,
        of: u32,
    },
    Message {
        text: String,
    },
    HandedOver {
        register: String,
        value: serde_json::Value,
    },
    #[serde(other)]
    Other,
}

fn kind(line: Line) -> Option<Kind> {
    Some(match line {
        Line::Task(task) => match lock_file(&task.name) {
            Some(lock_file) => Kind::Paused { lock_file },
            None => Kind::Task(task),
        },
        Line::Result(result) => Kind::Result(result),
        Line::Retry { id, attempt, of } => Kind::Retry { id, attempt, of },
        Line::Message { text } => Kind::Message { text },
        Line::HandedOver { register, value } => Kind::HandedOver { name: register, value },
        Line::Other => return None,
    })
}

/// The lock file of the role's pausing task, whose name tells it (`tasks/pause_execution.yml`):
/// "Pause execution until /tmp/ansible.ab12cd34_he_setup_lock is removed, delete it once ready to proceed".
/// It is removed as root later, so nothing but a file of that form is believed.
pub fn lock_file(task: &str) -> Option<String> {
    let path = task.strip_prefix("Pause execution until ")?.split(' ').next()?;
    let name = path.strip_prefix("/tmp/ansible.")?.strip_suffix("_he_setup_lock")?;
    let plain = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    plain.then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = concat!(
        r#"{"event": "task", "id": "1", "name": "Install", "rescue": false, "at": 1}"#,
        "\n",
        r#"{"event": "result", "id": "1", "name": "Install", "status": "changed", "ms": 12, "at": 2}"#,
        "\n",
        r#"{"event": "stats", "hosts": {}, "at": 3}"#,
        "\n",
        "not json\n",
        r#"{"event": "task", "id": "2", "name": "Pause execution until /tmp/ansible.ab12_he_setup_lock is removed, delete it once ready to proceed", "rescue": false, "at": 4}"#,
        "\n",
        r#"{"event": "result", "id": "2", "name": "Pause …", "status": "ok", "ms": 9, "at": 5}"#,
        "\n",
    );

    #[test]
    fn the_same_events_come_out_wherever_the_bytes_are_cut_and_followed_again() {
        let whole = RoleEvents::default().take(LINES.as_bytes());
        let names: Vec<_> = whole.iter().map(|(_, kind)| std::mem::discriminant(kind)).collect();
        assert_eq!(names.len(), 5, "{whole:?}");
        assert!(matches!(&whole[2].1, Kind::Paused { lock_file } if lock_file == "/tmp/ansible.ab12_he_setup_lock"));
        assert!(matches!(&whole[3].1, Kind::Continued));
        for kept in 0..whole.len() {
            let (offset, last) = &whole[kept];
            let mut again = RoleEvents::from_offset(*offset, matches!(last, Kind::Paused { .. }));
            assert_eq!(again.take(&LINES.as_bytes()[usize::try_from(*offset).unwrap()..]), whole[kept + 1..]);
        }
        for cut in 0..LINES.len() {
            let mut events = RoleEvents::default();
            let mut pieces = events.take(&LINES.as_bytes()[..cut]);
            // A new connection goes on behind the last event that was kept, not where the bytes ended.
            let seen = pieces.last().map_or(0, |(offset, _)| *offset);
            let mut again = RoleEvents::from_offset(seen, events.paused);
            pieces.extend(again.take(&LINES.as_bytes()[usize::try_from(seen).unwrap()..]));
            assert_eq!(pieces, whole, "cut at {cut}");
        }
    }

    #[test]
    fn only_the_role_s_own_lock_file_is_believed() {
        let name = |path: &str| format!("Pause execution until {path} is removed, delete it once ready to proceed");
        assert!(lock_file(&name("/tmp/ansible.x_y9_he_setup_lock")).is_some());
        for path in [
            "/etc/passwd",
            "/tmp/ansible.../../etc/x_he_setup_lock",
            "/tmp/ansible._he_setup_lock",
            "/tmp/ansible.a;b_he_setup_lock",
        ] {
            assert_eq!(lock_file(&name(path)), None, "{path}");
        }
    }

    #[test]
    fn bytes_that_never_end_a_line_do_not_fill_the_memory() {
        let mut events = RoleEvents::default();
        for _ in 0..20 {
            events.take(&vec![b'x'; 1024 * 1024]);
        }
        assert!(events.rest.len() <= LONGEST_LINE + 1024 * 1024);
    }
}
