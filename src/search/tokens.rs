//! What counts as a word: one rule for what is kept, what is asked, and what is marked.
//!
//! A word is a run of letters and digits, without case, accents and widths, and without an English
//! possessive. Of scripts that put no space between words every character is one. Anything that holds
//! several words (`acme.example`, `GPT-4`) is found as a phrase of them.

use std::ops::Range;

use tantivy::tokenizer::{
    BoxTokenStream, Stemmer, TextAnalyzer, Token, TokenFilter as _, TokenStream, Tokenizer,
};
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// A longer run of letters is nothing anybody asks for: a key, a file in Base64.
const LONGEST_BYTES: usize = 64;

/// A word of a text, as it is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Where it stands, in bytes.
    pub(super) at: Range<usize>,
    /// Which of the text's words it is.
    pub(super) position: usize,
    /// The word, or its stem.
    pub(super) word: String,
}

/// The words of a text, folded.
pub(super) fn folded(text: &str) -> Vec<Word> {
    read(&mut TextAnalyzer::from(Folding), text)
}

/// The words of a text, folded and without their English endings.
pub(super) fn stems(text: &str) -> Vec<Word> {
    read(&mut stemmer(), text)
}

/// One word, folded.
pub(super) fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    fold_into(word, &mut folded);
    folded
}

/// Reads the words of a text, folded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Folding;

/// Reads stems.
pub(super) fn stemmer() -> TextAnalyzer {
    TextAnalyzer::from(Stemmer::default().transform(Folding))
}

/// Reads the words that are not their own stems: what a stem cannot say of a word's beginning.
#[derive(Clone)]
pub(super) struct Forms {
    stems: TextAnalyzer,
}

impl Default for Forms {
    fn default() -> Self {
        Self { stems: stemmer() }
    }
}

fn read(analyzer: &mut TextAnalyzer, text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    analyzer.token_stream(text).process(&mut |token: &Token| {
        let at = token.offset_from..token.offset_to;
        words.push(Word { at, position: token.position, word: token.text.clone() });
    });
    words
}

impl Tokenizer for Folding {
    type TokenStream<'t> = WordStream<'t>;

    fn token_stream<'t>(&'t mut self, text: &'t str) -> WordStream<'t> {
        WordStream { text, at: 0, position: 0, token: Token::default() }
    }
}

/// The words of a text, one after the other.
pub(super) struct WordStream<'t> {
    text: &'t str,
    at: usize,
    position: usize,
    token: Token,
}

impl TokenStream for WordStream<'_> {
    fn advance(&mut self) -> bool {
        loop {
            let Some(at) = next_run(self.text, self.at) else { return false };
            self.at = past_possessive(self.text, at.end);
            let position = self.position;
            self.position += 1;
            if at.len() > LONGEST_BYTES {
                continue;
            }
            self.token.text.clear();
            fold_into(&self.text[at.clone()], &mut self.token.text);
            if self.token.text.is_empty() {
                continue;
            }
            (self.token.offset_from, self.token.offset_to) = (at.start, at.end);
            self.token.position = position;
            return true;
        }
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

impl Tokenizer for Forms {
    type TokenStream<'t> = FormStream<'t>;

    fn token_stream<'t>(&'t mut self, text: &'t str) -> FormStream<'t> {
        FormStream { text, stems: self.stems.token_stream(text), token: Token::default() }
    }
}

/// The words of a text that are not their own stems.
pub(super) struct FormStream<'t> {
    text: &'t str,
    stems: BoxTokenStream<'t>,
    token: Token,
}

impl TokenStream for FormStream<'_> {
    fn advance(&mut self) -> bool {
        while self.stems.advance() {
            let stem = self.stems.token();
            self.token.text.clear();
            fold_into(&self.text[stem.offset_from..stem.offset_to], &mut self.token.text);
            if self.token.text == stem.text {
                continue;
            }
            self.token.offset_from = stem.offset_from;
            self.token.offset_to = stem.offset_to;
            self.token.position = stem.position;
            return true;
        }
        false
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

/// The next run of letters and digits from a place on; one character in scripts without spaces.
fn next_run(text: &str, from: usize) -> Option<Range<usize>> {
    let rest = text.get(from..)?;
    let (start, first) = rest.char_indices().find(|(_, c)| c.is_alphanumeric())?;
    let start = from + start;
    let after = start + first.len_utf8();
    if is_unspaced(first) {
        let marks = text[after..].chars().take_while(|c| is_combining_mark(*c));
        return Some(start..after + marks.map(char::len_utf8).sum::<usize>());
    }
    let is_part = |c: char| {
        c.is_ascii_alphanumeric()
            || !c.is_ascii() && (c.is_alphanumeric() || is_combining_mark(c)) && !is_unspaced(c)
    };
    let more = text[after..].char_indices().find(|(_, c)| !is_part(*c));
    Some(start..more.map_or(text.len(), |(length, _)| after + length))
}

/// Past "'s" at the end of a word: "Acme's outage" is a phrase of two words.
fn past_possessive(text: &str, end: usize) -> usize {
    let mut rest = text[end..].chars();
    let (Some(mark @ ('\'' | '\u{2019}')), Some(s @ ('s' | 'S'))) = (rest.next(), rest.next())
    else {
        return end;
    };
    let goes_on = rest.next().is_some_and(char::is_alphanumeric);
    if goes_on { end } else { end + mark.len_utf8() + s.len_utf8() }
}

fn fold_into(word: &str, folded: &mut String) {
    if word.is_ascii() {
        folded.push_str(word);
        folded.make_ascii_lowercase();
        return;
    }
    for c in word.chars() {
        decompose_compatible(c, |part| {
            if is_accent(part) || !(part.is_alphanumeric() || is_combining_mark(part)) {
                return;
            }
            for lower in part.to_lowercase() {
                match plain(lower) {
                    Some(letters) => folded.push_str(letters),
                    None => folded.push(lower),
                }
            }
        });
    }
}

/// Marks that people leave out when they type: of Latin, Greek and Cyrillic, of Hebrew and Arabic.
fn is_accent(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036f}' | '\u{0483}'..='\u{0487}' | '\u{0591}'..='\u{05c7}'
        | '\u{0610}'..='\u{061a}' | '\u{064b}'..='\u{065f}' | '\u{0670}')
}

/// Letters that are an accented one to whoever types without, though Unicode does not take them apart.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ł' => "l",
        'ı' => "i",
        'þ' => "th",
        'ς' => "σ",
        _ => return None,
    })
}

/// Scripts that put no space between words: Thai, Lao, Burmese, Khmer, kana and Han.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<String> {
        folded(text).into_iter().map(|word| word.word).collect()
    }

    #[test]
    fn case_accents_and_widths_make_no_other_word() {
        for text in ["CAFÉ", "cafe\u{301}", "Ｃａｆé", "café"] {
            assert_eq!(words(text), ["cafe"], "{text}");
        }
        assert_eq!(words("Straße Łódź Ærø Œuvre"), ["strasse", "lodz", "aero", "oeuvre"]);
    }

    #[test]
    fn a_possessive_is_dropped_and_other_apostrophes_part_words() {
        assert_eq!(words("Acme’s outage"), ["acme", "outage"]);
        assert_eq!(folded("Acme's outage")[1].position, 1);
        assert_eq!(words("l'année don't 's"), ["l", "annee", "don", "t", "s"]);
    }

    #[test]
    fn what_holds_several_words_is_parted() {
        assert_eq!(words("acme.example GPT-4 $42M"), ["acme", "example", "gpt", "4", "42m"]);
    }

    #[test]
    fn scripts_without_spaces_are_found_by_their_characters() {
        assert_eq!(words("云计算 cloud"), ["云", "计", "算", "cloud"]);
        assert_eq!(words("のa"), ["の", "a"]);
    }

    #[test]
    fn a_run_that_is_no_word_leaves_a_gap() {
        let found = folded(&format!("before {} after", "x".repeat(LONGEST_BYTES + 1)));
        assert_eq!(found.iter().map(|word| word.position).collect::<Vec<_>>(), [0, 2]);
    }

    #[test]
    fn stems_know_no_endings_and_forms_are_what_they_leave_out() {
        let stemmed: Vec<_> =
            stems("Prices, pricing, priced").into_iter().map(|w| w.word).collect();
        assert_eq!(stemmed, ["price", "price", "price"]);
        let forms = read(&mut TextAnalyzer::from(Forms::default()), "price pricing cloud");
        assert_eq!(forms.into_iter().map(|w| w.word).collect::<Vec<_>>(), ["pricing"]);
    }

    proptest! {
        #[test]
        fn whatever_comes_words_stand_where_they_say_and_in_order(
            text in "\\PC*|[a-zß'\u{2019}\u{301}\u{5d0}-\u{5ea}\u{4e00}-\u{4e10}가-힣 ]*"
        ) {
            let mut end = 0;
            for word in stems(&text) {
                prop_assert!(word.at.start >= end && word.at.end > word.at.start);
                prop_assert!(text.is_char_boundary(word.at.start) && text.is_char_boundary(word.at.end));
                prop_assert!(!word.word.is_empty());
                end = word.at.end;
            }
        }

        #[test]
        fn folding_what_is_folded_changes_nothing(text in "\\PC{0,20}") {
            for word in folded(&text) {
                prop_assert_eq!(fold(&word.word), word.word);
            }
        }
    }
}
