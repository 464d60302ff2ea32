//! The tables of patterns, one an event: where its arguments stand.
//!
//! The patterns are put together of pieces in braces. Names are told by their capitals, so that only
//! what is marked `(?i)` is read whatever its case. The first row that finds a part gives it.

mod complaint;
mod funding;
mod hiring;
mod layoffs;
mod migration;
mod new_leader;
mod outage;
mod partnership;
mod price_change;
mod regulation;
mod tender;

use std::sync::LazyLock;

use regex::Regex;

use super::pieces::pattern;
use crate::verdict::Part;

/// An event whose arguments we know how to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    Funding,
    NewLeader,
    Hiring,
    Layoffs,
    Migration,
    Outage,
    Tender,
    PriceChange,
    Partnership,
    Regulation,
    Complaint,
}

/// One way to say something of an event.
pub(super) struct Rule {
    /// What its groups of these names are.
    pub(super) parts: &'static [Part],
    pub(super) pattern: Regex,
    /// Words right before an argument that make it something else.
    bars: Option<Regex>,
    /// Words right after it that do.
    bars_after: Option<Regex>,
    /// Holds only in a sentence that speaks of the event.
    pub(super) needs_cue: bool,
}

impl Rule {
    /// Whether what stands before or after an argument makes it something else.
    pub(super) fn bars(&self, before: &str, after: &str) -> bool {
        let is_barred = |bars: Option<&Regex>, words| bars.is_some_and(|bars| bars.is_match(words));
        is_barred(self.bars.as_ref(), before) || is_barred(self.bars_after.as_ref(), after)
    }
}

/// The events, each with the names marketers give it.
const EVENTS: [(Event, &[&str]); 11] = [
    (Event::Funding, &["funding", "funding round", "investment", "money raised"]),
    (Event::NewLeader, &["new leader", "leadership change", "new executive", "executive change"]),
    (Event::Hiring, &["hiring", "recruiting"]),
    (Event::Layoffs, &["layoffs", "layoff", "job cuts"]),
    (Event::Migration, &["migration", "switch", "vendor switch"]),
    (Event::Outage, &["outage", "outages", "downtime"]),
    (Event::Tender, &["tender", "tenders", "rfp"]),
    (Event::PriceChange, &["price change", "price changes", "pricing change", "price increase"]),
    (Event::Partnership, &["partnership", "partnerships", "alliance"]),
    (Event::Regulation, &["regulation", "regulations", "compliance"]),
    (
        Event::Complaint,
        &["complaint", "complaints", "competitor complaint", "complaint about a competitor"],
    ),
];

impl Event {
    /// The event of a signal's name.
    pub(super) fn of(name: &str) -> Option<Self> {
        let name = name.trim().to_lowercase();
        EVENTS.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(event, _)| *event)
    }

    /// The ways to say something of it, the surest first.
    pub(super) fn rules(self) -> &'static [Rule] {
        &self.table().rules
    }

    /// Whether a sentence speaks of it.
    pub(super) fn speaks(self, sentence: &str) -> bool {
        self.table().cue.is_match(sentence)
    }

    /// Whether a sentence says that it does not happen, or speaks of something else in the same words.
    pub(super) fn is_denied(self, sentence: &str) -> bool {
        UNREAL.is_match(sentence)
            || self.table().denied.as_ref().is_some_and(|denied| denied.is_match(sentence))
    }

    /// How many arguments of one part a sentence may have: two partners, three investors.
    pub(super) const fn most(self, part: Part) -> usize {
        match (self, part) {
            (_, Part::Investor) => 3,
            (_, Part::With) | (Self::Hiring, Part::Role) => 2,
            _ => 1,
        }
    }

    /// Whether a part makes the event what it is, and is not merely told beside it.
    pub(super) const fn is_made_by(self, part: Part) -> bool {
        match self {
            Self::Funding => matches!(part, Part::Amount | Part::Round | Part::Investor),
            Self::NewLeader => matches!(part, Part::Who | Part::Role),
            Self::Hiring => matches!(part, Part::Count | Part::Role),
            Self::Layoffs => matches!(part, Part::Count),
            Self::Migration => matches!(part, Part::From | Part::To),
            Self::Outage => matches!(part, Part::What | Part::Duration),
            Self::Tender => matches!(part, Part::What | Part::Deadline),
            Self::PriceChange => matches!(part, Part::Change | Part::From | Part::To),
            Self::Partnership => matches!(part, Part::With),
            Self::Regulation => matches!(part, Part::Rule | Part::Amount),
            Self::Complaint => matches!(part, Part::About),
        }
    }

    /// Whether a part of it is a person, and not a company.
    pub(super) const fn is_person(self, part: Part) -> bool {
        matches!((self, part), (Self::NewLeader, Part::Who))
    }

    fn table(self) -> &'static Table {
        match self {
            Self::Funding => &funding::TABLE,
            Self::NewLeader => &new_leader::TABLE,
            Self::Hiring => &hiring::TABLE,
            Self::Layoffs => &layoffs::TABLE,
            Self::Migration => &migration::TABLE,
            Self::Outage => &outage::TABLE,
            Self::Tender => &tender::TABLE,
            Self::PriceChange => &price_change::TABLE,
            Self::Partnership => &partnership::TABLE,
            Self::Regulation => &regulation::TABLE,
            Self::Complaint => &complaint::TABLE,
        }
    }
}

/// What is asked, wished, dreamt or supposed has not happened. “If you missed it” begins with what has.
static UNREAL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\W*(?i:(?:and|but|so) )?(?i:(?:what )?if) (?:(?i:we|i|they|he|she|it|our|my|the|a)\b|[A-Z])|(?i)\bif elected\b|\bin my dreams\b|\b(?:i|we) (?:dream|wish)(?:t|s|ed)?\b|\bimagine (?:if|that)\b|\bwhat would you\b|\bhypothetical|\bcontrary to rumou?rs?\b",
    )
});

/// The words that speak of an event, and the ways to say something of it.
struct Table {
    cue: Regex,
    denied: Option<Regex>,
    rules: Vec<Rule>,
}

impl Table {
    /// But not in a sentence that says this.
    fn unless(mut self, denied: &str) -> Self {
        self.denied = Some(pattern(denied));
        self
    }
}

fn rows(cue: &str, rules: &[(&'static [Part], &str)]) -> Table {
    let rule = |(parts, written): &(&'static [Part], &str)| Rule {
        parts,
        pattern: pattern(written),
        bars: None,
        bars_after: None,
        needs_cue: true,
    };
    Table { cue: pattern(cue), denied: None, rules: rules.iter().map(rule).collect() }
}

#[cfg(test)]
mod tests {
    use super::super::pieces::NEVER;
    use super::*;

    #[test]
    fn every_row_is_a_pattern_whose_groups_are_its_parts() {
        for (event, _) in EVENTS {
            assert!(event.table().cue.as_str() != NEVER.as_str(), "{event:?}: cue");
            for rule in event.rules() {
                assert!(rule.pattern.as_str() != NEVER.as_str(), "{event:?}");
                let named = rule.pattern.capture_names().flatten();
                for name in named {
                    let part = rule
                        .parts
                        .iter()
                        .any(|part| name.trim_end_matches(['2', '3']) == part.name());
                    assert!(part, "{event:?}: {name}");
                }
            }
        }
    }
}
