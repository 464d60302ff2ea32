//! Languages by name, and how many posts are in each, in words.

use std::collections::BTreeMap;

use super::count::count;

/// The code of a language that cannot be told.
pub const UNTOLD: &str = "und";

/// ISO 639-1 codes with their English names.
const NAMES: [(&str, &str); 61] = [
    ("af", "Afrikaans"),
    ("am", "Amharic"),
    ("ar", "Arabic"),
    ("bg", "Bulgarian"),
    ("bn", "Bengali"),
    ("ca", "Catalan"),
    ("cs", "Czech"),
    ("cy", "Welsh"),
    ("da", "Danish"),
    ("de", "German"),
    ("el", "Greek"),
    ("en", "English"),
    ("es", "Spanish"),
    ("et", "Estonian"),
    ("fa", "Persian"),
    ("fi", "Finnish"),
    ("fr", "French"),
    ("gu", "Gujarati"),
    ("he", "Hebrew"),
    ("hi", "Hindi"),
    ("hr", "Croatian"),
    ("hu", "Hungarian"),
    ("hy", "Armenian"),
    ("id", "Indonesian"),
    ("it", "Italian"),
    ("ja", "Japanese"),
    ("ka", "Georgian"),
    ("km", "Khmer"),
    ("kn", "Kannada"),
    ("ko", "Korean"),
    ("lo", "Lao"),
    ("lt", "Lithuanian"),
    ("lv", "Latvian"),
    ("mk", "Macedonian"),
    ("ml", "Malayalam"),
    ("mr", "Marathi"),
    ("my", "Burmese"),
    ("nb", "Norwegian"),
    ("ne", "Nepali"),
    ("nl", "Dutch"),
    ("or", "Odia"),
    ("pa", "Punjabi"),
    ("pl", "Polish"),
    ("pt", "Portuguese"),
    ("ro", "Romanian"),
    ("ru", "Russian"),
    ("si", "Sinhala"),
    ("sk", "Slovak"),
    ("sl", "Slovenian"),
    ("so", "Somali"),
    ("sq", "Albanian"),
    ("sv", "Swedish"),
    ("sw", "Swahili"),
    ("ta", "Tamil"),
    ("te", "Telugu"),
    ("th", "Thai"),
    ("tl", "Tagalog"),
    ("tr", "Turkish"),
    ("uk", "Ukrainian"),
    ("ur", "Urdu"),
    ("zh", "Chinese"),
];

/// The name of a language; its code, where we know no name.
#[must_use]
pub fn name(code: &str) -> &str {
    NAMES.iter().find(|(known, _)| *known == code).map_or(code, |(_, name)| name)
}

/// The code of a language, by its code or its English name in any case; none where we know no such name.
#[must_use]
pub fn code(written: &str) -> Option<&'static str> {
    let is_it = |(code, name): &&(&str, &str)| {
        code.eq_ignore_ascii_case(written) || name.eq_ignore_ascii_case(written)
    };
    NAMES.iter().find(is_it).map(|(code, _)| *code)
}

/// The English names of the languages we know.
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().map(|(_, name)| *name)
}

/// "in German", "in a language that cannot be told".
#[must_use]
pub fn in_language(code: &str) -> String {
    match code {
        UNTOLD => "in a language that cannot be told".to_owned(),
        code => format!("in {}", name(code)),
    }
}

/// "12 posts in German, 3 in a language that cannot be told": most first; none where there is none.
#[must_use]
pub fn posts_in<N>(counts: &BTreeMap<String, N>) -> Option<String>
where
    N: Copy + Ord + std::fmt::Display + TryInto<u64>,
{
    let mut sorted: Vec<(&str, N)> = counts.iter().map(|(code, n)| (code.as_str(), *n)).collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    let mut parts = sorted.into_iter().map(|(code, number)| (number, in_language(code)));
    let (number, language) = parts.next()?;
    let first = format!("{} {language}", count(number, "post", "posts"));
    let rest = parts.map(|(number, language)| format!("{number} {language}"));
    Some(std::iter::once(first).chain(rest).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn posts_are_counted_by_language_most_first() {
        let counts: BTreeMap<String, u32> =
            [("und", 3), ("de", 12), ("tlh", 1)].map(|(code, n)| (code.to_owned(), n)).into();
        let said = "12 posts in German, 3 in a language that cannot be told, 1 in tlh";
        assert_eq!(posts_in(&counts).as_deref(), Some(said));
        assert_eq!(posts_in(&BTreeMap::<String, u32>::new()), None);
    }
}
