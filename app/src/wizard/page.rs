//! The page: steps with free navigation, the fields of the one that is open, the way on.

use super::api::{self, Opened};
use super::browser;
use super::checking::{Checking, later};
use super::discover::Discover;
use super::field::FieldView;
use super::files::Files;
use super::form::{Form, means};
use super::icon::{Icon, icon};
use super::mail::TestMail;
use super::review::{FinishStep, PrepareStep};
use super::saving::Saving;
use super::words;
use crate::boxes::Refusal;
use crate::frame::{preferences, texts};
use crate::lean::of_this_page;
use crate::program::Program;
use crate::refused::Refused;
use hosted_deploy_model::form::{Section, Step, meant, sections, step_of};
use hosted_deploy_model::problem::Problem;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_meta::Title;
use leptos_router::components::A;
use leptos_router::hooks::{use_navigate, use_params_map};

/// The step's heading; the focus goes there when the step is changed.
const HEADING: &str = "step-heading";

#[component]
pub(crate) fn WizardPage() -> impl IntoView {
    Program::Wizard.page(page)
}

fn page() -> impl IntoView {
    // Made with the page and handed over in it; where the visitor came from another page of ours, asked for.
    let of_page: Option<Result<Opened, Refused>> = of_this_page(api::opened_of_this_page);
    let opened = RwSignal::new(of_page);
    Effect::new(move |_| {
        if opened.with_untracked(Option::is_none) {
            spawn_local(async move { opened.set(Some(api::open().await)) });
        }
    });
    let lang = preferences().lang;
    let product = texts().product;
    view! {
        <Title text=format!("{} · {product}", lang.pick(words::DEPLOY.0, words::DEPLOY.1)) />
        {move || match opened.get() {
            Some(Ok(opened)) => view! { <Wizard opened /> }.into_any(),
            Some(Err(refused)) => view! { <section class="pf-v6-c-page__main-section"><Refusal refused /></section> }.into_any(),
            None => view! { <section class="pf-v6-c-page__main-section"><p>{texts().loading}</p></section> }.into_any(),
        }}
    }
}

/// Goes to a field, in whichever step it is.
#[derive(Clone, Copy)]
pub(crate) struct GoTo(StoredValue<Option<String>>);

impl GoTo {
    /// The address of a problem's field, and what to do when its link is followed.
    pub(crate) fn field(self, path: &str) -> Option<(String, impl Fn(leptos::ev::MouseEvent) + Clone + 'static)> {
        let field = meant(path)?;
        let (step, id) = (step_of(field.path)?, field.id());
        let address = format!("/deploy/{}", step.slug());
        let navigate = use_navigate();
        let wanted = self.0;
        let act = {
            let (address, id) = (address.clone(), id.clone());
            move |event: leptos::ev::MouseEvent| {
                event.prevent_default();
                wanted.set_value(Some(id.clone()));
                navigate(&address, leptos_router::NavigateOptions::default());
                browser::focus(&id);
            }
        };
        Some((format!("{address}#{id}"), act))
    }
}

#[component]
fn Wizard(opened: Opened) -> impl IntoView {
    let form = Form::new(preferences().lang, &opened);
    let checking = Checking::new(form);
    let params = use_params_map();
    let step =
        Memo::new(move |_| params.read().get("step").and_then(|slug| Step::from_slug(&slug)).unwrap_or_default());
    let wanted = StoredValue::new(None::<String>);
    provide_context(GoTo(wanted));
    form.save_at_the_end();
    let judged = opened.judged.is_some();
    Effect::new(move |_| {
        form.recover();
        if !judged {
            later(move || checking.check(form));
        }
    });
    // Leaving a step is when its problems may be told, and where the keyboard goes to the next.
    Effect::new(move |before: Option<Step>| {
        let now = step.get();
        if let Some(before) = before.filter(|before| *before != now) {
            form.visit(&[before]);
            form.went_to(now);
            if matches!(now, Step::Prepare | Step::Finish) {
                // A run may have come as far as its gate meanwhile.
                spawn_local(async move {
                    if let Ok(opened) = api::open().await {
                        form.open_run.set(opened.run);
                    }
                });
            }
            let target = wanted.try_update_value(Option::take).flatten();
            browser::focus(target.as_deref().unwrap_or(HEADING));
        }
        now
    });
    let body = move || match step.get() {
        step @ (Step::Vm | Step::Engine | Step::Storage) => view! { <Fields form checking step /> }.into_any(),
        Step::Prepare => view! { <PrepareStep form checking /> }.into_any(),
        Step::Finish => view! { <FinishStep form checking /> }.into_any(),
    };
    view! {
        <section class="pf-v6-c-page__main-section hd-wizard-head">
            <h1 class="pf-v6-c-title pf-m-2xl">{form.say(words::DEPLOY_TITLE)}</h1>
            <div class="hd-row">
                <span class="hd-quiet">{opened.at.clone()}</span>
                <SaveState form />
            </div>
            <OfRun form />
            <Files form checking />
        </section>
        <section class="pf-v6-c-page__main-section pf-m-fill hd-wizard-body">
            <div class="pf-v6-c-wizard" data-judged=move || form.judged.with(Option::is_some).then_some("")>
                <div class="pf-v6-c-wizard__outer-wrap">
                    <div class="pf-v6-c-wizard__inner-wrap">
                        <Steps form step />
                        <div class="pf-v6-c-wizard__main">
                            <div class="pf-v6-c-wizard__main-body">
                                <h2 class="pf-v6-c-title pf-m-xl hd-heading" id=HEADING tabindex="-1">
                                    {move || step.get().title(form.lang)}
                                </h2>
                                {body}
                            </div>
                        </div>
                    </div>
                    <Footer form step />
                </div>
            </div>
        </section>
    }
}

/// What these answers are edited for, and the way back.
#[component]
fn OfRun(form: Form) -> impl IntoView {
    move || {
        form.of_run.get().map(|run| {
            view! {
                <div class="pf-v6-c-alert pf-m-inline pf-m-info">
                    <div class="pf-v6-c-alert__icon">{icon(Icon::Info)}</div>
                    <p class="pf-v6-c-alert__title">{format!("{} {run}", form.say(words::OF_RUN))}</p>
                    <div class="pf-v6-c-alert__description">
                        <p>{form.say(words::OF_RUN_HOW)}</p>
                        <p>
                            <a href=format!("/runs/{run}") rel="external">{form.say(words::BACK_TO_RUN)}</a>
                        </p>
                    </div>
                </div>
            }
        })
    }
}

#[component]
fn Steps(form: Form, step: Memo<Step>) -> impl IntoView {
    let item = move |this: Step| {
        let bad = Memo::new(move |_| {
            form.visited.with(|visited| visited.contains(&this)) && !form.problems_of(this).is_empty()
        });
        let class = move || match (step.get() == this, bad.get()) {
            (true, false) => "pf-v6-c-wizard__nav-link pf-m-current",
            (true, true) => "pf-v6-c-wizard__nav-link pf-m-current pf-m-danger",
            (false, false) => "pf-v6-c-wizard__nav-link",
            (false, true) => "pf-v6-c-wizard__nav-link pf-m-danger",
        };
        view! {
            <li class="pf-v6-c-wizard__nav-item">
                <A href=format!("/deploy/{}", this.slug()) attr:class=class>
                    <span class="pf-v6-c-wizard__nav-link-main">
                        <span class="pf-v6-c-wizard__nav-link-text">{this.title(form.lang)}</span>
                    </span>
                    {move || bad.get().then(|| view! {
                        <span class="pf-v6-c-wizard__nav-link-status-icon">{icon(Icon::Error)}</span>
                        <span class="hd-only-read">{form.say(words::STEP_HAS_PROBLEMS)}</span>
                    })}
                </A>
            </li>
        }
    };
    view! {
        <nav class="pf-v6-c-wizard__nav hd-steps" aria-label=form.say(words::STEPS)>
            <ol class="pf-v6-c-wizard__nav-list" role="list">
                {Step::ALL.map(item).into_iter().collect_view()}
            </ol>
        </nav>
    }
}

#[component]
fn Footer(form: Form, step: Memo<Step>) -> impl IntoView {
    let way = move |to: Option<Step>, words, class: &'static str| {
        to.map(|to| {
            view! {
                <A href=format!("/deploy/{}", to.slug()) attr:class=class>
                    <span class="pf-v6-c-button__text">{form.say(words)}</span>
                </A>
            }
        })
    };
    view! {
        <footer class="pf-v6-c-wizard__footer">
            <div class="hd-row">
                {move || way(step.get().after(), words::NEXT, "pf-v6-c-button pf-m-primary")}
                {move || way(step.get().before(), words::BACK, "pf-v6-c-button pf-m-secondary")}
            </div>
        </footer>
    }
}

#[component]
fn SaveState(form: Form) -> impl IntoView {
    let state = form.saver.state;
    view! {
        <span class="hd-quiet" role="status">
            {move || match state.get() {
                Saving::Saved => form.say(words::SAVED).into_any(),
                Saving::Waiting | Saving::UnderWay => form.say(words::SAVING).into_any(),
                Saving::Failed(_) => form.say(words::NOT_SAVED).into_any(),
            }}
        </span>
        {move || match state.get() {
            Saving::Failed(refused) => view! { <div class="hd-whole-row"><Refusal refused=*refused /></div> }.into_any(),
            _ => ().into_any(),
        }}
    }
}

/// Problems as links to their fields.
#[component]
pub(crate) fn ProblemLinks(form: Form, heading: &'static str, problems: Vec<Problem>) -> impl IntoView {
    let go_to = expect_context::<GoTo>();
    let item = |problem: Problem| {
        let label = meant(&problem.field).map_or(problem.field.clone(), |field| form.say(field.label).to_owned());
        let text = format!("{label}: {} {}", form.text(&problem.message), form.text(&problem.remedy));
        match go_to.field(&problem.field) {
            Some((href, act)) => view! { <li><a href=href on:click=act>{text}</a></li> }.into_any(),
            None => view! { <li>{text}</li> }.into_any(),
        }
    };
    view! {
        <div class="pf-v6-c-alert pf-m-inline pf-m-danger">
            <div class="pf-v6-c-alert__icon">{icon(Icon::Error)}</div>
            <h3 class="pf-v6-c-alert__title">{heading}</h3>
            <div class="pf-v6-c-alert__description">
                <ul class="hd-list">{problems.into_iter().map(item).collect_view()}</ul>
            </div>
        </div>
    }
}

#[component]
fn Fields(form: Form, checking: Checking, step: Step) -> impl IntoView {
    let problems = Memo::new(move |_| {
        let due = form.visited.with(|visited| visited.contains(&step));
        if due { form.problems_of(step) } else { Vec::new() }
    });
    let section = move |section: &'static Section| view! { <SectionView form checking section /> };
    view! {
        {move || (!problems.with(Vec::is_empty)).then(|| view! {
            <ProblemLinks form heading=form.say(words::PROBLEMS_HERE) problems=problems.get() />
        })}
        {move || checking.failed.get().map(|refused| view! { <Refusal refused /> })}
        <form class="pf-v6-c-form hd-form" novalidate on:submit=|event| event.prevent_default()>
            {sections().filter(|section| section.step == step).map(section).collect_view()}
        </form>
    }
}

#[component]
fn SectionView(form: Form, checking: Checking, section: &'static Section) -> impl IntoView {
    let step = section.step;
    let fields = section.fields.iter().map(|field| view! { <FieldView form checking field step /> }).collect_view();
    let title = form.say(section.title);
    let mail =
        section.fields.iter().any(|field| field.path == "engine.smtp_server").then(|| view! { <TestMail form /> });
    let storage = section.fields.iter().any(|field| field.path == "storage.type");
    let discover = storage.then(|| view! { <Discover form checking /> });
    if !section.advanced {
        return view! {
            <fieldset class="pf-v6-c-form__section hd-section">
                <legend class="pf-v6-c-form__section-title">{title}</legend>
                {fields}
                {mail}
                {discover}
            </fieldset>
        }
        .into_any();
    }
    // Opened for what must be seen: something wrong in it, or something that was answered.
    let open = Memo::new(move |_| {
        let wrong = form.visited.with(|visited| visited.contains(&step));
        form.told.with(|told| {
            let bad =
                wrong && told.problems.iter().any(|problem| section.fields.iter().any(|field| means(problem, field)));
            bad || section.fields.iter().any(|field| !told.values.get(field.path).is_empty())
        })
    });
    view! {
        <details class="hd-fold hd-section" open=open.get_untracked() prop:open=move || open.get()>
            <summary>{format!("{}: {title}", form.say(words::ADVANCED))}</summary>
            <fieldset class="pf-v6-c-form__section hd-section">
                <legend class="hd-only-read">{title}</legend>
                {fields}
            </fieldset>
        </details>
    }
    .into_any()
}
