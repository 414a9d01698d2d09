//! How long something took, in words.

use crate::lang::Lang;

/// `3 min 05 s`, `12 s`; whole seconds.
pub fn duration(millis: u64, lang: Lang) -> String {
    let seconds = millis / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (lang, hours, minutes) {
        (Lang::En, 0, 0) => format!("{seconds} s"),
        (Lang::En, 0, _) => format!("{minutes} min {seconds:02} s"),
        (Lang::En, _, _) => format!("{hours} h {minutes:02} min"),
        (Lang::Ja, 0, 0) => format!("{seconds} 秒"),
        (Lang::Ja, 0, _) => format!("{minutes} 分 {seconds:02} 秒"),
        (Lang::Ja, _, _) => format!("{hours} 時間 {minutes:02} 分"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short_and_whole() {
        assert_eq!(duration(999, Lang::En), "0 s");
        assert_eq!(duration(61_000, Lang::En), "1 min 01 s");
        assert_eq!(duration(3_661_000, Lang::Ja), "1 時間 01 分");
    }
}
