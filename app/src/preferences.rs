//! What a visitor chose about the pages: language, light or dark. Kept in two cookies, so that they hold before the login too.

use hosted_deploy_model::lang::Lang;

/// The cookie with the language.
pub const LANG_COOKIE: &str = "__Host-lang";
/// The cookie with `light` or `dark`.
pub const THEME_COOKIE: &str = "__Host-theme";

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Dark on light.
    #[default]
    Light,
    /// Light on dark.
    Dark,
}

/// Both choices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preferences {
    /// The language of all texts.
    pub lang: Lang,
    /// Light or dark.
    pub theme: Theme,
}

impl Theme {
    /// As in the cookie.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// From the cookie; `None` for anything else.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Light, Self::Dark].into_iter().find(|theme| theme.name() == name)
    }

    /// The class of the document's root element.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Light => "",
            Self::Dark => "pf-v6-theme-dark",
        }
    }

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::Light => Self::Dark,
            Self::Dark => Self::Light,
        }
    }
}

/// The language's tag, as in `<html lang>` and in the cookie.
pub const fn tag(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "en",
        Lang::Ja => "ja",
    }
}

/// From the cookie; `None` for anything else.
pub fn from_tag(text: &str) -> Option<Lang> {
    [Lang::En, Lang::Ja].into_iter().find(|lang| tag(*lang) == text)
}

/// The other one.
pub const fn other(lang: Lang) -> Lang {
    match lang {
        Lang::En => Lang::Ja,
        Lang::Ja => Lang::En,
    }
}

impl Preferences {
    /// From what the browser sent: the two cookies' values and `Accept-Language`.
    ///
    /// Of the languages that the browser takes, the first that we have counts, whatever the weights: browsers list
    /// them in order.
    pub fn of(lang_cookie: Option<&str>, theme_cookie: Option<&str>, accept_language: Option<&str>) -> Self {
        let primary = |range: &str| from_tag(range.split([';', '-']).next().unwrap_or_default().trim());
        let accepted = accept_language.and_then(|list| list.split(',').find_map(primary));
        Self {
            lang: lang_cookie.and_then(from_tag).or(accepted).unwrap_or_default(),
            theme: theme_cookie.and_then(Theme::from_name).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_comes_before_the_browsers_language_and_both_before_english() {
        let lang = |cookie, accept| Preferences::of(cookie, None, accept).lang;
        assert_eq!(lang(Some("en"), Some("ja")), Lang::En);
        assert_eq!(lang(None, Some("ja-JP,ja;q=0.9,en;q=0.8")), Lang::Ja);
        assert_eq!(lang(None, Some("de, en-GB;q=0.9, ja;q=0.1")), Lang::En);
        assert_eq!(lang(Some("<script>"), Some("de")), Lang::En);
        assert_eq!(lang(None, None), Lang::En);
    }

    #[test]
    fn names_and_tags_are_read_back() {
        for theme in [Theme::Light, Theme::Dark] {
            assert_eq!(Theme::from_name(theme.name()), Some(theme));
            assert_eq!(theme.other().other(), theme);
        }
        for lang in [Lang::En, Lang::Ja] {
            assert_eq!(from_tag(tag(lang)), Some(lang));
            assert_eq!(other(other(lang)), lang);
        }
    }
}
