//! The form about a node, new or known. The server judges it; what is wrong stands at its field.

use super::api::{self, Line, Typed};
use crate::boxes::Refusal;
use crate::refused::Refused;
use crate::texts::with_code;
use hosted_deploy_model::lang::Lang;
use hosted_deploy_model::node::{Role, State};
use hosted_deploy_model::problem::Problem;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What is wrong, by field, and where a field finds its own.
pub(super) type Problems = RwSignal<Vec<Problem>>;

#[component]
pub(super) fn NodeForm(line: Line, profiles: Memo<Vec<String>>, lang: Lang) -> impl IntoView {
    let Line { name, mac, uuid, address, profile, role, state, .. } = line;
    let old = name.clone();
    // A discovered machine has no name of its own yet.
    let nameless = state.is_none() || state == Some(State::Discovered) && profile.is_empty();
    let field = |text: String| RwSignal::new(text);
    let (name, mac, uuid, address, profile) =
        (field(if nameless { String::new() } else { name }), field(mac), field(uuid), field(address), field(profile));
    let role = RwSignal::new(role.word().to_owned());
    let problems: Problems = RwSignal::new(Vec::new());
    let (refused, busy) = (RwSignal::new(None::<Refused>), RwSignal::new(false));
    let send = {
        let old = old.clone();
        move |event: leptos::ev::SubmitEvent| {
            event.prevent_default();
            if busy.get_untracked() {
                return;
            }
            busy.set(true);
            let typed = Typed {
                old: old.clone(),
                name: name.get_untracked(),
                mac: mac.get_untracked(),
                uuid: uuid.get_untracked(),
                address: address.get_untracked(),
                profile: profile.get_untracked(),
                role: if role.with_untracked(|role| role == Role::Host.word()) { Role::Host } else { Role::default() },
            };
            spawn_local(async move {
                let answer = api::save(typed).await;
                busy.set(false);
                match answer {
                    Ok(Ok(name)) => crate::wizard::go(&format!("/nodes/{name}")),
                    Ok(Err(found)) => {
                        refused.set(None);
                        if let Some(first) = found.first() {
                            crate::wizard::focus(&format!("node-{}", first.field));
                        }
                        problems.set(found);
                    }
                    Err(why) => refused.set(Some(why)),
                }
            });
        }
    };
    let inputs = [
        nameless.then(|| {
            let help = lang.pick("Its host name, with or without its domain", "ホスト名 (ドメインは任意)");
            text_field("node-name", "name", lang.pick("Name", "名前"), help, name, problems, lang)
        }),
        Some(text_field(
            "node-mac",
            "mac",
            lang.pick("MAC address of the card that it boots from", "起動に使用するカードの MAC アドレス"),
            lang.pick("Like 52:54:00:00:00:01; or give its UUID", "例: 52:54:00:00:00:01 (または UUID を指定)"),
            mac,
            problems,
            lang,
        )),
        Some(text_field(
            "node-uuid",
            "uuid",
            lang.pick("UUID of the machine", "マシンの UUID"),
            lang.pick("As it is printed on the machine; optional", "マシンに記載されている値 (任意)"),
            uuid,
            problems,
            lang,
        )),
        Some(text_field(
            "node-address",
            "address",
            lang.pick("Address kept for it", "予約するアドレス"),
            lang.pick(
                "Optional; a profile with static network and a server behind a router want it",
                "任意 (固定ネットワークのプロファイル、またはルーター越しの場合は必須)",
            ),
            address,
            problems,
            lang,
        )),
    ];
    let inputs = inputs.into_iter().flatten().collect_view();
    let options = move || {
        let chosen = profile.get();
        profiles.with(|profiles| {
            let option =
                |name: &String| view! { <option value=name.clone() selected=*name == chosen>{name.clone()}</option> };
            profiles.iter().map(option).collect_view()
        })
    };
    let roles = Role::ALL.map(|one| {
        let chosen = move || role.with(|role| role == one.word());
        view! { <option value=one.word() selected=chosen>{one.title(lang)}</option> }
    });
    view! {
        <form class="pf-v6-c-form hd-form" novalidate on:submit=send>
            {inputs}
            {group("node-profile", "profile", lang.pick("Profile", "プロファイル"), view! {
                <span class="pf-v6-c-form-control">
                    <select
                        id="node-profile"
                        aria-describedby="node-profile-help"
                        prop:value=profile
                        on:change=move |event| profile.set(event_target_value(&event))
                    >
                        <option value="">{lang.pick("None: it gets the menu", "なし (メニューを表示)")}</option>
                        {options}
                    </select>
                </span>
            }.into_any(), lang.pick(
                "With a profile it is installed at its next start from the network, and what is on its disks is lost.",
                "プロファイルを設定すると、次回のネットワーク起動時にインストールされ、ディスクの内容は失われます。",
            ), problems, lang)}
            {group("node-role", "role", lang.pick("Role", "役割"), view! {
                <span class="pf-v6-c-form-control">
                    <select id="node-role" aria-describedby="node-role-help" prop:value=role on:change=move |event| role.set(event_target_value(&event))>
                        {roles.into_iter().collect_view()}
                    </select>
                </span>
            }.into_any(), lang.pick(
                "A self-hosted engine node can run the engine's VM; at least two are wanted for high availability.",
                "セルフホストエンジンノードはエンジン VM を実行できます。高可用性には 2 台以上必要です。",
            ), problems, lang)}
            {move || refused.get().map(|refused| view! { <Refusal refused /> })}
            <div role="alert">
                {move || problems.with(|problems| {
                    let general = problems.iter().find(|problem| problem.field.is_empty());
                    general.map(|problem| view! { <p>{problem.line(lang)}</p> })
                })}
            </div>
            <div>
                <button class="pf-v6-c-button pf-m-primary" type="submit" disabled=busy>
                    <span class="pf-v6-c-button__text">
                        {if old.is_empty() { lang.pick("Add", "追加") } else { lang.pick("Save", "保存") }}
                    </span>
                </button>
            </div>
        </form>
    }
}

/// A line to type into.
pub(super) fn text_field(
    id: &'static str,
    field: &'static str,
    label: &'static str,
    help: &'static str,
    value: RwSignal<String>,
    problems: Problems,
    lang: Lang,
) -> AnyView {
    let wrong = move || problems.with(|problems| problems.iter().any(|problem| problem.field == field));
    let control = view! {
        <span class=move || if wrong() { "pf-v6-c-form-control pf-m-error" } else { "pf-v6-c-form-control" }>
            <input
                id=id
                type="text"
                autocomplete="off"
                spellcheck="false"
                aria-describedby=format!("{id}-help")
                aria-invalid=move || if wrong() { "true" } else { "false" }
                prop:value=value
                on:input=move |event| {
                    value.set(event_target_value(&event));
                    if wrong() {
                        problems.update(|problems| problems.retain(|problem| problem.field != field));
                    }
                }
            />
        </span>
    };
    group(id, field, label, control.into_any(), help, problems, lang)
}

/// Label, control, help and what is wrong.
pub(super) fn group(
    id: &'static str,
    field: &'static str,
    label: &'static str,
    control: AnyView,
    help: &'static str,
    problems: Problems,
    lang: Lang,
) -> AnyView {
    let problem = move || {
        problems.with(|problems| {
            let problem = problems.iter().find(|problem| problem.field == field)?;
            let text = format!("✖ {} {}", problem.message.get(lang), problem.remedy.get(lang));
            Some(view! { <p class="hd-wrong">{with_code(text.trim_end())}</p> })
        })
    };
    view! {
        <div class="pf-v6-c-form__group">
            <div class="pf-v6-c-form__group-label">
                <label class="pf-v6-c-form__label" for=id>
                    <span class="pf-v6-c-form__label-text">{label}</span>
                </label>
            </div>
            <div class="pf-v6-c-form__group-control">
                {control}
                <div id=format!("{id}-help") aria-live="polite">
                    <p class="hd-quiet">{help}</p>
                    {problem}
                </div>
            </div>
        </div>
    }
    .into_any()
}
