//! The next step after each error, in the languages of the product.

use super::{
    error::{CommandError, ConnectError, KeyError, Outcome, Stage, SudoError},
    host_keys::Place,
};
use hosted_deploy_model::lang::Lang;

/// Only the chosen language's text is put together.
macro_rules! pick {
    ($lang:expr, $en:expr, $ja:expr $(,)?) => {
        match $lang {
            Lang::En => String::from($en),
            Lang::Ja => String::from($ja),
        }
    };
}

impl ConnectError {
    /// What to do next.
    pub fn advice(&self, lang: Lang) -> String {
        match self {
            Self::NameNotResolved { at, .. } => pick!(
                lang,
                format!(
                    "Check the spelling, and `getent hosts {0}` on this machine; or give the IP address.",
                    host(at)
                ),
                format!(
                    "綴りを確認し、このマシンで `getent hosts {0}` を実行してください。IP アドレスを指定することもできます。",
                    host(at)
                ),
            ),
            Self::Refused { .. } => pick!(
                lang,
                "Check the port, and on the host that sshd runs: `systemctl status sshd`.",
                "ポート番号を確認し、ホスト上で sshd が動作しているか `systemctl status sshd` で確認してください。",
            ),
            Self::Unreachable { at, .. } => pick!(
                lang,
                format!(
                    "Check that the host is on and that this machine has a route to it: `ip route get {0}`.",
                    host(at)
                ),
                format!(
                    "ホストの電源が入っていること、このマシンから経路があることを `ip route get {0}` で確認してください。",
                    host(at)
                ),
            ),
            Self::TimedOut { stage, .. } => match stage {
                Stage::Reaching => pick!(
                    lang,
                    "Check that the host is on, its address and port, and firewalls on the way (on the host: `firewall-cmd --list-services` must show ssh).",
                    "ホストの電源、アドレスとポート、経路上のファイアウォールを確認してください (ホスト上の `firewall-cmd --list-services` に ssh が必要です)。",
                ),
                Stage::Handshake => pick!(
                    lang,
                    "The port is open but sshd does not talk: check that the port is sshd's, and the host's load and memory on its console.",
                    "ポートは開いていますが sshd が応答しません。sshd のポートであること、ホストの負荷とメモリーをコンソールで確認してください。",
                ),
                Stage::Login => pick!(
                    lang,
                    "sshd knows the account but does not answer: often its resolver or directory service hangs. On the host's console look at `journalctl -u sshd`, and try `UseDNS no`.",
                    "sshd がログインに応答しません。名前解決やディレクトリーサービスの停止が主な原因です。ホストのコンソールで `journalctl -u sshd` を確認し、`UseDNS no` を試してください。",
                ),
            },
            Self::NotSsh { .. } => pick!(
                lang,
                "Check the port: on the host `ss -ltnp` shows where sshd listens.",
                "ポート番号を確認してください。ホスト上の `ss -ltnp` で sshd の待ち受けポートが分かります。",
            ),
            Self::Closed { .. } => pick!(
                lang,
                "Look at `journalctl -u sshd` on the host. Usual reasons: too many logins at once (MaxStartups), this address banned (fail2ban), the host shutting down. Then try again.",
                "ホスト上で `journalctl -u sshd` を確認してください。同時ログイン過多 (MaxStartups)、このアドレスの遮断 (fail2ban)、シャットダウン中などが考えられます。その後、再試行してください。",
            ),
            Self::NoCommonAlgorithm { .. } => pick!(
                lang,
                "Update the host's openssh-server, or allow one of the algorithms known here in its sshd_config (on EL: `update-crypto-policies --show`).",
                "ホストの openssh-server を更新するか、sshd_config でこちらが対応するアルゴリズムを許可してください (EL では `update-crypto-policies --show`)。",
            ),
            Self::HostKeyUnknown(_) => pick!(
                lang,
                "On the host's console run `for k in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $k; done`, compare the fingerprint, and connect again trusting it.",
                "ホストのコンソールで `for k in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $k; done` を実行して指紋を照合し、一致すれば信頼して再接続してください。",
            ),
            Self::HostKeyChanged(change) => {
                let (en, ja) = match &change.place {
                    Place::File { path, line } => (
                        format!(
                            "remove line {line} of {0} (`ssh-keygen -R '{1}' -f {0}`) and connect again",
                            path.display(),
                            change.name
                        ),
                        format!(
                            "{0} の {line} 行目を削除し (`ssh-keygen -R '{1}' -f {0}`)、再接続してください",
                            path.display(),
                            change.name
                        ),
                    ),
                    Place::FirstConnection => (
                        "end this run and connect anew".to_owned(),
                        "この実行を終了し、新たに接続してください".to_owned(),
                    ),
                };
                pick!(
                    lang,
                    format!(
                        "Somebody may be between you and the host: enter no password. Compare on the host's console: `for k in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $k; done`. If the host was reinstalled and shows {0} there, {en}.",
                        change.offered.fingerprint
                    ),
                    format!(
                        "通信経路に第三者がいる可能性があります。パスワードを入力しないでください。ホストのコンソールで `for k in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf $k; done` を実行して照合してください。ホストが再インストールされていて {0} が表示される場合は、{ja}。",
                        change.offered.fingerprint
                    ),
                )
            }
            Self::HostKeyRevoked { place, .. } => pick!(
                lang,
                format!(
                    "Don't log in. Give the host a new key (on its console: `rm /etc/ssh/ssh_host_*; ssh-keygen -A; systemctl restart sshd`); the rule stands in {place}."
                ),
                format!(
                    "ログインしないでください。ホストに新しい鍵を作成してください (コンソールで `rm /etc/ssh/ssh_host_*; ssh-keygen -A; systemctl restart sshd`)。失効の記録: {place}"
                ),
            ),
            Self::HostKeyFile { path, .. } => pick!(
                lang,
                format!("Make {0} a file that this account can read and write.", path.display()),
                format!("{0} をこのアカウントが読み書きできるファイルにしてください。", path.display()),
            ),
            Self::AuthRefused { user, attempts, offered, closed, .. } => {
                auth_advice(lang, user, attempts.iter().map(|a| &a.outcome), offered, closed.is_some())
            }
            Self::KeyUnreadable { path, .. } => pick!(
                lang,
                format!("Check the path and its permissions: `ls -l {0}`.", path.display()),
                format!("パスと権限を確認してください: `ls -l {0}`", path.display()),
            ),
            Self::KeyEncrypted { .. } => pick!(
                lang,
                "Give its passphrase, or load the key into ssh-agent: `ssh-add`.",
                "パスフレーズを指定するか、`ssh-add` で ssh-agent に鍵を読み込んでください。",
            ),
            Self::KeyPassphraseWrong { path } => pick!(
                lang,
                format!("Try the passphrase with `ssh-keygen -yf {0}`, then give it again.", path.display()),
                format!("`ssh-keygen -yf {0}` でパスフレーズを確認し、もう一度指定してください。", path.display()),
            ),
            Self::KeyUnsupported { path, .. } => pick!(
                lang,
                format!(
                    "Give an ed25519, ECDSA or RSA private key. An old PEM file becomes readable by `ssh-keygen -pf {0}` (on a copy).",
                    path.display()
                ),
                format!(
                    "ed25519、ECDSA、RSA の秘密鍵を指定してください。古い PEM 形式は (コピーに対して) `ssh-keygen -pf {0}` で変換できます。",
                    path.display()
                ),
            ),
            Self::Key(KeyError::Encrypted) => {
                pick!(lang, "Give its passphrase as well.", "鍵のパスフレーズも入力してください。",)
            }
            Self::Key(KeyError::PassphraseWrong) => pick!(
                lang,
                "Try the passphrase with `ssh-keygen -yf FILE` on the key's file, then give it again.",
                "鍵ファイルに対して `ssh-keygen -yf FILE` を実行してパスフレーズを確認し、もう一度入力してください。",
            ),
            Self::Key(KeyError::Unsupported { .. }) => pick!(
                lang,
                "Give an ed25519, ECDSA or RSA private key, whole, from its BEGIN line to its END line. An old PEM file becomes readable by `ssh-keygen -pf FILE` (on a copy).",
                "ed25519、ECDSA、RSA の秘密鍵を、BEGIN の行から END の行まですべて指定してください。古い PEM 形式は (コピーに対して) `ssh-keygen -pf FILE` で変換できます。",
            ),
            Self::Agent { .. } => pick!(
                lang,
                "Start an agent and load a key (`eval $(ssh-agent); ssh-add`), check with `ssh-add -l`, or give the key file.",
                "エージェントを起動して鍵を読み込み (`eval $(ssh-agent); ssh-add`)、`ssh-add -l` で確認するか、鍵ファイルを指定してください。",
            ),
            Self::Root { source, .. } => source.advice(lang),
            Self::ClosedHere { .. } => pick!(lang, "Connect again.", "もう一度接続してください。"),
        }
    }
}

fn auth_advice<'a>(
    lang: Lang,
    user: &str,
    mut outcomes: impl Iterator<Item = &'a Outcome>,
    offered: &[String],
    closed: bool,
) -> String {
    let offered = offered.join(", ");
    if closed {
        return pick!(
            lang,
            "The server counts every key as an attempt (MaxAuthTries): name one key file instead of the whole agent. Otherwise see `journalctl -u sshd` on the host.",
            "サーバーは鍵ごとに試行回数を数えます (MaxAuthTries)。エージェント全体ではなく鍵ファイルを 1 つ指定してください。それ以外の場合はホストの `journalctl -u sshd` を確認してください。",
        );
    }
    if let Some(Outcome::Asked(_)) = outcomes.find(|o| matches!(o, Outcome::Asked(_) | Outcome::Partial)) {
        return pick!(
            lang,
            format!(
                "This account wants more than was given (the server: {offered}). Give a further way, or log in once with `ssh {user}@HOST` and answer there what is asked (an expired password is changed so)."
            ),
            format!(
                "このアカウントには追加の認証が必要です (サーバー: {offered})。別の方式を追加するか、一度 `ssh {user}@HOST` でログインして質問に答えてください (期限切れパスワードの変更など)。"
            ),
        );
    }
    pick!(
        lang,
        format!(
            "Check the password or key for the account {user} and give one of the ways that the server offers ({offered}). For root with a password the host needs `PermitRootLogin yes`. The reason stands in `journalctl -u sshd` on the host."
        ),
        format!(
            "アカウント {user} のパスワードまたは鍵を確認し、サーバーが受け付ける方式 ({offered}) を指定してください。root のパスワード認証にはホスト側で `PermitRootLogin yes` が必要です。理由はホストの `journalctl -u sshd` に記録されています。"
        ),
    )
}

impl CommandError {
    /// What to do next.
    pub fn advice(&self, lang: Lang) -> String {
        match self {
            Self::Lost { .. } => pick!(
                lang,
                "Connect again and look whether it still runs there; what runs in a systemd unit goes on by itself.",
                "再接続し、処理がまだ実行中か確認してください。systemd ユニットの処理は継続しています。",
            ),
            Self::NoChannel { .. } => pick!(
                lang,
                "Raise MaxSessions in the host's sshd_config (its default is 10), or end other sessions on this connection.",
                "ホストの sshd_config の MaxSessions (既定値 10) を増やすか、この接続の他のセッションを終了してください。",
            ),
            Self::Declined { .. } => pick!(
                lang,
                "The account may not run commands: look for ForceCommand, a restricted key or a shell such as nologin.",
                "このアカウントではコマンドを実行できません。ForceCommand、制限付きの鍵、nologin などのシェルを確認してください。",
            ),
            Self::TooMuchOutput { .. } => pick!(
                lang,
                "Look at what floods the output by running it on the host.",
                "ホスト上で直接実行し、大量出力の原因を確認してください。",
            ),
            Self::NulByte { .. } => pick!(lang, "Take the NUL character out.", "NUL 文字を取り除いてください。"),
            Self::Sudo { source, .. } => source.advice(lang),
            Self::Upload { .. } => pick!(
                lang,
                "Check space and permissions of the folder on the host: `df -h`, `ls -ld`.",
                "ホスト上のフォルダーの空き容量と権限を確認してください: `df -h`、`ls -ld`",
            ),
            Self::Forward { to, .. } => pick!(
                lang,
                format!(
                    "On the host check `curl -v telnet://{to}`, and that its sshd_config does not say `AllowTcpForwarding no`."
                ),
                format!(
                    "ホスト上で `curl -v telnet://{to}` を確認し、sshd_config に `AllowTcpForwarding no` がないことを確認してください。"
                ),
            ),
        }
    }
}

impl SudoError {
    /// What to do next.
    pub fn advice(&self, lang: Lang) -> String {
        match self {
            Self::WrongPassword => pick!(
                lang,
                "Give the password that sudo wants on the host: usually the account's own.",
                "ホスト上の sudo が要求するパスワード (通常はそのアカウント自身のもの) を指定してください。",
            ),
            Self::PasswordNeeded => pick!(
                lang,
                "Give the sudo password, or log in as root.",
                "sudo のパスワードを指定するか、root でログインしてください。",
            ),
            Self::NotAllowed { .. } => pick!(
                lang,
                "Add the account to the group wheel on the host (`usermod -aG wheel USER`), or log in as root.",
                "ホスト上でアカウントを wheel グループに追加するか (`usermod -aG wheel USER`)、root でログインしてください。",
            ),
            Self::RequiresTty => pick!(
                lang,
                "On the host run visudo and add `Defaults:USER !requiretty`, or log in as root.",
                "ホスト上で visudo を実行して `Defaults:USER !requiretty` を追加するか、root でログインしてください。",
            ),
            Self::Missing => pick!(
                lang,
                "Install sudo on the host (`dnf install sudo`), or log in as root.",
                "ホストに sudo をインストールするか (`dnf install sudo`)、root でログインしてください。",
            ),
            Self::Other { .. } => pick!(
                lang,
                "Try `sudo -k true` as this account on the host, or log in as root.",
                "ホスト上でこのアカウントから `sudo -k true` を試すか、root でログインしてください。",
            ),
        }
    }
}

/// The host of `host:port`, without brackets.
fn host(at: &str) -> &str {
    let host = at.rsplit_once(':').map_or(at, |(host, _)| host);
    host.trim_start_matches('[').trim_end_matches(']')
}
