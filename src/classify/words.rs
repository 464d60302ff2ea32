//! Words and phrases in a text: found at word boundaries, whatever their case, hyphens, quotes or
//! light inflection, and given back as they stand in the text.

use std::ops::Range;

use aho_corasick::{AhoCorasick, BuildError, MatchKind};
use unicode_normalization::char::decompose_compatible;

/// Bytes of a text that are searched. No post is longer; a page that is says it before.
const MOST_BYTES: usize = 400_000;

/// Endings a word may take and still be the word that was asked for.
const ENDINGS: [&str; 7] = ["", "s", "es", "'s", "d", "ed", "ing"];

/// A word this short is an abbreviation, which has a plural and a genitive but no other endings.
const SHORT: usize = 3;

/// Letters that have no plain one inside, and how they are typed where there is no key for them.
const LETTERS: [(char, &str); 9] = [
    ('ß', "ss"),
    ('ø', "o"),
    ('ł', "l"),
    ('đ', "d"),
    ('ð', "d"),
    ('æ', "ae"),
    ('œ', "oe"),
    ('ı', "i"),
    ('þ', "th"),
];

/// A text made comparable: lower case without accents (of NFKD), straight quotes, one space for
/// hyphens and white space.
#[derive(Debug)]
pub struct Folded<'a> {
    original: &'a str,
    text: String,
    /// For each byte of `text`, the byte of `original` it came from; one more for the end.
    origins: Vec<u32>,
}

impl<'a> Folded<'a> {
    /// Folds a text; what lies beyond the first 400 kB is left out.
    #[must_use]
    pub fn new(original: &'a str) -> Self {
        let original = &original[..floor_char_boundary(original, MOST_BYTES)];
        let mut text = String::with_capacity(original.len());
        let mut origins = Vec::with_capacity(original.len() + 1);
        for (at, character) in original.char_indices() {
            match character {
                '\u{2018}' | '\u{2019}' | '\u{201b}' | '`' => text.push('\''),
                '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{feff}' => {}
                '-' | '\u{2010}'..='\u{2015}' => push_space(&mut text),
                c if c.is_whitespace() || c.is_control() => push_space(&mut text),
                c if c.is_ascii() => text.push(c.to_ascii_lowercase()),
                c => decompose_compatible(c, |part| {
                    for c in part.to_lowercase().filter(|c| !is_accent(*c)) {
                        match LETTERS.iter().find(|(letter, _)| *letter == c) {
                            Some((_, plain)) => text.push_str(plain),
                            None if c.is_whitespace() => push_space(&mut text),
                            None => text.push(c),
                        }
                    }
                }),
            }
            origins.resize(text.len(), at as u32);
        }
        origins.push(original.len() as u32);
        Self { original, text, origins }
    }

    /// The text as it was written, as far as it is searched.
    #[must_use]
    pub fn original(&self) -> &'a str {
        self.original
    }

    /// The folded text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Where a stretch of the folded text stands in the original.
    #[must_use]
    pub fn original_range(&self, folded: Range<usize>) -> Range<usize> {
        let at = |index: usize| {
            self.origins.get(index).map_or(self.original.len(), |&origin| origin as usize)
        };
        at(folded.start)..at(folded.end)
    }

    /// The words of the original that a stretch of the folded text was made of.
    #[must_use]
    pub fn verbatim(&self, folded: Range<usize>) -> &'a str {
        self.original.get(self.original_range(folded)).unwrap_or_default().trim()
    }
}

/// Many words and phrases, looked for at once.
#[derive(Debug)]
pub struct Words {
    patterns: AhoCorasick,
    /// For each pattern, which of the words asked for it stands for, and how it may end.
    meaning: Vec<(usize, Endings)>,
}

/// Whether a word may be inflected where it is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endings {
    /// Plural, genitive, past and present participle.
    Inflected,
    /// Plural of an abbreviation, and genitive.
    Abbreviation,
    /// The genitive only: a name.
    Name,
}

/// A word that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Which of the words asked for, by its place in the list.
    pub word: usize,
    /// Where in the folded text, with its ending.
    pub range: Range<usize>,
}

impl Words {
    /// A search for `words`, each inflected as English words are.
    ///
    /// # Errors
    /// Where they are too many to be searched at once.
    pub fn inflected<'w>(words: impl IntoIterator<Item = &'w str>) -> Result<Self, BuildError> {
        let mut patterns = Vec::new();
        let mut meaning = Vec::new();
        for (word, written) in words.into_iter().enumerate() {
            let folded = fold_pattern(written);
            let endings = if folded.chars().count() <= SHORT {
                Endings::Abbreviation
            } else {
                Endings::Inflected
            };
            for variant in variants(&folded, endings) {
                patterns.push(variant);
                meaning.push((word, endings));
            }
        }
        Self::build(&patterns, meaning)
    }

    /// A search for `names`, which take no ending but the genitive.
    ///
    /// # Errors
    /// Where they are too many to be searched at once.
    pub fn names<'w>(names: impl IntoIterator<Item = &'w str>) -> Result<Self, BuildError> {
        let patterns: Vec<String> = names.into_iter().map(fold_pattern).collect();
        let meaning = (0..patterns.len()).map(|name| (name, Endings::Name)).collect();
        Self::build(&patterns, meaning)
    }

    /// Every occurrence, overlapping ones too, in the order of their ends.
    pub fn find<'f>(&'f self, text: &'f Folded<'_>) -> impl Iterator<Item = Found> + 'f {
        self.patterns.find_overlapping_iter(text.as_str()).filter_map(|found| {
            let (word, endings) = self.meaning.get(found.pattern().as_usize())?;
            let range = at_boundaries(text.as_str(), found.range(), *endings)?;
            Some(Found { word: *word, range })
        })
    }

    fn build(patterns: &[String], meaning: Vec<(usize, Endings)>) -> Result<Self, BuildError> {
        // An empty pattern would be found everywhere; a character that no text holds is found
        // nowhere, and keeps the numbering.
        let patterns = patterns.iter().map(|p| if p.is_empty() { "\0" } else { p.as_str() });
        let patterns = AhoCorasick::builder().match_kind(MatchKind::Standard).build(patterns)?;
        Ok(Self { patterns, meaning })
    }
}

/// Widens a match over its ending, or refuses it where it is only part of a word.
fn at_boundaries(text: &str, range: Range<usize>, endings: Endings) -> Option<Range<usize>> {
    let found = text.get(range.clone())?;
    let starts_in_word = found.chars().next().is_some_and(char::is_alphanumeric)
        && text[..range.start].chars().next_back().is_some_and(char::is_alphanumeric);
    if starts_in_word {
        return None;
    }
    if !found.chars().next_back().is_some_and(char::is_alphanumeric) {
        return Some(range);
    }
    let rest = &text[range.end..];
    let word_end = rest
        .char_indices()
        .find(|&(at, c)| {
            // An apostrophe belongs to the word where letters follow.
            let genitive =
                c == '\'' && rest[at + 1..].chars().next().is_some_and(char::is_alphanumeric);
            !c.is_alphanumeric() && !genitive
        })
        .map_or(rest.len(), |(at, _)| at);
    let ending = &rest[..word_end];
    let fits = match endings {
        Endings::Inflected => ENDINGS.contains(&ending),
        Endings::Abbreviation => matches!(ending, "" | "s" | "'s"),
        Endings::Name => matches!(ending, "" | "'s"),
    };
    fits.then_some(range.start..range.end + word_end)
}

/// The stems under which a word and its endings are found.
fn variants(folded: &str, endings: Endings) -> Vec<String> {
    let mut variants = vec![folded.to_owned()];
    if endings == Endings::Inflected {
        // policy → policies; migrate → migrating.
        if let Some(stem) = folded.strip_suffix('y') {
            variants.push(format!("{stem}ie"));
        } else if let Some(stem) = folded.strip_suffix('e') {
            variants.push(format!("{stem}ing"));
        }
    }
    variants
}

fn fold_pattern(written: &str) -> String {
    Folded::new(written).text.trim().to_owned()
}

/// The marks that Latin, Greek and Cyrillic letters carry.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

fn push_space(text: &mut String) {
    if !text.ends_with(' ') {
        text.push(' ');
    }
}

fn floor_char_boundary(text: &str, most: usize) -> usize {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(words: &[&str], text: &str) -> Vec<String> {
        let folded = Folded::new(text);
        let search = Words::inflected(words.iter().copied()).unwrap();
        search.find(&folded).map(|found| folded.verbatim(found.range).to_owned()).collect()
    }

    #[test]
    fn words_are_found_whole_and_given_back_as_written() {
        assert_eq!(found(&["egress fee"], "Those EGRESS-Fees again"), ["EGRESS-Fees"]);
        assert_eq!(
            found(&["outage"], "outages, an outage; noutage outagey"),
            ["outages", "outage"]
        );
        assert_eq!(found(&["ai"], "AI, said, AIs and aid"), ["AI", "AIs"]);
        assert_eq!(found(&["on-prem"], "back on\u{2011}prem"), ["on\u{2011}prem"]);
    }

    #[test]
    fn light_inflection_reaches_the_common_endings() {
        assert_eq!(
            found(&["migrate"], "migrated, migrating, migrates"),
            ["migrated", "migrating", "migrates"]
        );
        assert_eq!(found(&["policy"], "Policies’ end"), ["Policies"]);
        assert_eq!(found(&["vendor"], "our vendor\u{2019}s price"), ["vendor\u{2019}s"]);
    }

    #[test]
    fn signs_at_the_edge_of_a_word_need_no_boundary() {
        assert_eq!(found(&["c++", ".net"], "C++20 on ASP.NET"), ["C++", ".NET"]);
    }

    #[test]
    fn an_empty_word_is_found_nowhere() {
        assert!(found(&["", " "], "some words \0 here").is_empty());
    }

    #[test]
    fn accents_widths_and_ligatures_do_not_make_another_word() {
        let words = ["nestl\u{e9}", "acme", "gro\u{df}", "offic"];
        assert_eq!(found(&words, "Nestle, NESTLE\u{301}"), ["Nestle", "NESTLE\u{301}"]);
        assert_eq!(
            found(&words, "\u{ff21}\u{ff23}\u{ff2d}\u{ff25}"),
            ["\u{ff21}\u{ff23}\u{ff2d}\u{ff25}"]
        );
        assert_eq!(found(&words, "GROSS o\u{fb03}c"), ["GROSS", "o\u{fb03}c"]);
    }

    #[test]
    fn letters_that_grow_in_lower_case_keep_their_place() {
        assert_eq!(found(&["tea"], "İİ Tea İ"), ["Tea"]);
    }
}
