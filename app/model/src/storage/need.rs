//! [`Need`]: how much space the engine's storage domain takes, with its arithmetic.

use crate::lang::Text;

/// What a domain needs beside the engine VM's disk, in hundredths of a GiB: 10.24 for metadata, lease, configuration
/// and OVF volumes (cockpit-ovirt, `Validation.js`).
const OWN_HUNDREDTHS: u64 = 1024;
/// The space at which the engine stops writing to a domain, in hundredths of a GiB.
const KEPT_FREE_HUNDREDTHS: u64 = 500;
/// Bytes of a hundredth of a GiB.
const HUNDREDTH: u64 = (1 << 30) / 100;

/// Space for a disk of some size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    disk_gib: u32,
}

impl Need {
    /// What the deployment guide wants a domain for the engine to have, in GiB.
    pub const RECOMMENDED_GIB: u64 = 74;

    /// For an engine VM's disk of so many GiB.
    pub const fn for_disk(disk_gib: u32) -> Self {
        Self { disk_gib }
    }

    /// The sum, in hundredths of a GiB.
    pub fn hundredths(self) -> u64 {
        u64::from(self.disk_gib) * 100 + OWN_HUNDREDTHS + KEPT_FREE_HUNDREDTHS
    }

    /// So many bytes are enough.
    pub fn fits(self, bytes: u64) -> bool {
        bytes / HUNDREDTH >= self.hundredths()
    }

    /// `76.24 GiB needed (61 + 10.24 + 5)`.
    pub fn text(self) -> Text {
        let (disk, sum) = (self.disk_gib, gib(self.hundredths()));
        Text::new(
            format!("{sum} GiB needed ({disk} disk + 10.24 of the domain's own + 5 that stay free)"),
            format!("必要 {sum} GiB (ディスク {disk} + ドメイン管理領域 10.24 + 空き 5)"),
        )
    }
}

/// Bytes as GiB with two decimals, rounded down.
pub fn gib_of(bytes: u64) -> String {
    gib(bytes / HUNDREDTH)
}

fn gib(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_needs_a_quarter_more_than_itself() {
        let need = Need::for_disk(61);
        assert_eq!(need.text().en, "76.24 GiB needed (61 disk + 10.24 of the domain's own + 5 that stay free)");
        assert!(!need.fits(76 << 30));
        assert!(need.fits(77 << 30));
    }

    #[test]
    fn the_guide_s_minimum_holds_the_old_default_disk() {
        assert!(Need::for_disk(58).fits(Need::RECOMMENDED_GIB << 30));
        assert!(!Need::for_disk(59).fits(Need::RECOMMENDED_GIB << 30));
    }
}
