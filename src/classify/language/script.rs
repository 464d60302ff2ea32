//! Scripts: which languages a letter can belong to.

/// The languages that share a script, or the one that is alone in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Script {
    /// Told apart by stretches of letters: the table has them under these codes.
    Shared(&'static [&'static str]),
    /// One language, as far as we know.
    Of(&'static str),
    /// Chinese characters: Chinese, unless kana stand among them.
    Han,
    /// Japanese syllables.
    Kana,
}

/// The languages of the Latin script that the table has.
pub(super) const LATIN: &[&str] = &[
    "en", "de", "fr", "es", "pt", "it", "nl", "sv", "da", "nb", "fi", "pl", "cs", "ro", "hu", "tr",
    "id", "vi", "ca", "sw", "tl", "sk", "sl", "hr", "et", "lt", "lv", "sq", "so", "af", "cy",
];

/// Ranges of letters in order, each with its script.
const RANGES: &[(char, char, Script)] = &[
    ('A', '\u{24f}', Script::Shared(LATIN)),
    ('\u{370}', '\u{3ff}', Script::Of("el")),
    ('\u{400}', '\u{52f}', Script::Shared(&["ru", "uk", "bg", "mk"])),
    ('\u{530}', '\u{58f}', Script::Of("hy")),
    ('\u{590}', '\u{5ff}', Script::Of("he")),
    ('\u{600}', '\u{77f}', Script::Shared(&["ar", "fa", "ur"])),
    ('\u{900}', '\u{97f}', Script::Shared(&["hi", "mr", "ne"])),
    ('\u{980}', '\u{9ff}', Script::Of("bn")),
    ('\u{a00}', '\u{a7f}', Script::Of("pa")),
    ('\u{a80}', '\u{aff}', Script::Of("gu")),
    ('\u{b00}', '\u{b7f}', Script::Of("or")),
    ('\u{b80}', '\u{bff}', Script::Of("ta")),
    ('\u{c00}', '\u{c7f}', Script::Of("te")),
    ('\u{c80}', '\u{cff}', Script::Of("kn")),
    ('\u{d00}', '\u{d7f}', Script::Of("ml")),
    ('\u{d80}', '\u{dff}', Script::Of("si")),
    ('\u{e00}', '\u{e7f}', Script::Of("th")),
    ('\u{e80}', '\u{eff}', Script::Of("lo")),
    ('\u{1000}', '\u{109f}', Script::Of("my")),
    ('\u{10a0}', '\u{10ff}', Script::Of("ka")),
    ('\u{1100}', '\u{11ff}', Script::Of("ko")),
    ('\u{1200}', '\u{139f}', Script::Of("am")),
    ('\u{1780}', '\u{17ff}', Script::Of("km")),
    ('\u{1e00}', '\u{1eff}', Script::Shared(LATIN)),
    ('\u{1f00}', '\u{1fff}', Script::Of("el")),
    ('\u{3040}', '\u{30ff}', Script::Kana),
    ('\u{3400}', '\u{9fff}', Script::Han),
    ('\u{ac00}', '\u{d7af}', Script::Of("ko")),
    ('\u{fb50}', '\u{fdff}', Script::Shared(&["ar", "fa", "ur"])),
    ('\u{fe70}', '\u{feff}', Script::Shared(&["ar", "fa", "ur"])),
    ('\u{ff66}', '\u{ff9f}', Script::Kana),
    ('\u{20000}', '\u{3134f}', Script::Han),
];

/// What a letter of a syllabic or logographic script says beside one of an alphabet.
const DENSE: usize = 3;

impl Script {
    /// The script of a letter, if it is one we know.
    pub(super) fn of(letter: char) -> Option<Self> {
        let after = RANGES.partition_point(|(first, _, _)| *first <= letter);
        let (_, last, script) = RANGES.get(after.checked_sub(1)?)?;
        (letter <= *last && letter.is_alphabetic()).then_some(*script)
    }

    /// The script most of a text is in, with the letters in it; none where there is no letter.
    pub(super) fn most(text: &str) -> Option<(Self, usize)> {
        let mut counts: Vec<(Self, usize)> = Vec::new();
        for script in text.chars().filter_map(Self::of) {
            let weight =
                if matches!(script, Self::Han | Self::Kana | Self::Of("ko")) { DENSE } else { 1 };
            match counts.iter_mut().find(|(known, _)| *known == script) {
                Some((_, count)) => *count += weight,
                None => counts.push((script, weight)),
            }
        }
        let kana = counts.iter().position(|(script, _)| *script == Self::Kana);
        if let Some(kana) = kana {
            // Japanese is written in both: they are one.
            let (_, syllables) = counts.swap_remove(kana);
            match counts.iter_mut().find(|(script, _)| *script == Self::Han) {
                Some(han) => *han = (Self::Kana, han.1 + syllables),
                None => counts.push((Self::Kana, syllables)),
            }
        }
        counts.into_iter().max_by_key(|(script, count)| (*count, std::cmp::Reverse(*script)))
    }

    /// Every language that can be told by its script or by the table.
    pub(super) fn every_language() -> impl Iterator<Item = &'static str> {
        RANGES.iter().flat_map(|(_, _, script)| match script {
            Self::Shared(codes) => codes.to_vec(),
            Self::Of(code) => vec![*code],
            Self::Han => vec!["zh"],
            Self::Kana => vec!["ja"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ranges_are_in_order_and_apart() {
        for pair in RANGES.windows(2) {
            assert!(pair[0].1 < pair[1].0, "{pair:?}");
        }
        assert_eq!(Script::of('×'), None);
        assert_eq!(Script::of('7'), None);
    }

    #[test]
    fn a_few_words_of_another_script_do_not_change_the_script_of_a_text() {
        assert_eq!(
            Script::most("It says 値上げ on the door of the shop").unwrap().0,
            Script::Shared(LATIN)
        );
        assert_eq!(Script::most("新しい API の pricing が高い").unwrap().0, Script::Kana);
        assert_eq!(Script::most("又涨价了 lol").unwrap().0, Script::Han);
        assert_eq!(Script::most("123 🔥"), None);
    }
}
