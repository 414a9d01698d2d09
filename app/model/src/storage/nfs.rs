//! An NFS server's own word: its exports and the versions it speaks.

use super::found::Exported;
use crate::facts::sections::Sections;

/// Lines of `showmount --no-headers -e`: the path, blanks, the clients.
pub(super) fn exports(s: &Sections) -> Option<Vec<Exported>> {
    let lines = s.ok("nfs-exports")?.lines();
    let exported = |line: &str| {
        let (path, clients) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        path.starts_with('/').then(|| Exported { path: path.to_owned(), clients: clients.trim().to_owned() })
    };
    Some(lines.filter_map(exported).collect())
}

/// Numbers of the versions that answered, a line each.
pub(super) fn versions(s: &Sections) -> Option<Vec<u8>> {
    Some(s.ok("nfs-versions")?.lines().filter_map(|line| line.trim().parse().ok()).collect())
}
