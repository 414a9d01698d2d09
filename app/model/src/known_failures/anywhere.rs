//! What can happen in any phase, or in several.

use crate::explain::Explanation;
use crate::phase::Phase::{BootstrapLocalVm, CreateStorageDomain, CreateTargetVm, FinalClean};

pub(super) static FAILURES: &[Explanation] = &[
    Explanation::new(
        "sso-refused",
        &[BootstrapLocalVm, CreateStorageDomain, CreateTargetVm],
        ("", &["Cannot authenticate user", "invalid_grant", "access_denied", "Error during SSO authentication"]),
        (
            "The engine refuses the administrator's name or password: with Keycloak the name is admin@ovirt@internalsso, without it admin@internal.",
            "エンジンが管理者の名前またはパスワードを拒否しています。Keycloak では admin@ovirt@internalsso、それ以外では admin@internal です。",
        ),
        (
            "When the deployment restores a backup, give the password of that engine. Otherwise retry from the start: the name is then taken from the new engine.",
            "バックアップから復元する場合は、そのエンジンのパスワードを指定してください。それ以外の場合は最初から再試行してください。名前は新しいエンジンから取得されます。",
        ),
        Some("engine.admin_password"),
    ),
    Explanation::new(
        "disk-full",
        &[],
        ("", &["No space left on device", "Disk quota exceeded"]),
        ("A file system on the host is full.", "ホストのファイルシステムに空きがありません。"),
        ("Free space (`df -h`), then retry.", "空き容量を確保し (`df -h`)、再試行してください。"),
        None,
    ),
    Explanation::new(
        "python-module-missing",
        &[],
        (
            "",
            &[
                "ovirtsdk4 version",
                "ovirt-engine-sdk-python",
                "No module named",
                "Failed to import the required Python library",
                "requires the jmespath",
                "You need to install \"jmespath\"",
            ],
        ),
        (
            "The Python that Ansible uses on the host lacks a module that the role needs.",
            "ホストで Ansible が使用する Python に、ロールに必要なモジュールがありません。",
        ),
        (
            "Install python3-ovirt-engine-sdk4 and python3-jmespath for that Python version, or remove the other Python versions' ansible-core.",
            "その Python バージョン用の python3-ovirt-engine-sdk4 と python3-jmespath をインストールするか、別の Python 用の ansible-core を削除してください。",
        ),
        None,
    ),
    Explanation::new(
        "package-module",
        &[],
        ("", &["Could not find a module for {{hostvars"]),
        (
            "ansible-core 2.14 to 2.16 cannot install packages in the engine VM with this collection.",
            "ansible-core 2.14〜2.16 では、このコレクションを使ってエンジン VM にパッケージをインストールできません。",
        ),
        (
            "Update ovirt-ansible-collection, or ansible-core to 2.17.",
            "ovirt-ansible-collection を更新するか、ansible-core を 2.17 に更新してください。",
        ),
        None,
    ),
    Explanation::new(
        "role-missing",
        &[],
        ("", &["the role 'ovirt.ovirt.hosted_engine_setup' was not found"]),
        (
            "The Ansible collection ovirt.ovirt is not installed on the host.",
            "Ansible コレクション ovirt.ovirt がホストにインストールされていません。",
        ),
        (
            "Run `dnf install ovirt-hosted-engine-setup` on the host.",
            "ホストで `dnf install ovirt-hosted-engine-setup` を実行してください。",
        ),
        None,
    ),
    Explanation::new(
        "clean-up-after-success",
        &[FinalClean],
        ("", &[]),
        (
            "The engine is deployed and runs; only its last clean-up failed.",
            "エンジンはデプロイされ、動作しています。最後の後片付けだけが失敗しました。",
        ),
        (
            "Retry the run, or remove /var/tmp/localvm* on the host yourself.",
            "実行を再試行するか、ホストの /var/tmp/localvm* を手動で削除してください。",
        ),
        None,
    ),
];
