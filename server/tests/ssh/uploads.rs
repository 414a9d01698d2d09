//! Files put in place.

use crate::sshd::Sshd;
use hosted_deploy::ssh::CommandError;
use std::{fs, os::unix::fs::PermissionsExt, path::Path};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[tokio::test]
async fn files_land_whole_with_their_mode_under_any_name() {
    let sshd = Sshd::start();
    let session = sshd.connect().await;
    let bytes: Vec<u8> = (0..=255).cycle().take(1_000_000).collect();
    for (n, name) in [
        "plain",
        "it's \"quoted\" $HOME `id`",
        "  spaces  ",
        "new\nline\n",
        "名前/ファイル",
        "-rf",
        "a*b?",
        "back\\slash",
        "a/b/c/deep",
    ]
    .into_iter()
    .enumerate()
    {
        let path = sshd.path("up").join(name);
        let bits = [0o600, 0o644, 0o755, 0o400][n % 4];
        session.upload(path.to_str().unwrap(), bits, &bytes).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(fs::read(&path).unwrap() == bytes, "{name}");
        assert_eq!(mode(&path), bits, "{name}");
    }
    assert_eq!(mode(&sshd.path("up")), 0o700);
    let left: Vec<_> = fs::read_dir(sshd.path("up")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains(".upload.")), "{left:?}");
}

#[tokio::test]
async fn a_file_is_replaced_and_an_empty_one_written() {
    let sshd = Sshd::start();
    let session = sshd.connect().await;
    let path = sshd.path("file");
    session.upload(path.to_str().unwrap(), 0o644, "old").await.unwrap();
    session.upload(path.to_str().unwrap(), 0o600, "").await.unwrap();
    assert_eq!((fs::read(&path).unwrap().len(), mode(&path)), (0, 0o600));
}

#[tokio::test]
async fn a_relative_path_starts_at_home() {
    let Some(sshd) = Sshd::with_accounts("a_relative_path_starts_at_home", Default::default()) else { return };
    let session = sshd.connect_as("deployer", &sshd.key()).await;
    session.upload("some/file", 0o640, "x").await.unwrap();
    session.upload("-n", 0o640, "y").await.unwrap();
    assert_eq!(fs::read(sshd.path("home/deployer/some/file")).unwrap(), b"x");
    assert_eq!(fs::read(sshd.path("home/deployer/-n")).unwrap(), b"y");
}

#[tokio::test]
async fn what_cannot_be_written_is_said_and_leaves_nothing() {
    let sshd = Sshd::start();
    let session = sshd.connect().await;
    fs::create_dir(sshd.path("folder")).unwrap();
    fs::write(sshd.path("file"), "kept").unwrap();
    let folder = sshd.path("folder").display().to_string();
    for (path, why) in [
        (folder.clone(), "it is a folder"),
        (format!("{folder}/"), "it names a folder"),
        (format!("{}/x", sshd.path("file").display()), "mkdir"),
        ("/proc/nothing/here".to_owned(), "/proc"),
    ] {
        let e = session.upload(&path, 0o600, "x").await.unwrap_err();
        let CommandError::Upload { path: named, reason, .. } = &e else { panic!("{e}") };
        assert!(*named == path && reason.contains(why), "{e}");
    }
    assert_eq!(fs::read_dir(sshd.path("folder")).unwrap().count(), 0);
    assert_eq!(fs::read(sshd.path("file")).unwrap(), b"kept");
    assert!(session.upload("/tmp/a\0b", 0o600, "x").await.is_err());
}
