//! Which language a text is in, and how surely.
//!
//! The script tells most languages. Those that share one are weighed against each other by stretches of
//! three letters, and English, which most of our posts are in, by its words as well. Where nothing speaks
//! clearly the answer is "und": what cannot be told is not taken for English.

mod question;
mod script;
mod table;

use std::collections::BTreeSet;

pub use self::question::foreign;
use self::script::Script;
use self::table::TABLE;
use crate::text::languages::UNTOLD;
use crate::verdict::Language;

/// Letters below which nothing can be told: "ok" and "+1" are of no language.
const FEWEST_LETTERS: usize = 3;

/// Characters looked at: more do not change the answer.
const MOST_CHARS: usize = 2_000;

/// Probability below which a language is not named.
const SURE: f32 = 0.6;

/// How much of its stretches' likelihood counts: they overlap, so that each says less than it seems.
const STRETCHES: f32 = 0.35;

/// What a word of English adds to the odds of English, and what a word of some length that is none takes.
const WORD: f32 = 0.9;
const NO_WORD: f32 = 0.5;
const SOME_LENGTH: usize = 4;

/// What a word with a capital inside a text counts: it may be a name, which is of no language.
const NAME: f32 = 0.5;

/// How likely English is before anything is read, among the languages of its script; and a language that the
/// source claims: many claim the default of their software.
const ENGLISH_BEFORE: f32 = 0.8;
const CLAIMED_BEFORE: f32 = 0.6;
const CLAIMED_ENGLISH_BEFORE: f32 = 0.9;

/// How sure we are of a language that is alone in its script, and of Chinese, which others write, too.
const BY_SCRIPT: f32 = 0.99;
const BY_HAN: f32 = 0.9;

/// How sure we are of a claim that nothing in the text speaks for or against: it is all names.
const BY_CLAIM: f32 = 0.6;

/// The languages an encoder was trained for. What is in another one, or cannot be told, is not judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Languages {
    /// These, by ISO 639-1 code.
    These(BTreeSet<String>),
    /// All of them.
    Any,
}

impl Default for Languages {
    /// English: what the published encoder was trained for.
    fn default() -> Self {
        Self::These(BTreeSet::from(["en".to_owned()]))
    }
}

impl Languages {
    /// Reads a list of codes; "any" among them means all.
    ///
    /// # Errors
    /// The code that is none we can tell, or that there is none at all.
    pub fn of(codes: &[String]) -> Result<Self, String> {
        if codes.is_empty() {
            return Err("name at least one, as in [\"en\"], or [\"any\"]".to_owned());
        }
        if codes.iter().any(|code| code == "any") {
            return Ok(Self::Any);
        }
        let known: BTreeSet<&str> = Script::every_language().collect();
        let bad = codes.iter().find(|code| !known.contains(code.as_str()));
        match bad {
            Some(code) => Err(format!(
                "{code:?} is no language that can be told; there are {}, and any",
                known.into_iter().collect::<Vec<_>>().join(", ")
            )),
            None => Ok(Self::These(codes.iter().cloned().collect())),
        }
    }

    /// Whether a text found to be in this language is judged.
    #[must_use]
    pub fn judge(&self, language: &Language) -> bool {
        match self {
            Self::These(codes) => codes.contains(&language.code),
            // Of a text without a letter nothing can be said in any language.
            Self::Any => language.confidence > 0.0,
        }
    }
}

impl std::fmt::Display for Languages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::These(codes) => {
                f.write_str(&codes.iter().map(String::as_str).collect::<Vec<_>>().join(","))
            }
            Self::Any => f.write_str("any"),
        }
    }
}

/// The language of a text. `hint` is what the source claims, as a BCP 47 tag: it decides where the
/// words do not, and never against them.
#[must_use]
pub fn detect(text: &str, hint: Option<&str>) -> Language {
    let words = plain_words(text);
    let hint = hint.and_then(primary);
    let Some((script, letters)) = Script::most(&words.join(" ")) else { return untold(0.0) };
    if letters < FEWEST_LETTERS {
        return untold(0.0);
    }
    let certain = |code: &str, confidence| Language { code: code.to_owned(), confidence };
    match script {
        Script::Of(code) => certain(code, BY_SCRIPT),
        Script::Kana => certain("ja", BY_SCRIPT),
        Script::Han if hint == Some("ja") => certain("ja", BY_CLAIM),
        Script::Han => certain("zh", BY_HAN),
        Script::Shared(codes) => among(codes, &words, hint),
    }
}

/// How likely a text is in one of these languages: 1 where nothing can be told, as of a name.
fn likelihood(text: &str, languages: &Languages) -> f32 {
    let Languages::These(read) = languages else { return 1.0 };
    let words = plain_words(text);
    let Some((script, letters)) = Script::most(&words.join(" ")) else { return 1.0 };
    if letters < FEWEST_LETTERS {
        return 1.0;
    }
    let Script::Shared(codes) = script else {
        let told = detect(text, None);
        return if read.contains(&told.code) { told.confidence } else { 1.0 - told.confidence };
    };
    let Weighed { likely, .. } = weighed(codes, &words, None);
    codes
        .iter()
        .zip(likely)
        .filter(|(code, _)| read.contains(**code))
        .map(|(_, likely)| likely)
        .sum()
}

/// The likeliest of these languages, if it is likely enough.
fn among(codes: &[&'static str], words: &[String], hint: Option<&str>) -> Language {
    let Weighed { likely, english_words, all_names } = weighed(codes, words, hint);
    let best = codes.iter().zip(likely).max_by(|a, b| a.1.total_cmp(&b.1));
    let (code, probability) = best.map_or((UNTOLD, 0.0), |(code, likely)| (*code, likely));

    // A row of names looks like English as long as nothing speaks for another language.
    let needed = if all_names { 2 } else { 1 };
    if code == "en" && english_words < needed {
        return match hint {
            Some("en") => Language { code: code.to_owned(), confidence: BY_CLAIM },
            _ => untold(probability.min(SURE - 0.1)),
        };
    }
    if probability < SURE {
        return untold(probability);
    }
    Language { code: code.to_owned(), confidence: probability }
}

/// What speaks for each language of a script.
struct Weighed {
    /// How likely each is; they sum to 1.
    likely: Vec<f32>,
    /// Words that are English.
    english_words: usize,
    /// Whether all of several words are names, or written like names.
    all_names: bool,
}

/// Weighs the languages of a script against each other.
fn weighed(codes: &[&'static str], words: &[String], hint: Option<&str>) -> Weighed {
    let places = TABLE.places(codes);
    let mut sums: Vec<f32> = codes.iter().map(|code| before(code, codes, hint).ln()).collect();
    let english = codes.iter().position(|code| *code == "en");
    let (mut small, mut capital) = (0, 0);
    for c in words.iter().flat_map(|word| word.chars()).filter(|c| c.is_alphabetic()) {
        if c.is_uppercase() { capital += 1 } else { small += 1 }
    }
    let is_shouted = capital > 2 * small;
    let is_capital = |word: &str| !is_shouted && word.starts_with(char::is_uppercase);
    let mut english_words = 0;
    for (place, word) in words.iter().enumerate() {
        let weight = if place > 0 && is_capital(word) { NAME } else { 1.0 };
        let word = word.to_lowercase();
        TABLE.add(&word, &places, STRETCHES * weight, &mut sums);
        let Some(english) = english else { continue };
        if TABLE.is_english(&word) {
            sums[english] += WORD * weight;
            english_words += 1;
        } else if word.chars().count() >= SOME_LENGTH {
            sums[english] -= NO_WORD * weight;
        }
    }
    let most = sums.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let total: f32 = sums.iter().map(|sum| (sum - most).exp()).sum();
    let likely = sums.iter().map(|sum| (sum - most).exp() / total).collect();
    let all_names = words.len() > 1 && words.iter().all(|word| is_capital(word));
    Weighed { likely, english_words, all_names }
}

/// How likely a language is before anything is read.
fn before(code: &str, codes: &[&str], hint: Option<&str>) -> f32 {
    let claimed = hint.filter(|hint| codes.contains(hint));
    let likelier: &[(&str, f32)] = match claimed {
        Some("en") => &[("en", CLAIMED_ENGLISH_BEFORE)],
        Some(claimed) if codes.contains(&"en") => {
            &[(claimed, CLAIMED_BEFORE), ("en", 0.5 * CLAIMED_BEFORE)]
        }
        Some(claimed) => &[(claimed, CLAIMED_BEFORE)],
        None if codes.contains(&"en") => &[("en", ENGLISH_BEFORE)],
        None => &[],
    };
    let rest = 1.0 - likelier.iter().map(|(_, before)| before).sum::<f32>();
    let share = rest / codes.len().saturating_sub(likelier.len()).max(1) as f32;
    likelier.iter().find(|(likely, _)| *likely == code).map_or(share, |(_, before)| *before)
}

/// The words of a text that belong to a language: no links, handles, tags, numbers.
fn plain_words(text: &str) -> Vec<String> {
    let cut: String = text.chars().take(MOST_CHARS).collect();
    let mut words = Vec::new();
    for word in cut.split_whitespace() {
        if word.contains("://")
            || word.starts_with("www.")
            || word == "http"
            || word.starts_with(['@', '#', '$'])
        {
            continue;
        }
        for part in word.split(['-', '/', '…', '—', '–']) {
            let bare = part
                .trim_matches(|c: char| !c.is_alphanumeric())
                .replace(['\u{2019}', '\u{2018}'], "'");
            if bare.chars().any(char::is_alphabetic) && !bare.chars().any(|c| c.is_ascii_digit()) {
                words.push(bare);
            }
        }
    }
    words
}

fn untold(confidence: f32) -> Language {
    Language { code: UNTOLD.to_owned(), confidence }
}

/// The language of a BCP 47 tag, if it is one that can be told.
fn primary(tag: &str) -> Option<&'static str> {
    let first = tag.split(['-', '_']).next()?.to_ascii_lowercase();
    // Norwegian's own tag, and its other written form, are read as the one we know.
    let first = if matches!(first.as_str(), "no" | "nn") { "nb" } else { first.as_str() };
    Script::every_language().find(|code| *code == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Our own sentences in some thirty languages.
    const SENTENCES: &str = include_str!("../../../tests/fixtures/language/sentences.tsv");

    fn code_of(text: &str, hint: Option<&str>) -> String {
        detect(text, hint).code
    }

    #[test]
    fn nothing_to_read_is_no_language() {
        for text in ["", "  \n", "🔥🔥🔥", "+1", "ok", "https://example.com/der/die/das", "\0\0"]
        {
            assert_eq!(detect(text, Some("en")).code, "und", "{text:?}");
        }
    }

    #[test]
    fn short_english_is_english() {
        for text in [
            "Prices up again",
            "love it",
            "Acme raises $40M Series B",
            "Anyone else seeing latency in eu-west?",
            "lol no",
        ] {
            assert_eq!(code_of(text, None), "en", "{text:?}");
        }
    }

    #[test]
    fn other_languages_are_told_apart() {
        assert_eq!(code_of("Der Anbieter hat die Preise schon wieder erhöht", None), "de");
        assert_eq!(code_of("Les prix du nuage sont encore en hausse pour nous", None), "fr");
        assert_eq!(code_of("Los precios de la nube no paran de subir", None), "es");
        assert_eq!(code_of("クラウドの料金がまた上がりました", None), "ja");
        assert_eq!(code_of("Цены на облако снова выросли", None), "ru");
    }

    #[test]
    fn the_source_decides_only_where_the_words_do_not() {
        assert_eq!(code_of("Preisliste Herbst", Some("de-AT")), "de");
        assert_eq!(code_of("We have moved to the new cluster", Some("de")), "en");
        assert_eq!(code_of("Der Umzug auf den neuen Cluster ist vorbei", Some("en")), "de");
        assert_eq!(code_of("Price list", Some("tlh")), "en");
        assert_eq!(code_of("Kestrelbase Meridian Globex", Some("en-US")), "en");
        assert_eq!(code_of("Kestrelbase Meridian Globex", None), "und");
    }

    /// Of every other sentence, which were not looked at while this was tuned.
    #[test]
    fn held_out_sentences_are_told_and_what_is_not_english_is_not_taken_for_it() {
        let lines = SENTENCES.lines().filter(|line| !line.starts_with('#'));
        let (mut missed, mut taken, mut english, mut others) = (Vec::new(), Vec::new(), 0, 0);
        for line in lines.skip(1).step_by(2) {
            let mut parts = line.splitn(3, '\t');
            let (code, text) = (parts.next().unwrap(), parts.nth(1).unwrap());
            let found = detect(text, None);
            if code == "en" {
                english += 1;
                if found.code != "en" {
                    missed.push(text);
                }
            } else {
                others += 1;
                if found.code == "en" {
                    taken.push(text);
                }
            }
        }
        assert!(english > 30 && others > 90, "{english}, {others}");
        assert!(missed.len() <= 1 && taken.len() <= 3, "missed {missed:?}\ntaken {taken:?}");
    }
}
