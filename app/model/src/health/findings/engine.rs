//! How the engine is known: its certificate and its names.

use super::{Found, Level};
use crate::health::advice::Step;
use crate::health::reading::{Liveliness, Reading};
use crate::lang::{Text, text};

const CERTIFICATE_TROUBLE_DAYS: i64 = 30;
const CERTIFICATE_NOTE_DAYS: i64 = 90;

pub(super) fn certificates(found: &mut Found, reading: &Reading) {
    let page = &reading.page;
    let host = &reading.host;
    let mut expiry = |id: &str, what: (&str, &str), days: Option<i64>, steps: Vec<Step>| {
        let Some(days) = days.filter(|days| *days < CERTIFICATE_NOTE_DAYS) else { return };
        let level = if days < CERTIFICATE_TROUBLE_DAYS { Level::Trouble } else { Level::Note };
        let (en, ja) = what;
        let title = if days < 0 {
            Text::new(format!("{en} ended {} days ago.", -days), format!("{ja}の期限が {} 日前に切れました。", -days))
        } else {
            text!("{en} ends in {days} days.", "{ja}の期限まで残り {days} 日です。")
        };
        found.add(id, level, if id == "certificate-host" { host } else { "" }, title, steps);
    };
    let engine = Step::look(
        Text::new(
            "On the engine: global maintenance on, then engine-setup --offline renews its certificates; then maintenance off.",
            "エンジンで: グローバルメンテナンスを有効にし、engine-setup --offline で証明書を更新してから解除してください。",
        ),
        "engine-setup --offline",
        &reading.engine,
    );
    expiry("certificate-engine", ("The engine's certificate", "エンジンの証明書"), page.days, vec![engine]);
    let portal = Step::look(
        Text::new(
            "In the Administration Portal: put the host into maintenance, then Installation > Enroll Certificate.",
            "管理ポータルで: ホストをメンテナンスにし、インストール > 証明書の登録 を実行してください。",
        ),
        format!("https://{}/ovirt-engine/webadmin/", reading.engine),
        "",
    );
    expiry(
        "certificate-host",
        ("This host's VDSM certificate", "このホストの VDSM 証明書"),
        reading.certificate_days,
        vec![portal],
    );
    if page.connected == Some(true)
        && page.trusted_by.is_empty()
        && !page.distrust.is_empty()
        && page.days.is_none_or(|days| days >= 0)
    {
        let (why, engine) = (&page.distrust, &reading.engine);
        found.add("certificate-untrusted", Level::Trouble, "", text!(
            "The certificate that {engine} shows is vouched for neither by the engine's own CA nor by this host's: {why}.",
            "{engine} の証明書は、エンジンの CA でもこのホストの CA でも検証できません: {why}。"
        ), vec![Step::look(Text::new("See who issued it.", "発行者を確認してください。"), format!("openssl s_client -connect {engine}:443 </dev/null | openssl x509 -noout -issuer -subject -enddate"), host)]);
    }
    if reading.liveliness == Liveliness::Up && !page.up && page.connected.is_some() {
        let said = &page.said;
        found.add(
            "https-silent",
            Level::Trouble,
            host,
            text!(
                "The engine answers on port 80, but not its health page over HTTPS from {host}. {said}",
                "エンジンはポート 80 で応答しますが、{host} から HTTPS のヘルスページに応答がありません。{said}"
            ),
            vec![Step::look(
                Text::new("On the engine: does httpd run?", "エンジンで: httpd は動作していますか?"),
                "systemctl status httpd",
                &reading.engine,
            )],
        );
    }
}

pub(super) fn names(found: &mut Found, reading: &Reading) {
    let engine = &reading.engine;
    for lookup in &reading.names {
        let name = &lookup.name;
        let whose =
            if name == engine { ("The engine's name", "エンジン名") } else { ("The host's name", "ホスト名") };
        let (en, ja) = whose;
        let step = || {
            vec![Step::look(
                Text::new("Ask the name servers.", "ネームサーバーに問い合わせてください。"),
                format!("dig +short {name}"),
                &reading.host,
            )]
        };
        let dns = match (&lookup.all, &lookup.dns) {
            (Some(all), Some(dns)) if dns.is_empty() && !all.is_empty() => {
                found.add(
                    "dns-hosts-file",
                    Level::Note,
                    &reading.host,
                    text!(
                        "{en} {name} is known from /etc/hosts only, not from DNS.",
                        "{ja} {name} は /etc/hosts のみで解決され、DNS にありません。"
                    ),
                    step(),
                );
                continue;
            }
            (Some(all), _) if all.is_empty() => {
                let host = &reading.host;
                found.add(
                    "dns-forward",
                    Level::Trouble,
                    host,
                    text!("{en} {name} does not resolve on {host}.", "{ja} {name} が {host} で解決できません。"),
                    step(),
                );
                continue;
            }
            (_, Some(dns)) => dns,
            _ => continue,
        };
        for address in dns {
            let reverse =
                reading.reverse.iter().find(|known| known.address == *address).and_then(|known| known.dns.as_ref());
            if let Some(back) = reverse
                && !back.iter().any(|found| found.eq_ignore_ascii_case(name))
            {
                let shown = if back.is_empty() { "–".to_owned() } else { back.join(", ") };
                found.add(
                    "dns-reverse",
                    Level::Trouble,
                    "",
                    text!(
                        "{en} {name} is {address}, whose reverse name is {shown}.",
                        "{ja} {name} は {address} ですが、逆引きは {shown} です。"
                    ),
                    vec![Step::look(
                        Text::new("Mend the PTR record.", "PTR レコードを修正してください。"),
                        format!("dig +short -x {address}"),
                        &reading.host,
                    )],
                );
            }
        }
    }
}
