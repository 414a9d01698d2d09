//! [`Lang`]: the two languages every text is written in.

use serde::{Deserialize, Serialize};

/// English or Japanese.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

impl Lang {
    /// The text of this language.
    pub const fn pick<'a>(self, en: &'a str, ja: &'a str) -> &'a str {
        match self {
            Self::En => en,
            Self::Ja => ja,
        }
    }

    /// From a locale (`ja_JP.UTF-8`) or a language tag (`ja`, `ja-JP`); anything but Japanese is English.
    pub fn from_locale(locale: &str) -> Self {
        if locale == "ja" || locale.starts_with("ja_") || locale.starts_with("ja-") { Self::Ja } else { Self::En }
    }
}

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// English.
    pub en: String,
    /// Japanese.
    pub ja: String,
}

impl Text {
    /// Both languages at once.
    pub fn new(en: impl Into<String>, ja: impl Into<String>) -> Self {
        Self { en: en.into(), ja: ja.into() }
    }

    /// The text in `lang`.
    pub fn get(&self, lang: Lang) -> &str {
        lang.pick(&self.en, &self.ja)
    }
}

/// A [`Text`] of two format strings, English first, which capture variables by name.
macro_rules! text {
    ($en:literal, $ja:literal $(,)?) => {
        $crate::lang::Text::new(format!($en), format!($ja))
    };
}
pub(crate) use text;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_japanese_locale_picks_japanese_and_any_other_english() {
        for (locale, lang) in
            [("ja_JP.UTF-8", Lang::Ja), ("ja", Lang::Ja), ("ja-JP", Lang::Ja), ("C", Lang::En), ("java", Lang::En)]
        {
            assert_eq!(Lang::from_locale(locale), lang, "{locale}");
        }
    }
}
