//! Whether ansible-core, the collection and the Python modules fit together.
//!
//! Proven: the upstream role of ovirt.ovirt 3.2.0 and later on ansible-core 2.14 to 2.19. The play names the package
//! module, which 2.14 to 2.16 cannot find for a delegated host, and gives 2.19 the variable that a hook of the role
//! evaluates too early; so a host needs nothing for either.

use super::rule::{Case, Group, Rule, Severity, Verdict, listed, plain, text};
use crate::facts::Ansible;

const fn rule(id: &'static str, severity: Severity, judge: fn(&Case<'_>) -> Verdict) -> Rule {
    Rule::new(id, Group::Software, severity, judge)
}

pub(super) const RULES: &[Rule] = &[
    rule("ansible-core-present", Severity::Blocker, present)
        .mandatory()
        .title("ansible-core 2.14 or later is installed", "ansible-core 2.14 以降がインストールされている")
        .remedy("The deployment is a role that ansible-core runs on the host.", "デプロイはホスト上の ansible-core が実行するロールです。"),
    rule("ansible-core-known", Severity::Warning, known)
        .title("ansible-core is of a release that the role is known to run on", "ansible-core がロールの動作実績のあるリリースである")
        .remedy(
            "2.14 to 2.19 are known to work. A newer one may refuse constructs of the role; install a known one if a phase fails with a templating error.",
            "2.14～2.19 で動作実績があります。より新しいものはロールの記述を拒否する場合があります。テンプレートエラーで失敗したら実績のあるものを使用してください。",
        ),
    rule("ansible-collection", Severity::Blocker, collection)
        .title("The collection ovirt.ovirt is installed", "コレクション ovirt.ovirt がインストールされている")
        .remedy("It holds the role.", "ロールはこのコレクションに含まれます。"),
    rule("ansible-collection-version", Severity::Blocker, collection_version)
        .title("The collection ovirt.ovirt fits ansible-core", "コレクション ovirt.ovirt が ansible-core に適合している")
        .remedy(
            "Collections before 3.2.0 were made for older releases of ansible-core and of the engine. Install 3.2.0 or later.",
            "3.2.0 より前のコレクションは古い ansible-core とエンジン向けです。3.2.0 以降をインストールしてください。",
        ),
    rule("ansible-posix", Severity::Blocker, posix)
        .title("The collection ansible.posix is installed", "コレクション ansible.posix がインストールされている")
        .remedy("The role authorizes the engine's key with it.", "ロールはエンジンの鍵の登録に使用します。"),
    rule("python-filters", Severity::Blocker, filters)
        .title("ansible-playbook's Python has jmespath and passlib", "ansible-playbook の Python に jmespath と passlib がある")
        .remedy(
            "Filters of the role need them in the very interpreter that runs ansible-playbook; a module for another python3 does not count.",
            "ロールのフィルターが、ansible-playbook を実行するインタープリターで必要とします。別の python3 用のモジュールは無効です。",
        ),
    rule("python-sdk", Severity::Blocker, sdk)
        .title("The modules' Python has the engine SDK (ovirtsdk4)", "モジュールの Python にエンジン SDK (ovirtsdk4) がある")
        .remedy(
            "Install the SDK for the interpreter that Ansible uses for modules on this host.",
            "このホストで Ansible がモジュールに使用するインタープリター用の SDK をインストールしてください。",
        ),
    rule("python-dnf", Severity::Warning, dnf)
        .title("The modules' Python has dnf's bindings", "モジュールの Python に dnf のバインディングがある")
        .remedy(
            "Ansible then starts another interpreter for dnf tasks; if that fails too, the role cannot install packages.",
            "ない場合、Ansible は dnf タスク用に別のインタープリターを起動します。それも失敗するとパッケージをインストールできません。",
        ),
];

/// `2.17.14` as (2, 17, 14); words after it (`rc1`, `-1`) do not count.
pub(crate) fn version(text: &str) -> Option<(u32, u32, u32)> {
    let number = |part: &str| -> Option<u32> {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    let mut parts = text.split('.');
    let mut next = |or: &'static str| number(parts.next().unwrap_or(or));
    Some((next("")?, next("0")?, next("0")?))
}

fn core(ansible: &Ansible) -> Option<(u32, u32, u32)> {
    version(&ansible.core)
}

/// The packages that bring a working set, as this distribution names them.
const INSTALL: &str = "dnf install -y ansible-core ovirt-ansible-collection";

/// A repository has this package, and the deployment may use it.
fn offered(case: &Case<'_>, package: &str) -> bool {
    let available = case.facts.software.available.iter().flatten();
    let offline = case.answers.advanced.offline == Some(true);
    !offline && available.into_iter().any(|name| name.split('.').next() == Some(package))
}

fn unread(case: &Case<'_>) -> Option<Verdict> {
    match case.facts.status("ansible") {
        Some(0) if !case.facts.ansible.core.is_empty() => None,
        // There is no ansible-playbook, which is an answer. Anything else that left no version is none.
        Some(127) => None,
        Some(status) => Some(Verdict::unread(&format!("{} (exit {status})", case.facts.ansible.playbook))),
        None => Some(Verdict::unread("ansible-playbook")),
    }
}

fn present(case: &Case<'_>) -> Verdict {
    if let Some(verdict) = unread(case) {
        return verdict;
    }
    let ansible = &case.facts.ansible;
    match core(ansible) {
        None => Verdict::of(false, text!("no ansible-playbook", "ansible-playbook がありません")).fix(INSTALL),
        Some(found) => {
            let python = &ansible.controller;
            Verdict::of(
                found >= (2, 14, 0),
                plain(format!("{} ({}, Python {})", ansible.core, ansible.playbook, python.version)),
            )
            .fix("dnf upgrade -y ansible-core")
        }
    }
}

fn known(case: &Case<'_>) -> Verdict {
    match core(&case.facts.ansible) {
        None => Verdict::not_here("See ansible-core-present.", "ansible-core-present を参照。"),
        Some(found) => {
            Verdict::of(found < (2, 20, 0), plain(&case.facts.ansible.core)).fix("dnf install -y 'ansible-core < 2.20'")
        }
    }
}

fn collection(case: &Case<'_>) -> Verdict {
    if let Some(verdict) = unread(case) {
        return verdict;
    }
    let found = &case.facts.ansible.collection;
    if !found.is_empty() {
        return Verdict::Passed(plain(format!("ovirt.ovirt {found}")));
    }
    // The role is in it: unlike what the role needs later, it cannot come with a package that the role installs.
    Verdict::of(false, text!("ovirt.ovirt is not on the collection path", "ovirt.ovirt がコレクションパスにありません"))
        .fix(INSTALL)
}

fn collection_version(case: &Case<'_>) -> Verdict {
    let ansible = &case.facts.ansible;
    let (Some(core), Some(found)) = (core(ansible), version(&ansible.collection)) else {
        return Verdict::not_here("See ansible-collection.", "ansible-collection を参照。");
    };
    let pair = plain(format!("ansible-core {} + ovirt.ovirt {}", ansible.core, ansible.collection));
    // 3.2.0 is the first that was run on every release from 2.14 on.
    Verdict::of(core >= (2, 14, 0) && found >= (3, 2, 0), pair).fix("dnf upgrade -y ovirt-ansible-collection")
}

fn posix(case: &Case<'_>) -> Verdict {
    if let Some(verdict) = unread(case) {
        return verdict;
    }
    let ansible = &case.facts.ansible;
    if ansible.core.is_empty() {
        return Verdict::not_here("See ansible-core-present.", "ansible-core-present を参照。");
    }
    if !ansible.posix.is_empty() {
        return Verdict::Passed(plain(format!("ansible.posix {}", ansible.posix)));
    }
    Verdict::of(
        false,
        text!("ansible.posix is not on the collection path", "ansible.posix がコレクションパスにありません"),
    )
    .fix("dnf install -y ansible-collection-ansible-posix")
}

/// `/usr/bin/python3.12` needs `python3.12-NAME`; the distribution's own python3 needs `python3-NAME`.
fn package(python: &crate::facts::Python, name: &str) -> String {
    let own = python.path.rsplit('/').next().unwrap_or_default();
    let prefix = if own.starts_with("python3.") { own } else { "python3" };
    format!("{prefix}-{name}")
}

fn missing(python: &crate::facts::Python, names: &[&str]) -> Vec<String> {
    names
        .iter()
        .filter(|name| python.missing.iter().any(|missing| missing == *name))
        .map(|name| (*name).to_owned())
        .collect()
}

fn filters(case: &Case<'_>) -> Verdict {
    let python = &case.facts.ansible.controller;
    if python.version.is_empty() {
        return if case.facts.status("ansible") == Some(127) {
            Verdict::not_here("See ansible-core-present.", "ansible-core-present を参照。")
        } else {
            Verdict::unread("ansible-playbook")
        };
    }
    let missing = missing(python, &["jmespath", "passlib"]);
    let packages: Vec<String> = missing.iter().map(|name| package(python, name)).collect();
    let list = listed(&missing);
    let at = format!("{} ({})", python.path, python.version);
    Verdict::of(missing.is_empty(), text!("{at} lacks: {list}", "{at} に不足: {list}"))
        .fix(format!("dnf install -y {}", packages.join(" ")))
}

fn sdk(case: &Case<'_>) -> Verdict {
    let python = &case.facts.ansible.modules;
    if python.version.is_empty() {
        return Verdict::unread("python3");
    }
    let missing = missing(python, &["ovirtsdk4", "pycurl"]);
    if !missing.is_empty() && offered(case, "ovirt-hosted-engine-setup") {
        return Verdict::Passed(text!(
            "comes with ovirt-hosted-engine-setup",
            "ovirt-hosted-engine-setup と共に導入されます"
        ));
    }
    let packages =
        missing.iter().map(|name| package(python, if name == "ovirtsdk4" { "ovirt-engine-sdk4" } else { name }));
    let packages: Vec<String> = packages.collect();
    let list = listed(&missing);
    let at = format!("{} ({})", python.path, python.version);
    Verdict::of(missing.is_empty(), text!("{at} lacks: {list}", "{at} に不足: {list}"))
        .fix(format!("dnf install -y {}", packages.join(" ")))
}

fn dnf(case: &Case<'_>) -> Verdict {
    let python = &case.facts.ansible.modules;
    if python.version.is_empty() {
        return Verdict::unread("python3");
    }
    let lacks = python.missing.iter().any(|name| name == "dnf");
    Verdict::of(!lacks, plain(format!("{} ({})", python.path, python.version))).fix("dnf install -y python3-dnf")
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions_compare_by_number() {
        assert_eq!(version("2.17.14"), Some((2, 17, 14)));
        assert_eq!(version("2.20.0rc1"), Some((2, 20, 0)));
        assert_eq!(version("3.2"), Some((3, 2, 0)));
        assert_eq!(version(""), None);
        assert_eq!(version("devel"), None);
        assert!(version("2.9.27") < version("2.14.0"));
    }
}
