//! The login: one form. A host met for the first time shows its key's fingerprint before the password is taken.

use super::document;
use crate::preferences::Preferences;
use crate::texts;
use leptos::prelude::*;

/// What the form shows. Password and key are never sent back.
#[derive(Clone, Debug, Default)]
pub struct LoginPage {
    /// The host, when it is not to be typed.
    pub fixed_host: Option<String>,
    /// What was typed.
    pub host: String,
    /// What was typed.
    pub user: String,
    /// Where to go afterwards: a path on this site.
    pub next: String,
    /// A key was tried: its fields stay open.
    pub with_key: bool,
    /// The token by which the agent of the server's terminal may be used.
    pub agent: Option<String>,
    /// What went wrong or happened.
    pub notice: Option<Notice>,
    /// A host that is not known yet.
    pub stranger: Option<Stranger>,
}

/// Something to tell above the form.
#[derive(Clone, Debug)]
pub struct Notice {
    /// What happened.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// A host that is not known yet.
#[derive(Clone, Debug)]
pub struct Stranger {
    /// `host:port`.
    pub at: String,
    /// `ssh-ed25519` and the like.
    pub algorithm: String,
    /// `SHA256:…`.
    pub fingerprint: String,
}

/// The whole document.
pub fn login(preferences: Preferences, page: LoginPage) -> String {
    let t = texts::of(preferences.lang);
    let LoginPage { fixed_host, host, user, next, with_key, agent, notice, stranger } = page;
    let notice = notice.map(|Notice { what, remedy }| {
        view! {
            <div class="pf-v6-c-alert pf-m-inline pf-m-danger" role="alert">
                <p class="pf-v6-c-alert__title">{what}</p>
                <div class="pf-v6-c-alert__description">{remedy}</div>
            </div>
        }
    });
    let button = if stranger.is_some() { t.trust } else { t.log_in };
    let stranger = stranger.map(|Stranger { at, algorithm, fingerprint }| {
        view! {
            <div class="pf-v6-c-alert pf-m-inline pf-m-warning" role="alert">
                <p class="pf-v6-c-alert__title">{format!("{}: {at}", t.first_contact)}</p>
                <div class="pf-v6-c-alert__description">
                    <p class="hd-fingerprint">{format!("{algorithm} {fingerprint}")}</p>
                    <p>{texts::with_code(t.first_contact_why)}</p>
                </div>
            </div>
            <input type="hidden" name="trusted" value=fingerprint.clone() />
        }
    });
    let host = match fixed_host {
        Some(fixed) => view! {
            <p>
                {t.host} ": " <strong>{fixed}</strong>
            </p>
        }
        .into_any(),
        None => field("host", t.host_field, host, Kind::Text, "off").into_any(),
    };
    let agent = agent.map(|token| {
        view! {
            <p>{texts::with_code(t.agent_why)}</p>
            <input type="hidden" name="agent" value=token />
        }
    });
    let content = view! {
        <h1 class="pf-v6-c-title pf-m-2xl">{t.product}</h1>
        <p>{t.log_in_why}</p>
        {notice}
        // Not the short encoding: a file comes along.
        <form class="pf-v6-c-form" method="post" action="/login" enctype="multipart/form-data">
            {stranger} {host} {field("user", t.user, user, Kind::Text, "username")}
            {field("password", t.password, String::new(), Kind::Hidden, "current-password")}
            <details open=with_key>
                <summary>{t.key_instead}</summary>
                <div class="hd-fields">
                    {field("key", t.key_file, String::new(), Kind::File, "off")}
                    {field("key_text", t.key_text, String::new(), Kind::Lines, "off")}
                    {field("passphrase", t.passphrase, String::new(), Kind::Hidden, "off")} <p>{t.key_why}</p>
                </div>
            </details>
            {agent}
            <input type="hidden" name="next" value=next />
            <div>
                <button class="pf-v6-c-button pf-m-primary" type="submit">
                    {button}
                </button>
            </div>
        </form>
    };
    document(preferences, t, t.log_in, content.into_any())
}

/// What a field takes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One line; needed.
    Text,
    /// One line that nobody sees.
    Hidden,
    /// Many lines.
    Lines,
    /// A file.
    File,
}

fn field(
    name: &'static str,
    label: &'static str,
    value: String,
    kind: Kind,
    autocomplete: &'static str,
) -> impl IntoView {
    let control = match kind {
        Kind::Text => {
            view! { <input id=name name=name type="text" value=value autocomplete=autocomplete required /> }.into_any()
        }
        Kind::Hidden => view! { <input id=name name=name type="password" autocomplete=autocomplete /> }.into_any(),
        Kind::File => view! { <input id=name name=name type="file" /> }.into_any(),
        Kind::Lines => {
            view! { <textarea id=name name=name rows="4" autocomplete=autocomplete spellcheck="false"></textarea> }
                .into_any()
        }
    };
    let class = match kind {
        Kind::Lines => "pf-v6-c-form-control pf-m-textarea pf-m-resize-vertical",
        Kind::File => "hd-file",
        Kind::Text | Kind::Hidden => "pf-v6-c-form-control",
    };
    view! {
        <div class="pf-v6-c-form__group">
            <div class="pf-v6-c-form__group-label">
                <label class="pf-v6-c-form__label" for=name>
                    <span class="pf-v6-c-form__label-text">{label}</span>
                </label>
            </div>
            <div class="pf-v6-c-form__group-control">
                <span class=class>{control}</span>
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_shown_escaped_and_the_password_not_at_all() {
        let page = LoginPage {
            user: "\"><script>alert(1)</script>".to_owned(),
            notice: Some(Notice { what: "<b>what</b>".to_owned(), remedy: "do & that".to_owned() }),
            ..LoginPage::default()
        };
        let html = login(Preferences::default(), page);
        assert!(!html.contains("<script"), "{html}");
        assert!(!html.contains("<b>"), "{html}");
        assert!(html.contains("do &amp; that"), "{html}");
        assert!(html.starts_with("<!DOCTYPE html><html lang=\"en\""), "{html}");
    }

    #[test]
    fn the_agent_is_offered_to_whoever_has_the_token() {
        let html = login(Preferences::default(), LoginPage { agent: Some("t0ken".to_owned()), ..LoginPage::default() });
        assert!(html.contains("name=\"agent\" value=\"t0ken\""), "{html}");
        assert!(!login(Preferences::default(), LoginPage::default()).contains("name=\"agent\""));
    }

    #[test]
    fn a_fixed_host_cannot_be_typed() {
        let page = LoginPage { fixed_host: Some("host1.example:22".to_owned()), ..LoginPage::default() };
        let html = login(Preferences::default(), page);
        assert!(html.contains("host1.example:22") && !html.contains("name=\"host\""), "{html}");
        assert!(login(Preferences::default(), LoginPage::default()).contains("name=\"host\""));
    }

    #[test]
    fn a_stranger_shows_its_fingerprint_and_asks_for_the_password_again() {
        let stranger =
            Stranger { at: "h:22".into(), algorithm: "ssh-ed25519".into(), fingerprint: "SHA256:abc".into() };
        let html = login(Preferences::default(), LoginPage { stranger: Some(stranger), ..LoginPage::default() });
        assert!(html.contains("ssh-ed25519 SHA256:abc"), "{html}");
        assert!(html.contains("name=\"trusted\"") && html.contains("name=\"password\""), "{html}");
    }
}
