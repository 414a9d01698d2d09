//! LVM filter advice: a host must use only the volume groups that it lives on, never those that guests made inside their
//! disks on shared LUNs. The rule is that of `vdsm-tool config-lvm-filter`: accept the physical volumes of groups with a
//! mounted volume, by their stable names, and reject everything else.

use crate::facts::ParseError;
use crate::facts::sections::Sections;
use crate::lang::Text;
use serde::{Deserialize, Serialize};

/// What LVM should let through on a host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LvmFilter {
    /// Volume groups that the host lives on.
    pub groups: Vec<String>,
    /// The filter that is set; empty: none.
    pub current: String,
    /// The filter that should be.
    pub wanted: String,
    /// LVM uses a devices file (EL9), which does the same and better.
    pub devices_file: bool,
    /// It is as it should be.
    pub good: bool,
    /// What to do, in order; nothing is done by itself.
    pub commands: Vec<String>,
}

impl LvmFilter {
    /// From the output of the script on the host. `None`: LVM did not answer.
    ///
    /// # Errors
    /// When the output is not the script's, or stops before its end.
    pub fn parse(token: &str, output: &[u8]) -> Result<Option<Self>, ParseError> {
        let s = Sections::split(token, output);
        if !s.complete() {
            return Err(ParseError::CutOff(s.iter().last().map(|last| last.name.clone()).unwrap_or_default()));
        }
        Ok(s.ok("lvm-volumes").map(|volumes| Self::of(&s, volumes)))
    }

    fn of(s: &Sections, volumes: &str) -> Self {
        // `/dev/mapper/group-root lvm /`; swap shows as [SWAP].
        let used = |path: &str| {
            s.text("lvm-used").lines().any(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                matches!(words.as_slice(), [name, "lvm", _mount, ..] if *name == path)
            })
        };
        let mut groups: Vec<String> = Vec::new();
        for line in s.text("lvm-names").lines() {
            let Some((group, path)) = line.trim().split_once('|') else { continue };
            if used(path.trim()) && !groups.iter().any(|known| known == group) {
                groups.push(group.to_owned());
            }
        }
        let volume = |line: &str| {
            let mut words = line.trim().split('|').map(str::to_owned);
            Some((words.next()?, words.next()?, words.next()?))
        };
        let own: Vec<(String, String, String)> =
            volumes.lines().filter_map(volume).filter(|(group, ..)| groups.contains(group)).collect();
        let accepted = own.iter().map(|(_, uuid, _)| format!("\"a|^/dev/disk/by-id/lvm-pv-uuid-{uuid}$|\""));
        let wanted = accepted.chain(["\"r|.*|\"".to_owned()]).collect::<Vec<_>>().join(", ");
        let current = s.text("lvm-filter").trim().trim_start_matches("filter=").trim_matches(['[', ']']).to_owned();
        let devices_file = s.text("lvm-devices-file").trim().ends_with("=1");
        let same = |filter: &str| filter.chars().filter(|c| !c.is_whitespace() && *c != '"').collect::<String>();
        let good = devices_file || groups.is_empty() || same(&current) == same(&wanted);
        let commands = if good {
            Vec::new()
        } else {
            vec![
                "vdsm-tool config-lvm-filter".to_owned(),
                format!(
                    "# without VDSM: devices {{ filter = [ {wanted} ] }} in /etc/lvm/lvm.conf, then dracut --force"
                ),
            ]
        };
        Self { groups, current, wanted, devices_file, good, commands }
    }

    /// The verdict in a sentence.
    pub fn text(&self) -> Text {
        match (self.groups.as_slice(), self.devices_file, self.good) {
            ([], ..) => Text::new(
                "The host lives on no LVM volume: LVM needs to see nothing.",
                "このホストは LVM ボリュームを使用していません。",
            ),
            (_, true, _) => Text::new(
                "LVM uses a devices file, so it sees only what was entered there: no filter is needed.",
                "LVM はデバイスファイルを使用しており、登録されたデバイスだけを参照します。フィルターは不要です。",
            ),
            (_, _, true) => Text::new("The filter is as it should be.", "フィルターは適切です。"),
            _ => Text::new(
                "LVM sees shared LUNs and what guests made on them: set the filter.",
                "LVM から共有 LUN とゲストのボリュームが見えます。フィルターを設定してください。",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Forms: lsblk -nrpo, lvs, pvs, lvmconfig; the filter as `vdsm-tool config-lvm-filter` proposes it (oVirt storage
    /// troubleshooting, "LVM filter").
    fn output(filter: &str, devices_file: &str) -> String {
        format!(
            "T lvm-used 0\n/dev/sda2 part\n/dev/mapper/almalinux-root lvm /\n/dev/mapper/almalinux-swap lvm [SWAP]\n\
             /dev/mapper/guest-data lvm\n\
             T lvm-names 0\n  almalinux|/dev/mapper/almalinux-root\n  almalinux|/dev/mapper/almalinux-swap\n  guest|/dev/mapper/guest-data\n\
             T lvm-volumes 0\n  almalinux|sE3H2v-Xy1k-6Qbn-0aaa-bbbb-cccc-1d2e3f|/dev/sda2\n  guest|zzzz|/dev/mapper/36001\n\
             T lvm-filter {filter}\nT lvm-devices-file 0\nuse_devicesfile={devices_file}\nT end 0\n"
        )
    }

    fn filter(output: &str) -> LvmFilter {
        LvmFilter::parse("T", output.as_bytes()).unwrap().unwrap()
    }

    #[test]
    fn only_the_groups_that_the_host_lives_on_pass() {
        let found = filter(&output("5\n", "0"));
        assert_eq!(found.groups, ["almalinux"]);
        assert_eq!(
            found.wanted,
            "\"a|^/dev/disk/by-id/lvm-pv-uuid-sE3H2v-Xy1k-6Qbn-0aaa-bbbb-cccc-1d2e3f$|\", \"r|.*|\""
        );
        assert!(!found.good && found.commands.first().is_some_and(|command| command.starts_with("vdsm-tool")));
        let set = format!("0\nfilter=[{}]", found.wanted.replace(' ', ""));
        assert!(filter(&output(&set, "0")).good);
        assert!(filter(&output("5\n", "1")).good);
    }

    #[test]
    fn a_host_whose_lvm_does_not_answer_is_not_judged() {
        assert_eq!(LvmFilter::parse("T", b"T lvm-volumes 127\nT end 0\n"), Ok(None));
        assert!(LvmFilter::parse("T", b"T lvm-volumes 0\n").is_err());
    }
}
