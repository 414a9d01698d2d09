//! `gluster volume info`.

use super::found::Volume;
use crate::facts::sections::Sections;

pub(super) fn volumes(s: &Sections) -> Option<Vec<Volume>> {
    let text = s.ok("gluster-volumes")?;
    let mut found: Vec<Volume> = Vec::new();
    let mut in_options = false;
    for line in text.lines() {
        let Some((key, value)) = line.split_once(':') else { continue };
        let (key, value) = (key.trim(), value.trim());
        if key == "Volume Name" {
            found.push(Volume { name: value.to_owned(), ..Volume::default() });
            in_options = false;
            continue;
        }
        let Some(volume) = found.last_mut() else { continue };
        let brick = key.strip_prefix("Brick").is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
        match key {
            "Type" => volume.kind = value.to_owned(),
            "Status" => volume.status = value.to_owned(),
            "Number of Bricks" => (volume.replica, volume.arbiters) = copies(value, &volume.kind),
            "Options Reconfigured" => in_options = true,
            _ if brick => volume.bricks.push(value.to_owned()),
            _ if in_options => volume.options.push((key.to_owned(), value.to_owned())),
            _ => {}
        }
    }
    Some(found)
}

/// `1 x 3 = 3`, `2 x (2 + 1) = 6`, or `2` for a volume without copies: copies of a file, and those that arbitrate.
fn copies(bricks: &str, kind: &str) -> (Option<u32>, u32) {
    if kind == "Distribute" {
        return (Some(1), 0);
    }
    if !kind.ends_with("Replicate") {
        return (None, 0);
    }
    let Some((_, inner)) = bricks.split_once('x') else { return (None, 0) };
    let inner = inner.split('=').next().unwrap_or_default().trim().trim_matches(['(', ')']);
    let mut parts = inner.split('+').map(|part| part.trim().parse::<u32>().ok());
    match (parts.next().flatten(), parts.next()) {
        (Some(data), Some(Some(arbiters))) => (data.checked_add(arbiters), arbiters),
        (Some(data), None) => (Some(data), 0),
        _ => (None, 0),
    }
}

/// The volume of `server:/volume/sub`.
pub(super) fn volume_of(source: &str) -> String {
    let path = source.rsplit_once(":/").map_or(source, |(_, path)| path);
    path.split('/').next().unwrap_or_default().to_owned()
}
