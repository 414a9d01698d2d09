//! The document around the pages: made on the server, read back in the browser.

#[cfg(feature = "ssr")]
use crate::preferences::tag;
#[cfg(feature = "hydrate")]
use crate::preferences::{Preferences, Theme, from_tag};

/// The whole document of a page of this program. The visitor's [`Preferences`](crate::preferences::Preferences) must be in the
/// context.
#[cfg(feature = "ssr")]
pub fn document(
    program: crate::Program,
    mut options: leptos::prelude::LeptosOptions,
) -> impl leptos::prelude::IntoView {
    use leptos::prelude::*;

    let preferences = crate::frame::preferences();
    options.output_name = program.name().into();
    view! {
        <!DOCTYPE html>
        <html lang=tag(preferences.lang) class=preferences.theme.class()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <link rel="icon" type="image/svg+xml" href="/pkg/favicon.svg" />
                <link rel="stylesheet" href=format!("/pkg/{}.css", program.name()) />
                <HydrationScripts options />
                <leptos_meta::MetaTags />
            </head>
            <body>
                <crate::App />
            </body>
        </html>
    }
}

/// What the server rendered with, from the document itself: the browser must render the same.
#[cfg(feature = "hydrate")]
pub(crate) fn read_preferences() -> Preferences {
    let root = leptos::prelude::document().document_element();
    let attribute = |name| root.as_ref().and_then(|root| root.get_attribute(name)).unwrap_or_default();
    let dark = attribute("class").split(' ').any(|class| class == Theme::Dark.class());
    Preferences {
        lang: from_tag(&attribute("lang")).unwrap_or_default(),
        theme: if dark { Theme::Dark } else { Theme::Light },
    }
}

/// From now on the page answers: tests wait for this mark before they type.
#[cfg(feature = "hydrate")]
pub(crate) fn mark_alive() {
    if let Some(root) = leptos::prelude::document().document_element() {
        // Only a malformed name is refused.
        let _ = root.set_attribute("data-alive", "");
    }
}
