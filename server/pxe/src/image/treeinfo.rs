//! `.treeinfo`: what a tree of Fedora's family says of itself, with checksums of the boot files (productmd).

use std::collections::BTreeMap;

/// Sections of keys and values.
#[derive(Debug, Default)]
pub(super) struct TreeInfo(BTreeMap<String, BTreeMap<String, String>>);

impl TreeInfo {
    /// Reads what looks like a line of an INI file and passes over the rest.
    pub(super) fn parse(text: &str) -> Self {
        let mut sections: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        let mut section = String::new();
        for line in text.lines().map(str::trim) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = name.to_owned();
            } else if let Some((key, value)) = line.split_once('=')
                && !line.starts_with(['#', ';'])
            {
                let keys = sections.entry(section.clone()).or_default();
                keys.insert(key.trim().to_owned(), value.trim().to_owned());
            }
        }
        Self(sections)
    }

    pub(super) fn get(&self, section: &str, key: &str) -> Option<&str> {
        self.0.get(section)?.get(key).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// The SHA-256 of a file in the tree, in lower case hexadecimal.
    pub(super) fn sha256(&self, path: &str) -> Option<String> {
        let digest = self.get("checksums", path)?.strip_prefix("sha256:")?.to_ascii_lowercase();
        (digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(digest)
    }

    /// The repositories of a tree with variants (BaseOS, AppStream), as paths in the tree.
    pub(super) fn repositories(&self) -> Vec<String> {
        let variants = self.0.iter().filter(|(section, _)| section.starts_with("variant-"));
        variants.filter_map(|(_, keys)| keys.get("repository")).filter(|path| is_plain_path(path)).cloned().collect()
    }
}

/// A path below the tree, as it may stand in a URL.
fn is_plain_path(path: &str) -> bool {
    !path.is_empty()
        && path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte))
        && !path.starts_with('/')
        && path.split('/').all(|part| part != "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_checksums_and_repositories_are_read() {
        let digest = "A".repeat(64);
        let text = format!(
            "[general]\nversion = 9.4\n; a comment = x\n[checksums]\nimages/x = sha256:{digest}\nimages/y = md5:12\n\
             [variant-AppStream]\nrepository = AppStream\n[variant-Odd]\nrepository = ../../etc\n"
        );
        let info = TreeInfo::parse(&text);
        assert_eq!(info.get("general", "version"), Some("9.4"));
        assert_eq!(info.sha256("images/x"), Some("a".repeat(64)));
        assert_eq!(info.sha256("images/y"), None);
        assert_eq!(info.repositories(), ["AppStream"]);
    }
}
