//! The storage, looked at from the host: targets, LUNs and exports to choose from instead of typing them.

use super::api::{self, LunShown, Shown, TargetShown};
use super::checking::Checking;
use super::form::Form;
use super::words;
use crate::boxes::Refusal;
use crate::refused::Refused;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub(crate) fn Discover(form: Form, checking: Checking) -> impl IntoView {
    let (under_way, found) = (RwSignal::new(false), RwSignal::new(None::<Result<Shown, Refused>>));
    let kind = Memo::new(move |_| {
        let typed = form.typed("storage.type").text.get();
        if typed.is_empty() { "nfs".to_owned() } else { typed }
    });
    Effect::new(move |before: Option<String>| {
        let now = kind.get();
        // What was found belongs to another kind.
        if before.is_some_and(|before| before != now) {
            found.set(None);
        }
        now
    });
    let look = move |_| {
        under_way.set(true);
        spawn_local(async move {
            let looked = match form.save().await {
                Ok(()) => api::discover().await,
                Err(refused) => Err(refused),
            };
            found.set(Some(looked));
            under_way.set(false);
        });
    };
    let label = move || match (under_way.get(), kind.get().as_str()) {
        (true, _) => words::LOOKING,
        (false, "iscsi") => words::RETRIEVE_TARGETS,
        (false, "fc") => words::RETRIEVE_LUNS,
        (false, _) => words::LOOK,
    };
    view! {
        <div class="pf-v6-c-form__group hd-mail">
            <div>
                <button class="pf-v6-c-button pf-m-secondary" type="button" disabled=move || under_way.get() on:click=look>
                    <span class="pf-v6-c-button__text">{move || form.say(label())}</span>
                </button>
            </div>
            <div class="hd-stack" role="status">
                {move || found.get().map(|found| match found {
                    Ok(shown) => view! { <Found form checking shown /> }.into_any(),
                    Err(refused) => view! { <Refusal refused /> }.into_any(),
                })}
            </div>
        </div>
    }
}

/// Puts an answer in, as if it had been typed.
fn choose(form: Form, checking: Checking, path: &'static str, value: &str) {
    form.typed(path).text.set(value.to_owned());
    form.changed(path);
    form.touch(path);
    checking.left(form, path);
}

#[component]
fn Found(form: Form, checking: Checking, shown: Shown) -> impl IntoView {
    let Shown { targets, luns, places, notes } = shown;
    let notes = notes.iter().map(|note| view! { <li>{form.text(note).to_owned()}</li> }).collect_view();
    let targets = (!targets.is_empty()).then(|| view! { <Targets form checking targets /> });
    let luns = (!luns.is_empty()).then(|| view! { <Luns form checking luns field="storage.fc.lun_id" /> });
    let places = (!places.is_empty()).then(|| view! { <Places form checking places /> });
    view! {
        <ul class="hd-list">{notes}</ul>
        {targets}
        {luns}
        {places}
    }
}

#[component]
fn Places(form: Form, checking: Checking, places: Vec<(String, String)>) -> impl IntoView {
    let field = move || {
        if form.typed("storage.type").text.get_untracked() == "glusterfs" {
            "storage.glusterfs.connection"
        } else {
            "storage.nfs.connection"
        }
    };
    let row = move |(index, (place, more)): (usize, (String, String))| {
        let (id, chosen, put) = (format!("place-{index}"), place.clone(), place.clone());
        view! {
            <div class="pf-v6-c-radio">
                <input
                    class="pf-v6-c-radio__input"
                    type="radio"
                    name="place"
                    id=id.clone()
                    prop:checked=move || form.typed(field()).text.with(|typed| *typed == chosen)
                    on:change=move |_| choose(form, checking, field(), &put)
                />
                <label class="pf-v6-c-radio__label" for=id>{place} " " <span class="hd-quiet">{more}</span></label>
            </div>
        }
    };
    view! {
        <fieldset class="hd-section hd-choices">
            <legend class="pf-v6-c-form__section-title">{form.say(words::PLACES)}</legend>
            {places.into_iter().enumerate().map(row).collect_view()}
        </fieldset>
    }
}

#[component]
fn Targets(form: Form, checking: Checking, targets: Vec<TargetShown>) -> impl IntoView {
    let target = form.typed("storage.iscsi.target").text;
    let group = form.typed("storage.iscsi.portal_group").text;
    let ways: Vec<(String, u16, Vec<String>)> = targets
        .iter()
        .flat_map(|target| target.groups.iter().map(|(tag, portals)| (target.name.clone(), *tag, portals.clone())))
        .collect();
    let row = move |(index, (name, tag, portals)): (usize, (String, u16, Vec<String>))| {
        let id = format!("target-{index}");
        let more = format!("{} {tag}: {}", form.say(words::PORTAL_GROUP), portals.join(", "));
        let chosen = {
            let (name, tag) = (name.clone(), tag.to_string());
            move || {
                target.with(|typed| *typed == name)
                    && group.with(|typed| *typed == tag || typed.is_empty() && tag == "1")
            }
        };
        let put = {
            let name = name.clone();
            move |_| {
                choose(form, checking, "storage.iscsi.target", &name);
                choose(form, checking, "storage.iscsi.portal_group", &tag.to_string());
                choose(form, checking, "storage.iscsi.portals", &portals.join("\n"));
            }
        };
        view! {
            <div class="pf-v6-c-radio">
                <input class="pf-v6-c-radio__input" type="radio" name="target" id=id.clone() prop:checked=chosen on:change=put />
                <label class="pf-v6-c-radio__label" for=id>{name} " " <span class="hd-quiet">{more}</span></label>
            </div>
        }
    };
    let luns = move || {
        let name = target.get();
        let found = targets.iter().find(|target| target.name == name)?;
        let fault = found.fault.as_ref().map(|fault| view! { <p>{form.text(fault).to_owned()}</p> });
        let luns = found.luns.clone();
        Some(view! { {fault} <Luns form checking luns field="storage.iscsi.lun_id" /> })
    };
    view! {
        <fieldset class="hd-section hd-choices">
            <legend class="pf-v6-c-form__section-title">{form.say(words::TARGETS)}</legend>
            {ways.into_iter().enumerate().map(row).collect_view()}
        </fieldset>
        {luns}
    }
}

/// One LUN can be chosen; those that cannot say why.
#[component]
fn Luns(form: Form, checking: Checking, luns: Vec<LunShown>, field: &'static str) -> impl IntoView {
    if luns.is_empty() {
        return view! { <p>{form.say(words::NO_LUNS)}</p> }.into_any();
    }
    let heads = [words::LUN, words::LUN_SIZE, words::LUN_MODEL, words::LUN_PATHS, words::LUN_STATE];
    let heads = heads.map(|head| view! { <th class="pf-v6-c-table__th" scope="col">{form.say(head)}</th> });
    let row = move |(index, lun): (usize, LunShown)| {
        let id = format!("lun-{index}");
        let free = lun.obstacles.is_empty();
        let state = if free {
            form.say(if lun.not_empty { words::LUN_NOT_EMPTY } else { words::LUN_FREE }).to_owned()
        } else {
            lun.obstacles.iter().map(|obstacle| form.text(obstacle)).collect::<Vec<_>>().join("; ")
        };
        let (chosen, put) = (lun.id.clone(), lun.id.clone());
        let number = lun.number.map(|number| format!("{number}: ")).unwrap_or_default();
        view! {
            <tr class="pf-v6-c-table__tr">
                <td class="pf-v6-c-table__td" data-label=form.say(words::LUN)>
                    <div class="pf-v6-c-radio">
                        <input
                            class="pf-v6-c-radio__input"
                            type="radio"
                            name="lun"
                            id=id.clone()
                            disabled=!free
                            prop:checked=move || form.typed(field).text.with(|typed| *typed == chosen)
                            on:change=move |_| choose(form, checking, field, &put)
                        />
                        <label class="pf-v6-c-radio__label hd-fingerprint" for=id>{number} {lun.id}</label>
                    </div>
                </td>
                <td class="pf-v6-c-table__td" data-label=form.say(words::LUN_SIZE)>{lun.size_gib}</td>
                <td class="pf-v6-c-table__td" data-label=form.say(words::LUN_MODEL)>{lun.model}</td>
                <td class="pf-v6-c-table__td" data-label=form.say(words::LUN_PATHS)>{format!("{}/{}", lun.paths.0, lun.paths.1)}</td>
                <td class="pf-v6-c-table__td" data-label=form.say(words::LUN_STATE)>{state}</td>
            </tr>
        }
    };
    view! {
        <table class="pf-v6-c-table pf-m-grid-md" aria-label=form.say(words::LUN)>
            <thead class="pf-v6-c-table__thead">
                <tr class="pf-v6-c-table__tr">{heads.into_iter().collect_view()}</tr>
            </thead>
            <tbody class="pf-v6-c-table__tbody">{luns.into_iter().enumerate().map(row).collect_view()}</tbody>
        </table>
    }
    .into_any()
}
