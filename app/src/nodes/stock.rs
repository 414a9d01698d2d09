//! Profiles and images with what is missing, and configuration for other people's servers.

use super::api::{self, ImageLine, ProfileLine, Rendered, Stock, Wanted};
use super::form::{Problems, group, text_field};
use super::{Live, STOCK, button, cell, code, sentences, table};
use crate::boxes::{Card, Refusal};
use crate::frame::{preferences, texts};
use crate::lean::of_this_page;
use crate::program::Program;
use crate::refused::Refused;
use hosted_deploy_model::lang::{Lang, Text};
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;

#[component]
pub(crate) fn StockPage() -> impl IntoView {
    Program::Watch.page(page)
}

fn page() -> impl IntoView {
    let live = Live::of(of_this_page(api::stock_of_this_page));
    let Live { shown, refused } = live;
    // It changes only by hand: asked for once, where the page did not bring it along.
    Effect::new(move |_| {
        if shown.with_untracked(Option::is_none) {
            spawn_local(async move { live.take(api::stock().await.map(Some)) });
        }
    });
    let lang = preferences().lang;
    let title = lang.pick(STOCK.0, STOCK.1);
    view! {
        <Title text=format!("{title} · {}", texts().product) />
        <section class="pf-v6-c-page__main-section">
            <div class="hd-stack hd-wide">
                <p><a href="/nodes" rel="external">{lang.pick("All nodes", "すべてのノード")}</a></p>
                <h1 class="pf-v6-c-title pf-m-2xl">{title}</h1>
                {move || refused.get().map(|refused| view! { <Refusal refused /> })}
                {move || shown.get().map(|stock| view! { <Stocked stock lang /> })}
            </div>
        </section>
    }
}

#[component]
fn Stocked(stock: Stock, lang: Lang) -> impl IntoView {
    let Stock { profiles, images, targets, state_dir } = stock;
    let names: Vec<String> = profiles.iter().map(|profile| profile.name.clone()).collect();
    let (profiles, images) = (profile_table(profiles, &state_dir, lang), image_table(images, &state_dir, lang));
    view! {
        <Card title=lang.pick("Profiles", "プロファイル").to_owned()>{profiles}</Card>
        <Card title=lang.pick("Images", "イメージ").to_owned()>{images}</Card>
        {(!names.is_empty()).then(|| view! {
            <Card title=lang.pick("Configuration for servers of your own", "既存サーバー用の設定").to_owned()>
                <Renderer names targets lang />
            </Card>
        })}
    }
}

fn profile_table(profiles: Vec<ProfileLine>, state_dir: &str, lang: Lang) -> AnyView {
    if profiles.is_empty() {
        let text = Text::new(
            format!(
                "No profile yet. `hosted-deploy pxe profile new{state_dir} --image NAME -o rhvh.toml` writes one with every field explained; edit it, then `hosted-deploy pxe profile add{state_dir} rhvh rhvh.toml`"
            ),
            format!(
                "プロファイルはまだありません。`hosted-deploy pxe profile new{state_dir} --image NAME -o rhvh.toml` で説明付きのひな形を作成し、編集してから登録します: `hosted-deploy pxe profile add{state_dir} rhvh rhvh.toml`"
            ),
        );
        return sentences(&[text], lang);
    }
    let heads = [
        lang.pick("Name", "名前"),
        lang.pick("Installs", "インストール対象"),
        lang.pick("Image", "イメージ"),
        lang.pick("Nodes", "ノード数"),
        lang.pick("What is missing", "不足しているもの"),
    ];
    let rows = profiles.into_iter().map(move |profile| {
        let ProfileLine { name, kind, image, description, nodes, missing } = profile;
        let missing = match missing.is_empty() {
            true => lang.pick("✔ nothing", "✔ なし").into_any(),
            false => view! { "⚠ "{sentences(&missing, lang)} }.into_any(),
        };
        view! {
            <tr class="pf-v6-c-table__tr">
                {cell(heads[0], view! { {name} <p class="hd-quiet">{description}</p> })}
                {cell(heads[1], kind)}
                {cell(heads[2], image)}
                {cell(heads[3], nodes)}
                {cell(heads[4], missing)}
            </tr>
        }
    });
    let rows = rows.collect_view().into_any();
    table(lang.pick("Profiles", "プロファイル").to_owned(), heads.to_vec(), rows)
}

fn image_table(images: Vec<ImageLine>, state_dir: &str, lang: Lang) -> AnyView {
    if images.is_empty() {
        let text = Text::new(
            format!(
                "No image yet: `hosted-deploy pxe image import{state_dir} FILE.iso` takes an RHVH, oVirt Node, Enterprise Linux or ESXi ISO in."
            ),
            format!(
                "イメージはまだありません。RHVH、oVirt Node、Enterprise Linux、ESXi の ISO を取り込みます: `hosted-deploy pxe image import{state_dir} FILE.iso`"
            ),
        );
        return sentences(&[text], lang);
    }
    let heads = [
        lang.pick("Name", "名前"),
        lang.pick("Installs", "インストール対象"),
        lang.pick("Imported (UTC)", "取り込み日時 (UTC)"),
        lang.pick("State", "状態"),
    ];
    let rows = images.into_iter().map(move |image| {
        let ImageLine { name, kind, version, iso, imported, trouble } = image;
        let state = match trouble {
            None => view! { {format!("✔ {iso}")} }.into_any(),
            Some(why) => view! { "⚠ "{sentences(&[why], lang)} }.into_any(),
        };
        view! {
            <tr class="pf-v6-c-table__tr">
                {cell(heads[0], name)}
                {cell(heads[1], format!("{kind} {version}"))}
                {cell(heads[2], imported)}
                {cell(heads[3], state)}
            </tr>
        }
    });
    let rows = rows.collect_view().into_any();
    table(lang.pick("Images", "イメージ").to_owned(), heads.to_vec(), rows)
}

fn choice(id: &'static str, value: RwSignal<String>, options: Vec<String>) -> AnyView {
    let options = options.into_iter().map(|option| view! { <option value=option.clone()>{option.clone()}</option> });
    view! {
        <span class="pf-v6-c-form-control">
            <select id=id aria-describedby=format!("{id}-help") prop:value=value on:change=move |event| value.set(event_target_value(&event))>
                {options.collect_view()}
            </select>
        </span>
    }
    .into_any()
}

#[component]
fn Renderer(names: Vec<String>, targets: Vec<String>, lang: Lang) -> impl IntoView {
    let field = |text: &str| RwSignal::new(text.to_owned());
    let target = field(targets.first().map_or("", String::as_str));
    let profile = field(names.first().map_or("", String::as_str));
    let (subnet, range, router, dns) = (field(""), field(""), field(""), field(""));
    let (domain, interface, server, http) = (field(""), field("eth0"), field(""), field(""));
    let proxy = RwSignal::new(false);
    let problems: Problems = RwSignal::new(Vec::new());
    let outcome = RwSignal::new(None::<Result<Rendered, Refused>>);
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let wanted = Wanted {
            target: target.get_untracked(),
            profile: profile.get_untracked(),
            subnet: subnet.get_untracked(),
            range: range.get_untracked(),
            router: router.get_untracked(),
            dns: dns.get_untracked(),
            domain: domain.get_untracked(),
            interface: interface.get_untracked(),
            server: server.get_untracked(),
            http: http.get_untracked(),
            proxy: proxy.get_untracked(),
        };
        spawn_local(async move {
            match api::render(wanted).await {
                Ok(Ok(rendered)) => {
                    problems.set(Vec::new());
                    outcome.set(Some(Ok(rendered)));
                }
                Ok(Err(found)) => {
                    outcome.set(None);
                    if let Some(first) = found.first() {
                        crate::wizard::focus(&format!("render-{}", first.field));
                    }
                    problems.set(found);
                }
                Err(refused) => outcome.set(Some(Err(refused))),
            }
        });
    };
    let line = move |id, name, (en, ja), help: (&'static str, &'static str), value| {
        text_field(id, name, lang.pick(en, ja), lang.pick(help.0, help.1), value, problems, lang)
    };
    let optional = ("Optional", "任意");
    let general = move || {
        let known = ["target", "profile", "subnet", "range", "router", "dns", "domain", "interface", "server", "http"];
        problems.with(|problems| {
            let others = problems.iter().filter(|problem| !known.contains(&problem.field.as_str()));
            others.map(|problem| view! { <p>{format!("✖ {}", problem.line(lang))}</p> }).collect_view()
        })
    };
    view! {
        <form class="pf-v6-c-form hd-form" novalidate on:submit=send>
            {group("render-target", "target", lang.pick("For", "対象"), choice("render-target", target, targets), lang.pick(
                "dhcpd, dnsmasq, Kea, PXELINUX or iPXE with nginx, Satellite, Foreman, ESXi over TFTP, KubeVirt",
                "dhcpd、dnsmasq、Kea、PXELINUX または iPXE と nginx、Satellite、Foreman、TFTP による ESXi、KubeVirt",
            ), problems, lang)}
            {group("render-profile", "profile", lang.pick("Profile", "プロファイル"), choice("render-profile", profile, names), lang.pick(
                "With every node that has it",
                "このプロファイルを使用するすべてのノードを含みます",
            ), problems, lang)}
            {line("render-subnet", "subnet", ("Network", "ネットワーク"), ("Like 192.0.2.0/24", "例: 192.0.2.0/24"), subnet)}
            {line("render-server", "server", ("Server's address", "サーバーのアドレス"), ("DHCP and TFTP, like 192.0.2.1", "DHCP と TFTP。例: 192.0.2.1"), server)}
            {line("render-interface", "interface", ("Server's interface", "サーバーのインターフェース"), ("Like eth0", "例: eth0"), interface)}
            {line("render-range", "range", ("Addresses to give away", "割り当てるアドレス"), ("Like 192.0.2.100-192.0.2.200; else the upper half", "例: 192.0.2.100-192.0.2.200 (省略時は上半分)"), range)}
            {line("render-router", "router", ("Router", "ルーター"), optional, router)}
            {line("render-dns", "dns", ("Name servers", "ネームサーバー"), optional, dns)}
            {line("render-domain", "domain", ("Domain", "ドメイン"), optional, domain)}
            {line("render-http", "http", ("HTTP server", "HTTP サーバー"), ("Else http:// and the server's address", "省略時は http:// とサーバーのアドレス"), http)}
            <div class="pf-v6-c-check">
                <input class="pf-v6-c-check__input" id="render-proxy" type="checkbox" prop:checked=proxy on:change=move |event| proxy.set(event_target_checked(&event)) />
                <label class="pf-v6-c-check__label" for="render-proxy">
                    {lang.pick("Another server gives the addresses (dnsmasq)", "アドレスは別のサーバーが割り当てる (dnsmasq)")}
                </label>
            </div>
            <div role="alert">{general}</div>
            <div>
                <button class="pf-v6-c-button pf-m-primary" type="submit">
                    <span class="pf-v6-c-button__text">{lang.pick("Show the files", "ファイルを表示")}</span>
                </button>
            </div>
        </form>
        <div aria-live="polite">
            {move || outcome.get().map(|outcome| match outcome {
                Ok(rendered) => files(rendered, lang),
                Err(refused) => view! { <Refusal refused /> }.into_any(),
            })}
        </div>
    }
}

fn files(rendered: Rendered, lang: Lang) -> AnyView {
    let Rendered { files, veiled, command } = rendered;
    let veiled = veiled.then(|| {
        lang.pick(
            "Passwords and keys are hidden here. This command writes the files with them:",
            "パスワードと鍵は非表示です。次のコマンドで、これらを含むファイルを作成できます:",
        )
    });
    let files = files.into_iter().map(|(name, text)| {
        let (file, content) = (name.clone(), text.clone());
        let save = move || crate::wizard::save_file(&file.replace('/', "-"), &content);
        let words = lang.pick("Download", "ダウンロード");
        view! {
            {code(name, text)}
            <p>{button("pf-m-secondary", words, save)}</p>
        }
    });
    view! {
        <p>{veiled.unwrap_or_else(|| lang.pick("The same on the command line:", "コマンドラインで実行する場合:"))}</p>
        <p><code class="hd-command">{command}</code></p>
        {files.collect_view()}
    }
    .into_any()
}
