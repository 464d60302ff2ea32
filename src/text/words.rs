//! Words: tokens of real-world text, and the terms that carry its meaning.

use std::borrow::Cow;

use unicode_segmentation::{UnicodeSegmentation as _, UnicodeWords};

/// English words that say nothing about what a text is about.
const STOP_WORDS: &[&str] = &[
    "a", "about", "after", "again", "all", "also", "am", "an", "and", "any", "are", "as", "at",
    "be", "because", "been", "before", "being", "but", "by", "can", "could", "did", "do", "does",
    "doing", "for", "from", "get", "got", "had", "has", "have", "having", "he", "her", "here",
    "his", "how", "i", "if", "in", "into", "is", "it", "its", "just", "like", "may", "me", "more",
    "most", "much", "my", "no", "nor", "not", "now", "of", "on", "one", "only", "or", "other",
    "our", "out", "over", "own", "said", "say", "says", "she", "should", "so", "some", "such",
    "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those",
    "through", "to", "too", "under", "up", "us", "very", "was", "we", "were", "what", "when",
    "where", "which", "while", "who", "why", "will", "with", "would", "you", "your",
];

/// The letters of the longest of them: most words are longer, and need not be looked up.
const LONGEST_STOP_WORD: usize = 7;

/// The same, each as one number, by which they are sorted as they are by their letters.
const STOP_NUMBERS: [u64; STOP_WORDS.len()] = {
    let mut numbers = [0; STOP_WORDS.len()];
    let mut at = 0;
    while at < numbers.len() {
        numbers[at] = number(STOP_WORDS[at].as_bytes());
        at += 1;
    }
    numbers
};

/// A word of at most eight letters as a number: the first letter weighs most.
const fn number(word: &[u8]) -> u64 {
    let (mut number, mut at) = (0, 0);
    while at < u64::BITS as usize / 8 {
        number = number << 8 | if at < word.len() { word[at] as u64 } else { 0 };
        at += 1;
    }
    number
}

/// The words of `text` as they stand there, without white space and punctuation.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    // No word goes on behind white space.
    text.split_ascii_whitespace().flat_map(|part| match plain(part) {
        Some(word) => InPart::Plain(Some(word)),
        None => InPart::Any(part.unicode_words()),
    })
}

/// The words of a part of a text without white space.
enum InPart<'a> {
    Plain(Option<&'a str>),
    Any(UnicodeWords<'a>),
}

impl<'a> Iterator for InPart<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        match self {
            Self::Plain(word) => word.take(),
            Self::Any(words) => words.next(),
        }
    }
}

/// The one word of a part that is nothing but Latin letters and digits with punctuation around them, as most are:
/// where words end (UAX #29) is plain there. None for any other.
fn plain(part: &str) -> Option<&str> {
    // An underscore is joined to the letters beside it.
    let is_around = |byte: u8| byte.is_ascii() && byte != b'_';
    let bytes = part.as_bytes();
    let from = bytes.iter().position(u8::is_ascii_alphanumeric)?;
    let until = bytes[from..].iter().position(|byte| !byte.is_ascii_alphanumeric());
    let until = until.map_or(bytes.len(), |length| from + length);
    let behind = &bytes[until..];
    let is_one = bytes[..from].iter().all(|byte| is_around(*byte))
        && behind.iter().all(|byte| is_around(*byte) && !byte.is_ascii_alphanumeric());
    is_one.then(|| &part[from..until])
}

/// The words of `text` in lower case, with typographic apostrophes made plain.
pub fn folded(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    words(text).map(|word| {
        if !word.is_ascii() {
            Cow::Owned(word.to_lowercase().replace('\u{2019}', "'"))
        } else if word.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(word.to_ascii_lowercase())
        } else {
            Cow::Borrowed(word)
        }
    })
}

/// The terms of `text`: folded words that mean something, without their plural and possessive.
pub fn terms(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    folded(text).filter_map(|word| {
        let plain = word.strip_suffix("'s").unwrap_or(&word);
        if is_stop_word(plain) || plain.len() < 2 {
            return None;
        }
        let length = singular(plain).len();
        Some(match word {
            Cow::Borrowed(word) => Cow::Borrowed(&word[..length]),
            Cow::Owned(mut word) => {
                word.truncate(length);
                Cow::Owned(word)
            }
        })
    })
}

/// Whether `word`, in lower case, says nothing about what a text is about.
pub fn is_stop_word(word: &str) -> bool {
    word.len() <= LONGEST_STOP_WORD && STOP_NUMBERS.binary_search(&number(word.as_bytes())).is_ok()
}

/// `text` with every run of white space made one space, and none at its ends.
pub fn fold_space(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A rough singular: good enough to see that "prices" and "price" are one term.
fn singular(word: &str) -> &str {
    match word.strip_suffix('s') {
        Some(stem) if stem.len() >= 3 && !stem.ends_with(['s', 'u', 'i']) => stem,
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_stop_words_are_sorted_so_that_they_can_be_searched() {
        assert!(STOP_WORDS.is_sorted() && STOP_NUMBERS.is_sorted());
        assert!(STOP_WORDS.iter().all(|word| is_stop_word(word)) && !is_stop_word("abouts"));
        assert_eq!(STOP_WORDS.iter().map(|word| word.len()).max(), Some(LONGEST_STOP_WORD));
    }

    proptest! {
        #[test]
        fn words_are_those_of_the_standard(text in "[ -~\\x00-\\x1f]{0,40}|\\PC{0,20}|([a-z'._@:,-]{0,6}[é ]?){0,8}") {
            prop_assert_eq!(words(&text).collect::<Vec<_>>(), text.unicode_words().collect::<Vec<_>>());
        }
    }

    #[test]
    fn plurals_possessives_and_apostrophes_do_not_make_another_term() {
        let one: Vec<_> = terms("The vendor\u{2019}s prices").collect();
        let other: Vec<_> = terms("vendor price").collect();
        assert_eq!(one, other);
    }
}
