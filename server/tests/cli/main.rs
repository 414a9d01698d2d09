//! The command line from outside: texts, exit codes, what is written where. No host is needed.

#![allow(clippy::unwrap_used, reason = "helpers of tests; clippy knows only the tests themselves")]

mod answers;
mod pxe;
mod serve;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn hosted_deploy(state: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_hosted-deploy"))
        .args(arguments)
        .current_dir(state)
        .env_clear()
        .env("HOME", state)
        .env("HOSTED_DEPLOY_STATE", state.join("state"))
        .env("COLUMNS", "100")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Compares with a golden file; `UPDATE_GOLDEN=1` writes it instead.
fn golden(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cli/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, kept, "{name} has changed; UPDATE_GOLDEN=1 takes the new one over");
}

#[test]
fn help_is_what_it_was() {
    let folder = tempfile::tempdir().unwrap();
    for command in [
        "",
        "runs",
        "runs attach",
        "runs retry",
        "check",
        "status",
        "action",
        "logs",
        "cleanup",
        "serve",
        "answers",
        "answers new",
        "answers validate",
        "answers convert",
        "storage",
        "storage discover",
        "storage discover nfs",
        "storage discover iscsi",
        "storage prepare",
        "storage prepare nfs-server",
        "storage prepare multipath",
        "pxe",
        "pxe image import",
        "pxe profile new",
        "pxe node",
        "pxe node add",
        "pxe render",
    ] {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let output = hosted_deploy(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(0), "{command}");
        let name =
            format!("help-{}.txt", if command.is_empty() { "all".to_owned() } else { command.replace(' ', "-") });
        golden(&name, &said(&output));
    }
}

#[test]
fn bad_usage_ends_with_2_and_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("typo.toml"), "[engine_vm]\nfqnd = \"engine.example.com\"\n").unwrap();
    std::fs::write(folder.path().join("lone.toml"), "[engine_vm]\nmac = \"01:16:3e:00:00:01\"\n").unwrap();
    for (arguments, wanted) in [
        (&["--no-such-flag"][..], "--no-such-flag"),
        (&["--answers", "none.toml"], "none.toml"),
        (&["--answers", "typo.toml"], "typo.toml:2:"),
        (&["--answers", "typo.toml"], "fqdn"),
        (&["--answers", "lone.toml"], "lone.toml:2:"),
        (&["--answers", "lone.toml", "--from-phase", "always"], "bootstrap_local_vm"),
        (&["--answers", "lone.toml", "runs", "list"], "--answers"),
    ] {
        let output = hosted_deploy(folder.path(), arguments);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}\n{said}");
        assert!(said.contains(wanted), "{arguments:?} does not say {wanted}\n{said}");
    }
}

#[test]
fn bad_usage_and_help_are_told_in_japanese_as_well() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, wanted) in [
        (&["--no-such-flag"][..], "引数 '--no-such-flag' はありません"),
        (&["pxe", "nod"], "もしかして: node"),
        (&["status", "--every", "1", "--watch"], "'--every <SECONDS>' に値 '1' は指定できません: 範囲は 5..=3600 です"),
        (&["--from-phase", "always"], "次のいずれか: initial_clean,"),
        (&["logs", "nothing"], "[値: agent, broker,"),
        (&["pxe", "node", "retry"], "次の引数が必要です:"),
        (&["storage", "discover"], "コマンド:"),
    ] {
        let output = hosted_deploy(folder.path(), &[&["--lang=ja"], arguments].concat());
        let said = said(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}\n{said}");
        assert!(said.contains(wanted) && !said.contains("Usage"), "{arguments:?} does not say {wanted}\n{said}");
    }
    for (name, arguments) in
        [("ja-all", &["--help", "--lang", "ja"][..]), ("ja-pxe-render", &["--lang", "ja", "pxe", "render", "--help"])]
    {
        let output = hosted_deploy(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(0));
        golden(&format!("help-{name}.txt"), &said(&output));
    }
}

#[test]
fn the_language_is_taken_from_the_locale_and_from_the_option() {
    let folder = tempfile::tempdir().unwrap();
    let english = said(&hosted_deploy(folder.path(), &["runs", "list"]));
    assert!(english.contains("No run yet"), "{english}");
    let japanese = said(&hosted_deploy(folder.path(), &["--lang", "ja", "runs", "list"]));
    assert!(japanese.contains("実行はまだありません"), "{japanese}");
    let japanese = said(&hosted_deploy(folder.path(), &["runs", "list", "--lang", "ja"]));
    assert!(japanese.contains("実行はまだありません"), "{japanese}");
}

#[test]
fn a_run_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["show", "attach", "cancel", "retry", "continue", "logs", "bundle"] {
        let output = hosted_deploy(folder.path(), &["runs", command, "20990101-000000-abcd"]);
        assert_eq!(output.status.code(), Some(1), "{command}");
        let said = said(&output);
        assert!(said.contains("no run 20990101-000000-abcd") && said.contains("runs list"), "{command}: {said}");
    }
}

#[test]
fn a_host_that_is_not_there_ends_with_4() {
    let folder = tempfile::tempdir().unwrap();
    // A port that was free a moment ago: nothing listens on it.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let output = hosted_deploy(folder.path(), &["check", "--host", &format!("127.0.0.1:{port}")]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("refused"), "{said}");
}

#[test]
fn manual_pages_and_completions_are_generated() {
    let folder = tempfile::tempdir().unwrap();
    let output = hosted_deploy(folder.path(), &["man", "man"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let page = std::fs::read_to_string(folder.path().join("man/hosted-deploy.1")).unwrap();
    assert!(page.contains("hosted\\-deploy"), "{page}");
    assert!(folder.path().join("man/hosted-deploy-runs-retry.1").exists());
    hosted_deploy(folder.path(), &["--lang", "ja", "man", "ja"]);
    let names = |pages: &str| {
        let pages = std::fs::read_dir(folder.path().join(pages)).unwrap();
        pages.map(|page| page.unwrap().file_name()).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(names("man"), names("ja"));
    for shell in ["bash", "zsh", "fish"] {
        let output = hosted_deploy(folder.path(), &["completions", shell]);
        assert!(said(&output).contains("hosted-deploy"), "{shell}");
    }
}

#[test]
fn hosts_that_are_not_reached_are_told_in_their_order_and_in_the_language() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody listens there any more.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (first, second) = (format!("127.0.0.2:{port}"), format!("127.0.0.1:{port}"));
    let arguments = ["status", "--accept-new-host-key", "--host", &first, "--host", &second];
    for (lang, words, why) in [
        ("en", " could not be read: ", "the connection was refused"),
        ("ja", " を読み取れません: ", "接続が拒否されました"),
    ] {
        let output = hosted_deploy(folder.path(), &[&arguments[..], &["--lang", lang]].concat());
        assert_eq!(output.status.code(), Some(3), "{}", said(&output));
        let told = String::from_utf8(output.stdout).unwrap();
        let at = [&first, &second].map(|host| told.find(&format!("{host}{words}")));
        assert!(at[0].is_some() && at[0] < at[1], "{told}");
        assert_eq!(told.matches(why).count(), 2, "{told}");
    }
}
