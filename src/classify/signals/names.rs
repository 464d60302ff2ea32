//! Where a name or a phrase that a pattern found begins and ends, and whether it is one at all.

use std::ops::Range;

use super::events::Event;
use super::no_names::{CHANGES, NO_COMPANIES, NO_NAMES, NO_RULES, NO_THINGS, OFFICES, PHRASE_ENDS};
use crate::verdict::Part;

/// Whether a word in small letters is none of a name: “the”, “we're”, “don’t”.
fn is_no_name(word: &str) -> bool {
    let contracted = word.split_once(['\'', '\u{2019}']).is_some_and(|(word, rest)| {
        rest == "t"
            || rest != "s" && NO_NAMES.contains(&word)
            || matches!(word, "it" | "that" | "let" | "here" | "what")
    });
    contracted || NO_NAMES.contains(&word)
}

/// The same of a word at a name's end: “Fox News” and “Company One” keep theirs.
fn ends_no_name(word: &str) -> bool {
    is_no_name(word)
        && !matches!(
            word,
            "news" | "one" | "other" | "good" | "great" | "well" | "all" | "it" | "you" | "us"
        )
}

/// What kind of company it is, right before its name: “Insurtech Versico”.
fn is_kind(word: &str) -> bool {
    let known = matches!(
        word,
        "startup"
            | "start-up"
            | "unicorn"
            | "telco"
            | "retailer"
            | "carmaker"
            | "chipmaker"
            | "exclusive"
            | "big"
            | "major"
            | "massive"
            | "huge"
            | "former"
            | "edtech"
            | "giant"
            | "breaking"
            | "update"
            | "congrats"
            | "rival"
            | "fellow"
            | "rip"
            | "ex"
    );
    known || word.len() > 4 && word.ends_with("tech") && word != "tech"
}

/// The range without what a name or phrase does not begin or end with.
pub(super) fn trimmed(
    event: Event,
    part: Part,
    sentence: &str,
    range: Range<usize>,
) -> Range<usize> {
    let mut range = strip(sentence, range);
    match part {
        Part::Who if event.is_person(part) => {
            drop_front(sentence, &mut range, |w| is_no_name(w) || OFFICES.contains(&w));
            drop_back(sentence, &mut range, |w| ends_no_name(w) || OFFICES.contains(&w));
        }
        Part::Who
        | Part::Company
        | Part::Investor
        | Part::With
        | Part::About
        | Part::Where
        | Part::Rule => {
            // “New Zealand’s Privacy Bill”: the law, and not whose.
            if part == Part::Rule
                && let Some((whose, _)) = sentence[range.clone()]
                    .split_once("\u{2019}s ")
                    .or_else(|| sentence[range.clone()].split_once("'s "))
            {
                let rest = sentence[range.start + whose.len()..range.end].find(' ').unwrap_or(0);
                range.start += whose.len() + rest + 1;
            }
            drop_front(sentence, &mut range, |w| is_no_name(w) || is_kind(w));
            drop_back(sentence, &mut range, ends_no_name);
        }
        Part::From | Part::To => {
            let first = sentence[range.clone()].split_whitespace().next().unwrap_or_default();
            if first.starts_with(char::is_uppercase) {
                drop_front(sentence, &mut range, is_no_name);
                drop_back(sentence, &mut range, ends_no_name);
            } else {
                with_noun(sentence, &mut range);
            }
        }
        Part::What => cut_phrase(sentence, &mut range),
        Part::Role => {
            drop_front(sentence, &mut range, |w| {
                matches!(
                    w,
                    "a" | "an"
                        | "the"
                        | "our"
                        | "new"
                        | "first"
                        | "next"
                        | "more"
                        | "as"
                        | "for"
                        | "permanent"
                )
            });
            drop_back(sentence, &mut range, |w| matches!(w, "the" | "and" | "of" | "for" | "at"));
        }
        _ => {}
    }
    genitive(sentence, part, strip(sentence, range))
}

/// Whether the words can be this part at all.
pub(super) fn fits(event: Event, part: Part, words: &str) -> bool {
    let lower = words.to_lowercase();
    match part {
        Part::Who if event.is_person(part) => {
            let count = words.split_whitespace().count();
            let is_office = |word: &str| OFFICES.contains(&word.to_lowercase().as_str());
            (2..=5).contains(&count) && !words.split_whitespace().any(is_office)
        }
        Part::From | Part::To if event == Event::PriceChange => true,
        Part::From | Part::To => {
            !NO_THINGS.contains(&lower.as_str())
                && !is_no_name(&lower)
                && !words.starts_with(|c: char| c.is_ascii_digit())
        }
        Part::Who | Part::Company | Part::Investor | Part::With | Part::About => {
            // “Honestly the worst vendor”: how it is said, and not of whom.
            let is_adverb = part == Part::About && lower.ends_with("ly") && !lower.contains(' ');
            !is_no_name(&lower)
                && !NO_COMPANIES.contains(&lower.as_str())
                && !OFFICES.contains(&lower.as_str())
                && lower.chars().nth(1).is_some()
                && !is_adverb
        }
        Part::What if event == Event::PriceChange => {
            let is_out = |word| is_no_name(word) || CHANGES.contains(&word);
            !lower.split(' ').any(is_out)
                && !NO_COMPANIES.contains(&lower.as_str())
                && lower != "list"
        }
        Part::Rule => {
            let first = lower.split(' ').next().unwrap_or_default();
            !is_no_name(first) && !NO_RULES.contains(&first)
        }
        Part::What if event == Event::Outage => {
            lower.chars().nth(1).is_some()
                && !is_no_name(&lower)
                && !NO_COMPANIES.contains(&lower.as_str())
        }
        Part::What | Part::Where => lower.chars().nth(1).is_some() && !is_no_name(&lower),
        _ => true,
    }
}

/// One word in small letters, “open”, with the one after it where the phrase ends there: “open tables
/// because”.
fn with_noun(sentence: &str, range: &mut Range<usize>) {
    if sentence[range.clone()].contains(' ') {
        return;
    }
    let Some(rest) = sentence[range.end..].strip_prefix(' ') else { return };
    let mut words = rest.split(' ');
    let next = words.next().unwrap_or_default();
    let noun = next.trim_end_matches([',', '.', ';', ':', '!', '?', ')']);
    let is_ended = noun.len() < next.len()
        || words.next().is_none_or(|after| {
            let after = after.to_lowercase();
            PHRASE_ENDS.contains(&after.as_str()) || is_no_name(&after)
        });
    let is_noun = noun.chars().nth(2).is_some()
        && noun.chars().all(char::is_lowercase)
        && !noun.ends_with("ly")
        && !PHRASE_ENDS.contains(&noun)
        && !NO_THINGS.contains(&noun)
        && !is_no_name(noun);
    if is_noun && is_ended {
        range.end += 1 + noun.len();
    }
}

/// A phrase ends before the word that goes on with the sentence.
fn cut_phrase(sentence: &str, range: &mut Range<usize>) {
    let words = &sentence[range.clone()];
    let is_name = words.starts_with(char::is_uppercase);
    drop_front(sentence, range, |w| is_no_name(w) && (is_name || w != "all"));
    let words = &sentence[range.clone()];
    let mut end = words.len();
    for (at, word) in words.split_word_starts().skip(1) {
        if PHRASE_ENDS.contains(&word.to_lowercase().as_str()) {
            // “security and fraud tools” goes on; “tools and we” does not.
            let joins = word == "and"
                && words[at..]
                    .split_whitespace()
                    .nth(1)
                    .is_some_and(|next| !is_no_name(&next.to_lowercase()));
            if !joins {
                end = at;
                break;
            }
        }
    }
    range.end = range.start + end;
    *range = strip(sentence, range.clone());
}

trait WordStarts {
    /// Its words with the places they begin at.
    fn split_word_starts(&self) -> impl Iterator<Item = (usize, &str)>;
}

impl WordStarts for str {
    fn split_word_starts(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut at = 0;
        self.split(' ').map(move |word| {
            let start = at;
            at += word.len() + 1;
            (start, word)
        })
    }
}

/// Acme's → Acme, where the name alone is asked for.
fn genitive(sentence: &str, part: Part, range: Range<usize>) -> Range<usize> {
    if matches!(part, Part::What | Part::Role | Part::Duration) {
        return range;
    }
    let words = &sentence[range.clone()];
    let cut = words.strip_suffix("'s").or_else(|| words.strip_suffix("\u{2019}s"));
    cut.map_or(range.clone(), |cut| range.start..range.start + cut.len())
}

fn strip(sentence: &str, range: Range<usize>) -> Range<usize> {
    let words = &sentence[range.clone()];
    let edge = |c: char| {
        c.is_whitespace() || matches!(c, ',' | '.' | ';' | ':' | '-' | '\'' | '\u{2019}' | '"')
    };
    let begin = words.len() - words.trim_start_matches(edge).len();
    let kept = words.trim_matches(edge).len();
    range.start + begin..range.start + begin + kept
}

fn drop_front(sentence: &str, range: &mut Range<usize>, drop: impl Fn(&str) -> bool) {
    while let Some((first, rest)) = sentence[range.clone()].split_once(' ') {
        if !drop(&first.to_lowercase().replace('\u{2019}', "'")) {
            break;
        }
        range.start = range.end - rest.len();
    }
}

fn drop_back(sentence: &str, range: &mut Range<usize>, drop: impl Fn(&str) -> bool) {
    while let Some((rest, last)) = sentence[range.clone()].rsplit_once(' ') {
        if !drop(&last.to_lowercase().replace('\u{2019}', "'")) {
            break;
        }
        range.end = range.start + rest.len();
    }
}
