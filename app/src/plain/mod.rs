//! Pages without a script: the login, and refusals. They need no session, load one small style sheet, and work in any browser.

mod login;

pub use login::{LoginPage, Notice, Stranger, login};

use crate::preferences::{LANG_COOKIE, Preferences, THEME_COOKIE, Theme, other, tag};
use crate::texts::{self, Texts};
use leptos::prelude::*;

/// A heading, a sentence, and the way on: for an address that leads nowhere and for a request that was refused.
pub fn message(preferences: Preferences, heading: impl Into<String>, why: impl Into<String>) -> String {
    let t = texts::of(preferences.lang);
    let (heading, why): (String, String) = (heading.into(), why.into());
    let content = view! {
        <h1 class="pf-v6-c-title pf-m-2xl">{heading.clone()}</h1>
        <p>{why}</p>
        <p>
            <a href="/">{t.to_overview}</a>
        </p>
    };
    document(preferences, t, &heading, content.into_any())
}

fn document(preferences: Preferences, t: &'static Texts, title: &str, content: AnyView) -> String {
    let Preferences { lang, theme } = preferences;
    let look = match theme {
        Theme::Light => t.to_dark,
        Theme::Dark => t.to_light,
    };
    let page = view! {
        <html lang=tag(lang) class=theme.class()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <title>{format!("{title} · {}", t.product)}</title>
                <link rel="icon" type="image/svg+xml" href="/pkg/favicon.svg" />
                <link rel="stylesheet" href="/pkg/plain.css" />
            </head>
            <body>
                <main class="hd-plain">
                    {content} <form class="hd-tools" method="post" action="/preferences">
                        <input type="hidden" name="back" value="/" />
                        <button
                            class="pf-v6-c-button pf-m-link"
                            type="submit"
                            name=LANG_COOKIE
                            value=tag(other(lang))
                            lang=t.other_language_tag
                        >
                            {t.other_language}
                        </button>
                        <button class="pf-v6-c-button pf-m-link" type="submit" name=THEME_COOKIE value=theme.other().name()>
                            {look}
                        </button>
                    </form>
                </main>
            </body>
        </html>
    };
    format!("<!DOCTYPE html>{}", page.to_html())
}
