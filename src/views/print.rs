//! The digest on one page of paper (A4), for whoever takes it into the meeting.
//!
//! What does not fit is left out from the end and counted: a second page is lost on the way.

use std::iter;

use askama::Template;

use super::Links;
use super::NotLaidOut;
use super::page::{Card, Item, Line, Meeting, Page, Passage};
use crate::digest::Proven;
use crate::text::count::count;

/// Points (of 72 to an inch) between the head and the foot of the page, with some to spare.
const ROOM: usize = 600;

/// What a heading, a line, and the space between two entries take of it, as the template has them.
const HEADING: usize = 23;
const LINE: usize = 15;
const SPACE: usize = 5;

/// Characters of a line of text, and of a claim's, which is larger; a little fewer than fit.
const COLUMNS: usize = 92;
const CLAIM_COLUMNS: usize = 76;

#[derive(Template)]
#[template(path = "print.html")]
struct Sheet {
    date: String,
    name: String,
    summary: String,
    parts: Vec<Part>,
    left_out: Option<String>,
    foot: String,
}

/// A heading and what stands below it.
struct Part {
    heading: String,
    entries: Vec<Entry>,
}

/// An account or a point.
struct Entry {
    title: String,
    mark: String,
    claim: String,
    who: String,
    lines: Vec<(&'static str, String)>,
}

/// The digest as a page to print.
///
/// # Errors
/// [`NotLaidOut`] where the template fails.
pub fn print(digest: &Proven) -> Result<String, NotLaidOut> {
    let page = Page::of(digest.digest(), &Links::none());
    let mut lines = vec![("", page.alarm.clone()), ("", page.empty.clone())];
    lines.retain(|(_, line)| line.is_some());
    let first = lines.into_iter().filter_map(|(label, line)| Some((label, line?))).collect();
    let mut parts = vec![Part { heading: String::new(), entries: vec![Entry::of_lines(first)] }];
    let today = page.today.iter().flat_map(|met| {
        iter::once(Entry::of_meeting(met)).chain(met.news.iter().map(Entry::of_item))
    });
    parts.push(Part { heading: "Today".to_owned(), entries: today.collect() });
    let more = page.more_accounts.iter().map(|more| Entry::of_lines(vec![("", more.clone())]));
    let accounts = page.accounts.iter().map(Entry::of_item).chain(more).collect();
    parts.push(Part { heading: "Your accounts".to_owned(), entries: accounts });
    for section in &page.sections {
        let entries = section.points.iter().map(Entry::of_card).collect();
        parts.push(Part { heading: section.heading.to_owned(), entries });
    }
    let competitors = page.competitors.iter().map(Entry::of_line).collect();
    parts.push(Part {
        heading: "Your accounts\u{2019} competitors".to_owned(),
        entries: competitors,
    });
    let rising: Vec<String> =
        page.rising.iter().map(|rise| format!("{}, {}", rise.topic, rise.trend)).collect();
    if !rising.is_empty() {
        let lines = vec![("", rising.join("; "))];
        parts.push(Part { heading: "Rising".to_owned(), entries: vec![Entry::of_lines(lines)] });
    }
    let left_out = fit(&mut parts);
    let sheet = Sheet {
        date: page.date,
        name: page.name,
        summary: page.summary,
        parts,
        left_out: (left_out > 0).then(|| count(left_out, "more entry", "more entries")),
        foot: format!("{} {}", page.listening.first().cloned().unwrap_or_default(), page.made),
    };
    Ok(sheet.render()?)
}

/// Leaves out what does not fit; how many entries that is. No part takes more than half of what is left
/// where others follow.
fn fit(parts: &mut Vec<Part>) -> usize {
    parts.retain(|part| part.entries.iter().any(|entry| entry.height() > 0));
    let (mut left, mut left_out, count) = (ROOM, 0, parts.len());
    for (place, part) in parts.iter_mut().enumerate() {
        let mut share = if place + 1 < count { left / 2 } else { left }.saturating_sub(HEADING);
        let (before, mut used) = (part.entries.len(), HEADING);
        let mut is_full = false;
        part.entries.retain(|entry| {
            let height = entry.height();
            is_full |= height > share;
            if !is_full {
                share -= height;
                used += height;
            }
            !is_full
        });
        left = left.saturating_sub(used);
        left_out += before - part.entries.len();
    }
    parts.retain(|part| !part.entries.is_empty());
    left_out
}

impl Entry {
    fn of_lines(lines: Vec<(&'static str, String)>) -> Self {
        let [title, mark, claim, who] = Default::default();
        Self { title, mark, claim, who, lines }
    }

    fn of_meeting(met: &Meeting) -> Self {
        let mut lines: Vec<(&'static str, String)> =
            met.silence.iter().map(|silence| ("", silence.clone())).collect();
        lines.extend(met.before.iter().map(|before| ("", before.shown())));
        let mark = met.with.clone().unwrap_or_default();
        Self { title: met.heading.clone(), mark, ..Self::of_lines(lines) }
    }

    fn of_line(line: &Line) -> Self {
        Self {
            title: line.name.clone(),
            mark: String::new(),
            claim: line.passage.shown(),
            who: format!("{} · {}", line.passage.who, line.behind),
            lines: Vec::new(),
        }
    }

    fn of_item(item: &Item) -> Self {
        let mut lines = Vec::new();
        lines.extend(item.moved.iter().map(|moved| ("Since you last heard:", moved.clone())));
        lines.extend(item.dissent.iter().map(|dissent| ("Not everyone agrees:", dissent.shown())));
        Self {
            title: item.account.clone(),
            mark: item.signals.join(", "),
            claim: item.passage.shown(),
            who: format!("{} · {}", item.passage.who, item.behind),
            lines,
        }
    }

    fn of_card(card: &Card) -> Self {
        let mut lines = Vec::new();
        lines.extend(
            card.evidence.iter().map(|(voices, trend)| ("", format!("{voices} · {trend}"))),
        );
        lines.extend(card.moved.iter().map(|moved| ("Since you last heard:", moved.clone())));
        let against = card.dissent.iter().map(Passage::shown);
        lines.extend(against.map(|against| ("Not everyone agrees:", against)));
        lines.extend(card.ask.iter().map(|ask| ("Ask:", ask.clone())));
        lines.extend(card.offer.iter().map(|(title, _)| ("Offer:", title.clone())));
        Self {
            title: card.topic.clone(),
            mark: card.label.to_owned(),
            claim: card.claim.shown(),
            who: card.claim.who.clone(),
            lines,
        }
    }

    /// The points it takes, with the space above it.
    fn height(&self) -> usize {
        let of = |text: &str, columns: usize| text.chars().count().div_ceil(columns);
        let claim = of(&self.claim, CLAIM_COLUMNS);
        let head = usize::from(!self.title.is_empty());
        let who = of(&self.who, COLUMNS);
        let lines = self.lines.iter().map(|(label, text)| of(text, COLUMNS - label.len()));
        match head + claim + who + lines.sum::<usize>() {
            0 => 0,
            lines => lines * LINE + SPACE,
        }
    }
}
