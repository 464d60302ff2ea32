//! Words: tokens of real-world text, and the terms that carry its meaning.

use unicode_segmentation::UnicodeSegmentation as _;

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

/// The words of `text` as they stand there, without white space and punctuation.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.unicode_words()
}

/// The words of `text` in lower case, with typographic apostrophes made plain.
pub fn folded(text: &str) -> impl Iterator<Item = String> {
    words(text).map(|word| {
        let lower = word.to_lowercase();
        if lower.contains('\u{2019}') { lower.replace('\u{2019}', "'") } else { lower }
    })
}

/// The terms of `text`: folded words that mean something, without their plural and possessive.
pub fn terms(text: &str) -> impl Iterator<Item = String> {
    folded(text).filter_map(|word| {
        let plain = word.strip_suffix("'s").unwrap_or(&word);
        if is_stop_word(plain) || plain.len() < 2 {
            return None;
        }
        Some(singular(plain).to_owned())
    })
}

/// Whether `word`, in lower case, says nothing about what a text is about.
pub fn is_stop_word(word: &str) -> bool {
    word.len() <= LONGEST_STOP_WORD && STOP_WORDS.binary_search(&word).is_ok()
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
    use super::*;

    #[test]
    fn the_stop_words_are_sorted_so_that_they_can_be_searched() {
        assert!(STOP_WORDS.is_sorted());
        assert_eq!(STOP_WORDS.iter().map(|word| word.len()).max(), Some(LONGEST_STOP_WORD));
    }

    #[test]
    fn plurals_possessives_and_apostrophes_do_not_make_another_term() {
        let one: Vec<_> = terms("The vendor\u{2019}s prices").collect();
        let other: Vec<_> = terms("vendor price").collect();
        assert_eq!(one, other);
    }
}
