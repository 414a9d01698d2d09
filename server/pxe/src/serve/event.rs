//! [`Event`]: what the servers tell the person who watches them, in words.

use crate::boot::{Boot, NoBoot, Stage};
use crate::dhcp::{Note, Refused, Silent};
use crate::mac::Mac;
use crate::provisioning::{Loader, Refusal};
use crate::{http, tftp};
use hosted_deploy_model::lang::Text;
use std::net::Ipv4Addr;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A DHCP packet and what came of it.
    Dhcp {
        /// Whose.
        mac: Mac,
        /// Its kind of client.
        kind: &'static str,
        /// What came of it.
        note: Note,
    },
    /// TFTP.
    Tftp(tftp::Event),
    /// HTTP.
    Http(http::Event),
    /// Another DHCP server was heard.
    OtherServer {
        /// Option 54.
        server: Ipv4Addr,
        /// The card that spoke; it may be a relay's.
        card: Option<Mac>,
        /// We give addresses, too.
        rival: bool,
    },
    /// Beside another DHCP server, and none is heard.
    NoServer,
    /// An address is used by somebody it was not given to.
    Conflict {
        /// Which.
        address: Ipv4Addr,
        /// By whom.
        card: Mac,
        /// To whom it was given.
        holder: Option<Mac>,
    },
    /// A card answers for so many addresses that it is a router with proxy ARP.
    ProxyArp {
        /// Which.
        card: Mac,
    },
    /// A machine asks too often.
    TooMany {
        /// Which.
        mac: Mac,
    },
    /// Leases could not be kept, so their machines got no answer.
    NotKept {
        /// How many.
        leases: usize,
        /// Why.
        why: String,
    },
    /// An IPv6 router was heard: we advertise nothing any more.
    OtherRouter,
    /// Something is not possible here, and the servers go on without it.
    Without {
        /// What and why.
        what: Text,
    },
}

/// How much an event matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Only who looks for a fault wants to see it.
    Detail,
    /// The course of a boot.
    Course,
    /// Somebody should do something.
    Warning,
}

impl Event {
    /// How much it matters.
    pub fn weight(&self) -> Weight {
        match self {
            Self::Dhcp { note, .. } => match note {
                Note::Nothing | Note::Informed(_) | Note::OtherServer(_) | Note::Offered(..) | Note::Released(_) => {
                    Weight::Detail
                }
                Note::Silent(Silent::PoolEmpty | Silent::NoBoot(NoBoot::Missing(_))) => Weight::Warning,
                Note::Silent(_) => Weight::Detail,
                Note::Acknowledged(_, Err(NoBoot::Missing(_))) | Note::Declined(_) => Weight::Warning,
                Note::Acknowledged(..) | Note::Proxied(_) | Note::BootServer(_) | Note::Refused(..) => Weight::Course,
            },
            Self::Tftp(event) => match event {
                tftp::Event::Ended { outcome: tftp::Outcome::OnlySize, .. } | tftp::Event::NotFound { .. } => {
                    Weight::Detail
                }
                tftp::Event::Ended { .. } => Weight::Course,
                _ => Weight::Warning,
            },
            Self::Http(event) => match event {
                http::Event::NotFound { .. } | http::Event::Sent { whole: false, .. } => Weight::Detail,
                http::Event::Refused { .. } | http::Event::Guessing { .. } => Weight::Warning,
                _ => Weight::Course,
            },
            Self::OtherServer { rival: false, .. } => Weight::Course,
            Self::OtherRouter => Weight::Course,
            _ => Weight::Warning,
        }
    }

    /// In words. What machines sent is shown without control characters.
    pub fn text(&self) -> Text {
        match self {
            Self::Dhcp { mac, kind, note } => {
                let Text { en, ja } = note_text(note);
                Text::new(format!("{mac} ({kind}): {en}"), format!("{mac} ({kind}): {ja}"))
            }
            Self::Tftp(event) => tftp_text(event),
            Self::Http(event) => http_text(event),
            Self::OtherServer { server, card, rival } => {
                let by = card.map_or(String::new(), |card| format!(" ({card})"));
                match rival {
                    true => Text::new(
                        format!(
                            "another DHCP server answers on this network: {server}{by}. Machines get addresses from whichever is quicker. Stop one of the two, or start this one with --mode proxy"
                        ),
                        format!(
                            "このネットワークで別の DHCP サーバーが応答しています: {server}{by}。マシンは先に応答した方からアドレスを取得します。どちらかを停止するか、--mode proxy で起動してください"
                        ),
                    ),
                    false => Text::new(
                        format!("addresses come from the DHCP server {server}{by}"),
                        format!("アドレスは DHCP サーバー {server}{by} から割り当てられています"),
                    ),
                }
            }
            Self::NoServer => Text::new(
                "no DHCP server answers on this network, and with --mode proxy machines get no address from here: start the other server, or use --mode dhcp with a --pool",
                "このネットワークで応答する DHCP サーバーがありません。--mode proxy ではアドレスを割り当てないため、DHCP サーバーを起動するか、--mode dhcp と --pool を使用してください",
            ),
            Self::Conflict { address, card, holder } => {
                let (en, ja) = match holder {
                    Some(holder) => (format!("which was given to {holder}"), format!("({holder} に割り当て済み)")),
                    None => ("without a lease".to_owned(), "(リースなし)".to_owned()),
                };
                Text::new(
                    format!(
                        "{card} uses {address}, {en}: the address is not handed out for ten minutes. Take it out of the pool, or find the machine"
                    ),
                    format!(
                        "{card} が {address} を使用しています {ja}。このアドレスは 10 分間割り当てません。プールから除外するか、該当するマシンを確認してください"
                    ),
                )
            }
            Self::ProxyArp { card } => Text::new(
                format!(
                    "{card} answers for many addresses of the pool (a router with proxy ARP): its answers are not believed, so address conflicts go unseen. Turn proxy ARP off on this network"
                ),
                format!(
                    "{card} がプールの多数のアドレスに応答しています (プロキシ ARP)。応答を無視するため、アドレスの競合は検出できません。このネットワークのプロキシ ARP を無効にしてください"
                ),
            ),
            Self::TooMany { mac } => Text::new(
                format!("{mac} asks too often: some of its questions are not answered"),
                format!("{mac} からの要求が多すぎるため、一部に応答しません"),
            ),
            Self::NotKept { leases, why } => Text::new(
                format!("{leases} leases could not be kept, so their machines got no answer and will ask again: {why}"),
                format!("{leases} 件のリースを保存できないため応答しませんでした (マシンは再試行します): {why}"),
            ),
            Self::OtherRouter => Text::new(
                "an IPv6 router is on this network: no advertisements are sent from here",
                "このネットワークに IPv6 ルーターがあるため、ルーター広告を送信しません",
            ),
            Self::Without { what } => what.clone(),
        }
    }
}

fn note_text(note: &Note) -> Text {
    let same = |text: String| Text::new(text.clone(), text);
    match note {
        Note::Nothing => same(String::new()),
        Note::Offered(address, boot) => {
            let Text { en, ja } = boot_text(boot);
            Text::new(format!("offered {address}{en}"), format!("{address} を提示{ja}"))
        }
        Note::Acknowledged(address, boot) => {
            let Text { en, ja } = boot_text(boot);
            Text::new(format!("has {address}{en}"), format!("{address} を割り当て{ja}"))
        }
        Note::Proxied(boot) => {
            let Text { en, ja } = boot_text(&Ok(boot.clone()));
            Text::new(format!("its address is another server's{en}"), format!("アドレスは別のサーバーから{ja}"))
        }
        Note::BootServer(boot) => {
            let Text { en, ja } = boot_text(&Ok(boot.clone()));
            Text::new(format!("asked on port 4011{en}"), format!("ポート 4011 への要求{ja}"))
        }
        Note::Refused(address, Refused::WrongNetwork) => Text::new(
            format!("refused {address}, which belongs to another network; it will ask anew"),
            format!("{address} は別のネットワークのアドレスのため拒否 (再要求されます)"),
        ),
        Note::Refused(address, Refused::NotYours) => Text::new(
            format!("refused {address}, which is another machine's or in use; it will ask anew"),
            format!("{address} は別のマシンが使用中のため拒否 (再要求されます)"),
        ),
        Note::OtherServer(server) => {
            Text::new(format!("took the offer of the server {server}"), format!("サーバー {server} の提示を選択"))
        }
        Note::Declined(address) => Text::new(
            format!("found {address} in use by somebody else: not handed out for ten minutes"),
            format!("{address} は他のマシンが使用中と報告。10 分間割り当てません"),
        ),
        Note::Released(address) => Text::new(format!("gave {address} back"), format!("{address} を返却")),
        Note::Informed(address) => Text::new(
            format!("has {address} on its own, got the options"),
            format!("{address} は固定設定。オプションのみ通知"),
        ),
        Note::Silent(why) => silent_text(why),
    }
}

fn boot_text(boot: &Result<Boot, NoBoot>) -> Text {
    match boot {
        Ok(Boot { file, stage: Stage::Script }) => {
            Text::new(format!(", script {file}"), format!("、スクリプト {file}"))
        }
        Ok(Boot { file, .. }) => Text::new(format!(", boot file {file}"), format!("、ブートファイル {file}")),
        Err(NoBoot::NotAsked) => Text::new("", ""),
        Err(NoBoot::Missing(missing)) => {
            let Text { en, ja } = missing.text();
            Text::new(format!(", but {en}"), format!("。ただし {ja}"))
        }
    }
}

fn silent_text(why: &Silent) -> Text {
    match why {
        Silent::NoPool(near) => Text::new(
            format!("no answer: no pool for the network of {near}. Give one by --pool"),
            format!("応答なし: {near} のネットワーク用のプールがありません。--pool で指定してください"),
        ),
        Silent::PoolEmpty => Text::new(
            "no answer: every address of the pool is leased, kept for a node, or in use by others. Give a larger --pool",
            "応答なし: プールのアドレスがすべて使用中です。--pool を拡大してください",
        ),
        Silent::NotOurs => Text::new("no answer: its address is not ours to judge", "応答なし: 管理外のアドレスです"),
        Silent::NotForProxy => {
            Text::new("no answer: left to the other DHCP server", "応答なし: 別の DHCP サーバーの担当です")
        }
        Silent::NoBoot(NoBoot::NotAsked) => {
            Text::new("no answer: it does not boot", "応答なし: ネットワークブートの要求ではありません")
        }
        Silent::NoBoot(NoBoot::Missing(missing)) => {
            let Text { en, ja } = missing.text();
            Text::new(format!("no answer: {en}"), format!("応答なし: {ja}"))
        }
    }
}

fn tftp_text(event: &tftp::Event) -> Text {
    match event {
        tftp::Event::Ended { client, name, bytes, took, outcome } => {
            let (name, kib, secs) = (shown(name), bytes.div_ceil(1024), took.as_secs_f64());
            match outcome {
                tftp::Outcome::Whole => Text::new(
                    format!("{client} loaded {name} by TFTP ({kib} KiB in {secs:.1} s)"),
                    format!("{client} が TFTP で {name} を取得 ({kib} KiB、{secs:.1} 秒)"),
                ),
                tftp::Outcome::OnlySize => Text::new(
                    format!("{client} asked for the size of {name}"),
                    format!("{client} が {name} のサイズを確認"),
                ),
                tftp::Outcome::Stopped(_) => Text::new(
                    format!("{client} stopped loading {name} by TFTP; most firmware does so after a look at the size"),
                    format!("{client} が TFTP での {name} の取得を中断 (サイズ確認後の中断は正常です)"),
                ),
                tftp::Outcome::Gone => Text::new(
                    format!(
                        "{client} went silent while it loaded {name} by TFTP: see whether a firewall drops UDP, or the machine was switched off"
                    ),
                    format!(
                        "TFTP で {name} を取得中の {client} が無応答になりました。ファイアウォールの UDP 遮断、またはマシンの電源断を確認してください"
                    ),
                ),
            }
        }
        tftp::Event::NotFound { client, name } => {
            let name = shown(name);
            Text::new(
                format!("{client} asked TFTP for {name}, which is not there"),
                format!("{client} が TFTP で要求した {name} はありません"),
            )
        }
        tftp::Event::WriteRefused { client } => Text::new(
            format!("{client} wanted to write by TFTP: refused"),
            format!("{client} からの TFTP 書き込みを拒否しました"),
        ),
        tftp::Event::Busy { client } => Text::new(
            format!("{client} was turned away by TFTP: too many transfers at once"),
            format!("TFTP の同時転送数が上限のため {client} を拒否しました"),
        ),
        tftp::Event::Unreadable { name, why } => {
            let name = shown(name);
            Text::new(
                format!("{name} cannot be read for TFTP: {why}"),
                format!("TFTP 用の {name} を読み取れません: {why}"),
            )
        }
    }
}

fn http_text(event: &http::Event) -> Text {
    match event {
        http::Event::Script { mac } => Text::new(format!("{mac} got its script"), format!("{mac} にスクリプトを送信")),
        http::Event::Kickstart { client } => {
            Text::new(format!("{client} got its kickstart"), format!("{client} にキックスタートを送信"))
        }
        http::Event::Report { client, report } => Text::new(
            format!("{client} reports: {report}"),
            format!(
                "{client} からの報告: {}",
                match *report {
                    "started" => "開始",
                    "built" => "完了",
                    _ => "失敗",
                }
            ),
        ),
        http::Event::Refused { client, why } => {
            let ja = match why {
                Refusal::Unknown => "不明なトークン",
                Refusal::Spent => "使用済みまたは期限切れのトークン",
                Refusal::OtherMachine => "別のマシンのトークン",
            };
            Text::new(format!("{client} was refused: {why}"), format!("{client} を拒否: {ja}"))
        }
        http::Event::Sent { client, name, bytes, whole } => {
            let (name, kib) = (shown(name), bytes.div_ceil(1024));
            match whole {
                true => Text::new(
                    format!("{client} loaded {name} by HTTP ({kib} KiB)"),
                    format!("{client} が HTTP で {name} を取得 ({kib} KiB)"),
                ),
                false => Text::new(
                    format!("{client} stopped loading {name} by HTTP after {kib} KiB"),
                    format!("{client} が HTTP での {name} の取得を {kib} KiB で中断"),
                ),
            }
        }
        http::Event::NotFound { client, path } => {
            let path = shown(path);
            Text::new(
                format!("{client} asked HTTP for {path}, which is not there"),
                format!("{client} が HTTP で要求した {path} はありません"),
            )
        }
        http::Event::Guessing { client } => Text::new(
            format!("{client} tried too many wrong tokens and has to wait a minute"),
            format!("{client} からの不正なトークンが多すぎるため、1 分間拒否します"),
        ),
    }
}

/// At most 120 characters, none of which moves a terminal's cursor.
fn shown(name: &str) -> String {
    name.chars().take(120).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// The name of a loader.
pub const fn loader_words(loader: Loader) -> &'static str {
    match loader {
        Loader::Ipxe => "iPXE",
        Loader::Pxelinux => "PXELINUX",
        Loader::Grub => "GRUB",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_from_outside_cannot_move_the_cursor() {
        let event = Event::Tftp(tftp::Event::NotFound { client: [192, 0, 2, 1].into(), name: "a\x1b[2Jb".repeat(100) });
        let text = event.text();
        assert!(!text.en.contains('\x1b') && !text.ja.contains('\x1b') && text.en.len() < 500);
    }

    #[test]
    fn a_rival_is_named_with_what_to_do() {
        let event = Event::OtherServer { server: [192, 0, 2, 2].into(), card: Some(Mac::new([2; 6])), rival: true };
        let text = event.text();
        for words in ["192.0.2.2", "02:02:02:02:02:02", "--mode proxy"] {
            assert!(text.en.contains(words) && text.ja.contains(words), "{text:?}");
        }
        assert_eq!(event.weight(), Weight::Warning);
    }
}
