//! The list of nodes: which servers run, every machine with its state, and how more are added.

use super::api::{self, Event, Line, Listed, Server};
use super::form::NodeForm;
use super::import::Import;
use super::{Live, NODES, STOCK, cell, sentences, state_label, table};
use crate::boxes::{Card, Refusal};
use crate::frame::{preferences, texts};
use crate::lean::of_this_page;
use crate::program::Program;
use crate::texts::with_code;
use hosted_deploy_model::lang::{Lang, Text};
use leptos::prelude::*;
use leptos_meta::Title;
use std::collections::HashMap;

#[component]
pub(crate) fn NodesPage() -> impl IntoView {
    Program::Watch.page(page)
}

fn page() -> impl IntoView {
    let live = Live::of(of_this_page(api::list_of_this_page));
    let Live { shown, refused } = live;
    live.keep(move || {
        let seen = shown.with_untracked(|shown| shown.as_ref().map(|shown: &Listed| shown.mark.clone()));
        api::list(seen.unwrap_or_default())
    });
    let lang = preferences().lang;
    let title = lang.pick(NODES.0, NODES.1);
    let servers = Memo::new(move |_| {
        shown.with(|shown| shown.as_ref().map(|shown| (shown.servers.clone(), shown.state_dir.clone())))
    });
    let profiles =
        Memo::new(move |_| shown.with(|shown| shown.as_ref().map(|shown| shown.profiles.clone()).unwrap_or_default()));
    view! {
        <Title text=format!("{title} · {}", texts().product) />
        <section class="pf-v6-c-page__main-section">
            <div class="hd-stack hd-wide">
                <h1 class="pf-v6-c-title pf-m-2xl">{title}</h1>
                <p>
                    {lang.pick(
                        "Machines that are installed over the network, to become hosts of the engine. ",
                        "ネットワーク経由でインストールし、エンジンのホストにするマシンです。",
                    )}
                    <a href="/profiles" rel="external">{lang.pick(STOCK.0, STOCK.1)}</a>
                </p>
                {move || refused.get().map(|refused| view! { <Refusal refused /> })}
                {move || servers.get().map(|(servers, state_dir)| serving(servers, &state_dir, lang))}
                <Machines shown lang />
                <Card title=lang.pick("Add a machine", "マシンの追加").to_owned()>
                    <NodeForm line=Line::default() profiles lang />
                </Card>
                <Card title=lang.pick("Add the machines of a list", "リストからの追加").to_owned()>
                    <Import lang />
                </Card>
            </div>
        </section>
    }
}

/// The servers that run, or how one is started.
fn serving(servers: Vec<Server>, state_dir: &str, lang: Lang) -> AnyView {
    let body = if servers.is_empty() {
        let lines = [
            Text::new(
                format!(
                    "No server for network boot runs on these nodes. One that gives addresses as well: `hosted-deploy pxe serve{state_dir} --interface IF --pool FIRST-LAST`; beside a DHCP server of yours: `hosted-deploy pxe serve{state_dir} --interface IF --mode proxy`"
                ),
                format!(
                    "これらのノード用のネットワークブートサーバーは動作していません。アドレスも割り当てる場合: `hosted-deploy pxe serve{state_dir} --interface IF --pool FIRST-LAST`。既存の DHCP サーバーと併用する場合: `hosted-deploy pxe serve{state_dir} --interface IF --mode proxy`"
                ),
            ),
            Text::new(
                "Servers of your own (dhcpd, dnsmasq, Kea, Satellite and others) get their configuration under Profiles and images, or by `hosted-deploy pxe render`.",
                "既存のサーバー (dhcpd、dnsmasq、Kea、Satellite など) 用の設定は、「プロファイルとイメージ」または `hosted-deploy pxe render` で作成できます。",
            ),
        ];
        sentences(&lines, lang)
    } else {
        servers.into_iter().map(|server| one_server(server, lang)).collect_view().into_any()
    };
    view! { <Card title=lang.pick("Server", "サーバー").to_owned()>{body}</Card> }.into_any()
}

fn one_server(server: Server, lang: Lang) -> AnyView {
    let Server { interface, http, proxy, since, others, warnings } = server;
    let mode = if proxy {
        lang.pick("boot files beside another DHCP server", "別の DHCP サーバーと併用 (ブートファイルのみ)")
    } else {
        lang.pick("addresses and boot files", "アドレスとブートファイル")
    };
    let head = match lang {
        Lang::En => format!("Serving {interface} at {http} since {since} UTC: {mode}"),
        Lang::Ja => format!("{interface} ({http}) で {since} UTC から動作中: {mode}"),
    };
    let others = others.into_iter().map(|(server, rival, at)| {
        let text = match (rival, lang) {
            (true, Lang::En) => format!("⚠ Another DHCP server gives addresses here, too: {server} (last heard {at}). Stop one of the two, or use --mode proxy."),
            (true, Lang::Ja) => format!("⚠ 別の DHCP サーバーもアドレスを割り当てています: {server} (最終検出 {at})。どちらかを停止するか、--mode proxy を使用してください。"),
            (false, Lang::En) => format!("Addresses come from the DHCP server {server} (last heard {at})."),
            (false, Lang::Ja) => format!("アドレスは DHCP サーバー {server} から割り当てられています (最終検出 {at})。"),
        };
        view! { <li>{text}</li> }
    });
    let others = others.collect_view();
    let warnings = warnings.into_iter().map(|(at, text)| {
        view! { <li>{format!("⚠ {at} ")}{with_code(text.get(lang))}</li> }
    });
    let warnings = warnings.collect_view();
    view! {
        <p role="status">{format!("✔ {head}")}</p>
        <ul class="hd-lines-apart">{others}{warnings}</ul>
    }
    .into_any()
}

/// Rows stay where they are while what they say changes: a focus is not lost.
#[component]
fn Machines(shown: RwSignal<Option<Listed>>, lang: Lang) -> impl IntoView {
    let lines = Memo::new(move |_| {
        let pairs = |listed: &Listed| listed.nodes.iter().map(|line| (line.name.clone(), line.clone())).collect();
        shown.with(|shown| shown.as_ref().map(pairs).unwrap_or_default())
    });
    let names = Memo::new(move |_| {
        shown.with(|shown| {
            shown.iter().flat_map(|shown| &shown.nodes).map(|line| line.name.clone()).collect::<Vec<String>>()
        })
    });
    let heads = heads(lang);
    let none = Memo::new(move |_| names.with(Vec::is_empty));
    let sentence = move || shown.with(|shown| Some(shown.as_ref()?.sentence.as_ref()?.get(lang).to_owned()));
    let rows = move || {
        view! { <For each=move || names.get() key=Clone::clone children=move |name| row(name, lines, lang) /> }
            .into_any()
    };
    view! {
        <Card title=lang.pick("Machines", "マシン").to_owned()>
            <p role="status">{sentence}</p>
            {move || match none.get() {
                true => empty(lang),
                false => table(lang.pick("Machines", "マシン").to_owned(), heads.to_vec(), rows()),
            }}
        </Card>
    }
}

fn empty(lang: Lang) -> AnyView {
    sentences(
        &[Text::new(
            "No machine yet. One that starts from the network while a server runs appears here by itself; others are added below, or by `hosted-deploy pxe node add`.",
            "マシンはまだありません。サーバーの動作中にネットワークから起動したマシンは自動的に表示されます。下のフォームまたは `hosted-deploy pxe node add` でも追加できます。",
        )],
        lang,
    )
}

fn heads(lang: Lang) -> [&'static str; 6] {
    [
        lang.pick("Name", "名前"),
        lang.pick("Card or UUID", "カードまたは UUID"),
        lang.pick("Address", "アドレス"),
        lang.pick("Profile and role", "プロファイルと役割"),
        lang.pick("State, since (UTC)", "状態 (UTC)"),
        lang.pick("Last seen (UTC)", "最後の動作 (UTC)"),
    ]
}

fn row(name: String, lines: Memo<HashMap<String, Line>>, lang: Lang) -> AnyView {
    let line = {
        let name = name.clone();
        Memo::new(move |_| lines.with(|lines| lines.get(&name).cloned().unwrap_or_default()))
    };
    let heads = heads(lang);
    let name = view! { <a href=format!("/nodes/{name}") rel="external">{name.clone()}</a> };
    view! {
        <tr class="pf-v6-c-table__tr">
            {cell(heads[0], name)}
            {move || {
                let Line { mac, uuid, address, profile, role, state, since, last, failure, .. } = line.get();
                let card = if mac.is_empty() { uuid } else { mac };
                let role = if profile.is_empty() { String::new() } else { format!("{profile} · {}", role.title(lang)) };
                let failure = (!failure.is_empty()).then(|| view! { <p>{failure}</p> });
                let state = state.map(|state| state_label(state, lang));
                view! {
                    {cell(heads[1], card)}
                    {cell(heads[2], dash(address))}
                    {cell(heads[3], dash(role))}
                    {cell(heads[4], view! { {state}" "<span class="hd-quiet">{since}</span>{failure} })}
                    {cell(heads[5], event_text(&last, lang))}
                }
            }}
        </tr>
    }
    .into_any()
}

fn dash(text: String) -> String {
    if text.is_empty() { "–".to_owned() } else { text }
}

/// `2026-11-21 06:00:01 script: Ipxe for rhvh`
pub(super) fn event_text(event: &Event, lang: Lang) -> String {
    let Event { at, what, detail } = event;
    let what = what.as_ref().map(|what| what.get(lang)).unwrap_or_default();
    let colon = if detail.is_empty() { "" } else { ": " };
    format!("{at} {what}{colon}{detail}")
}
