//! What a post says of a signal: how much was raised, who leaves, from what to what they move.
//!
//! A table of patterns over single sentences, for English. Every argument is a slice of the text, and
//! what no pattern finds is not guessed: the signal stands without.

mod events;
mod names;
mod no_names;
mod pieces;

use std::ops::Range;

use self::events::{Event, Rule};
use crate::text::sentences::sentences;
use crate::verdict::{AccountVerdict, Argument, Band, Part};

/// Bytes of a text that are read for arguments: what happened stands near the beginning.
const MOST_BYTES: usize = 20_000;

/// Sentences read.
const MOST_SENTENCES: usize = 60;

/// Sentences that speak of an event and are read for evidence.
const MOST_SPEAKING: usize = 8;

/// Ways of saying one thing that are looked at in a sentence.
const READINGS: usize = 8;

/// Bytes of an argument: a name or a figure, not a sentence.
const LONGEST: usize = 120;

/// What a text says of the signal called `name`, in the order of the parts. Signals of other names
/// than the shipped ones have no arguments. `accounts` are those the text names.
#[must_use]
pub fn arguments(name: &str, text: &str, accounts: &[AccountVerdict]) -> Vec<Argument> {
    let Some(event) = Event::of(name) else { return Vec::new() };
    let spans = spans(event, beginning(text), accounts);
    // One pass for all positions: each is counted from the one before.
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|place| spans[*place].1.start);
    let mut starts = vec![0_u32; spans.len()];
    let (mut at, mut characters) = (0, 0_u32);
    for place in order {
        let start = spans[place].1.start;
        characters += text[at..start].chars().count() as u32;
        (at, starts[place]) = (start, characters);
    }
    let arguments = spans.into_iter().zip(starts).map(|((part, range), start)| {
        let words = &text[range];
        let end = start + words.chars().count() as u32;
        Argument { part, text: words.to_owned(), start, end }
    });
    arguments.collect()
}

/// What the sentences of a text that speak of an event say for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Parts that make the event, of those found: the amount and the round, but not who.
    pub parts: Vec<Part>,
    /// Every sentence that speaks of it denies it, or means something else by its words.
    pub is_denied: bool,
}

/// What a text says for the signal called `name`: nothing where no sentence speaks of it. None of signals
/// of other names than the shipped ones, about which words alone know nothing.
#[must_use]
pub fn evidence(name: &str, text: &str) -> Option<Evidence> {
    let event = Event::of(name)?;
    let text = beginning(text);
    let speaking: Vec<&str> = lines(text)
        .flat_map(sentences)
        .take(MOST_SENTENCES)
        .filter(|sentence| event.speaks(sentence))
        .take(MOST_SPEAKING)
        .collect();
    let said: Vec<&str> =
        speaking.iter().copied().filter(|sentence| !event.is_denied(sentence)).collect();
    let mut parts: Vec<Part> = Vec::new();
    for rule in event.rules() {
        if !rule.parts.iter().all(|part| !event.is_made_by(*part) || parts.contains(part)) {
            let found = said.iter().flat_map(|sentence| spans_of(event, rule, sentence));
            parts.extend(found.map(|(part, _)| part).filter(|part| event.is_made_by(*part)));
        }
    }
    parts.sort_unstable();
    parts.dedup();
    Some(Evidence { parts, is_denied: said.is_empty() && !speaking.is_empty() })
}

/// Where the arguments of an event stand.
fn spans(event: Event, text: &str, accounts: &[AccountVerdict]) -> Vec<(Part, Range<usize>)> {
    let mut found: Vec<(Part, Range<usize>)> = Vec::new();
    let read: Vec<&str> = lines(text)
        .flat_map(sentences)
        .take(MOST_SENTENCES)
        .filter(|sentence| !event.is_denied(sentence))
        .collect();
    // First the sentences that speak of the event, then the others. Where none does, whoever said that
    // the text carries the signal has read it out of all of them.
    let (speaking, other): (Vec<&str>, Vec<&str>) =
        read.into_iter().partition(|sentence| event.speaks(sentence));
    let speaks = if speaking.is_empty() { other.len() } else { speaking.len() };
    for (place, sentence) in speaking.into_iter().chain(other).enumerate() {
        let Some(offset) = offset(text, sentence) else { continue };
        let fresh: Vec<Part> = found.iter().map(|(part, _)| *part).collect();
        let known = |part: &Part| fresh.contains(part);
        for rule in event.rules() {
            if place >= speaks && rule.needs_cue || rule.parts.iter().all(known) {
                continue;
            }
            for (part, range) in spans_of(event, rule, sentence) {
                let of_part = found.iter().filter(|(other, _)| *other == part).count();
                let overlaps = |(_, other): &(Part, Range<usize>)| {
                    other.start < range.end + offset && range.start + offset < other.end
                };
                let most = event.most(part);
                if !known(&part) && of_part < most && !found.iter().any(overlaps) {
                    found.push((part, range.start + offset..range.end + offset));
                }
            }
        }
    }
    if event == Event::Complaint && !found.iter().any(|(part, _)| *part == Part::About) {
        let named = accounts.iter().filter(|account| account.score >= Band::THRESHOLD);
        let place = named.filter_map(|account| {
            text.find(&account.mention).map(|at| at..at + account.mention.len())
        });
        found.extend(place.take(1).map(|range| (Part::About, range)));
    }
    found.sort_by_key(|(part, range)| (*part, range.start));
    found
}

fn spans_of(event: Event, rule: &Rule, sentence: &str) -> Vec<(Part, Range<usize>)> {
    let mut spans = Vec::new();
    for found in rule.pattern.captures_iter(sentence).take(READINGS) {
        let mut whole = Vec::new();
        for part in rule.parts {
            for name in
                [part.name().to_owned(), format!("{}2", part.name()), format!("{}3", part.name())]
            {
                let Some(group) = found.name(&name) else { continue };
                let range = names::trimmed(event, *part, sentence, group.range());
                let words = &sentence[range.clone()];
                let fits = !words.is_empty()
                    && words.len() <= LONGEST
                    && names::fits(event, *part, words)
                    && !rule.bars(&sentence[..range.start], &sentence[range.end..]);
                if fits {
                    whole.push((*part, range));
                }
            }
        }
        if !whole.is_empty() {
            spans.extend(whole);
            break;
        }
    }
    spans
}

/// A post's title and paragraphs: no argument goes beyond one.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').filter(|line| !line.trim().is_empty())
}

fn beginning(text: &str) -> &str {
    let mut end = MOST_BYTES.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Where a slice of a text begins in it.
fn offset(text: &str, slice: &str) -> Option<usize> {
    let offset = slice.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    (text.get(offset..offset + slice.len())? == slice).then_some(offset)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 11] = [
        "Funding",
        "New leader",
        "Hiring",
        "Layoffs",
        "Migration",
        "Outage",
        "Tender",
        "Price change",
        "Partnership",
        "Regulation",
        "Complaint",
    ];

    fn check(text: &str) {
        for name in NAMES {
            for argument in arguments(name, text, &[]) {
                let slice: String = text
                    .chars()
                    .skip(argument.start as usize)
                    .take((argument.end - argument.start) as usize)
                    .collect();
                assert_eq!(slice, argument.text, "{name}: {text:?}");
                assert!(text.contains(&argument.text) && !argument.text.contains('\n'));
            }
        }
    }

    #[test]
    fn a_thing_of_two_words_is_taken_whole() {
        let text = "Last job off. 60 terabytes moved to open tables, two engines on top.";
        let said = arguments("Migration", text, &[]);
        let said: Vec<&str> = said.iter().map(|argument| argument.text.as_str()).collect();
        assert_eq!(said, ["open tables"]);

        let to = |text: &str| {
            let said = arguments("Migration", text, &[]).into_iter();
            said.filter(|argument| argument.part == Part::To).map(|to| to.text).collect::<Vec<_>>()
        };
        for (text, thing) in [
            ("Portolan moved from Kestrelbase to open tables because it could.", "open tables"),
            ("We moved from Kestrelbase to postgres because it could.", "postgres"),
            ("We moved from Kestrelbase to postgres.", "postgres"),
        ] {
            assert_eq!(to(text), [thing], "{text}");
        }
    }

    fn pieces() -> impl Strategy<Value = String> {
        let known = prop::sample::select(vec![
            "Acme",
            "raises",
            "$40M",
            "Series B",
            "led by",
            "Jane Doe",
            "as CEO",
            "from",
            "to",
            "with",
            "12%",
            "jobs",
            "\n",
            ". ",
            "outage",
            "four-hour",
            "tender for",
            "by 3 May",
            "é",
            "🔥",
            "\0",
            "partners with",
            "GDPR",
            "fed up with",
            "'s",
            "İ",
            ",",
            "and",
            "million euros",
            "appoints",
        ]);
        prop::collection::vec(prop_oneof![4 => known.prop_map(str::to_owned), 1 => ".{0,4}"], 0..24)
            .prop_map(|words| words.join(" "))
    }

    proptest! {
        #[test]
        fn every_argument_is_a_slice_of_the_text_at_its_place(text in pieces()) {
            check(&text);
        }

        #[test]
        fn any_text_is_survived(text in "\\PC{0,200}") {
            check(&text);
        }
    }

    #[test]
    fn a_long_text_and_one_without_words_are_read_as_far_as_there_is_something() {
        let long = "Acme raises $40M in a Series B round. ".repeat(30_000);
        assert_eq!(arguments("Funding", &long, &[]).len(), 3);
        let one_line = "raises from to with ".repeat(50_000);
        for text in ["", "🔥🔥🔥", "\0\0", " \n ", one_line.as_str()] {
            check(text);
        }
    }

    #[test]
    fn a_signal_of_another_name_has_no_arguments() {
        assert!(arguments("Praise", "Acme raises $40M", &[]).is_empty());
        assert_eq!(evidence("Praise", "Acme raises $40M"), None);
    }

    #[test]
    fn what_is_denied_says_nothing_and_speaks_against() {
        for (name, text) in [
            ("Hiring", "Acme says that it will not cut 500 jobs."),
            ("Migration", "I moved from Berlin to Paris last month."),
            ("New leader", "If elected, Jane Doe becomes CEO of Acme."),
            ("Funding", "If Acme raised $50 million, would you join?"),
            ("Funding", "Acme raises its fees by 5% for accounts above $50 million."),
            ("Hiring", "We are not hiring engineers at the moment."),
            ("Funding", "If we ever raise $5M, we will tell you."),
            ("Outage", "Zero downtime in 400 days."),
            ("Partnership", "The two ended their partnership with Globex."),
        ] {
            assert!(arguments(name, text, &[]).is_empty(), "{text}");
            assert!(evidence(name, text).unwrap().is_denied, "{text}");
        }
        let missed = "If you missed it: Globex raises $40M in a Series B.";
        assert_eq!(arguments("Funding", missed, &[]).len(), 3);
        let said = evidence("Funding", "Globex raises $40M in a Series B.").unwrap();
        assert_eq!(said, Evidence { parts: vec![Part::Amount, Part::Round], is_denied: false });
        assert_eq!(evidence("Funding", "The weather is fine."), Some(Evidence::default()));
    }

    #[test]
    fn who_does_it_is_told_from_a_headline_and_from_behind_an_aside() {
        for (name, text, who) in [
            (
                "Funding",
                "BERLIN, 4 March – Mondkraft GmbH, a maker of pumps, has raised €5m",
                "Mondkraft GmbH",
            ),
            ("Layoffs", "Tarnwick shrinks workforce by 22%", "Tarnwick"),
            ("Tender", "RFP from the Lindhaven County for road salt", "Lindhaven County"),
        ] {
            let said = arguments(name, text, &[]);
            let found = said.iter().find(|argument| argument.part == Part::Who);
            assert_eq!(found.map(|argument| argument.text.as_str()), Some(who), "{text}");
        }
    }
}
