//! The digest on one page of paper (A4), for whoever takes it into the meeting.
//!
//! What does not fit is left out from the end and counted: a second page is lost on the way.

use askama::Template;

use super::Links;
use super::NotLaidOut;
use super::page::{Card, Item, Line, Meeting, Ours, Page, Passage};
use super::safe::Link;
use crate::digest::Proven;
use crate::text::count::count;

/// Points (of 72 to an inch) between the head and the foot of the page, with some to spare.
const ROOM: usize = 650;

/// What a heading, a line, and the space between two entries take of it, as the template has them.
const HEADING: usize = 23;
const LINE: usize = 15;
const SPACE: usize = 5;

/// Characters of a line of text, and of a claim's, which is larger; a little fewer than fit.
const COLUMNS: usize = 92;
const CLAIM_COLUMNS: usize = 76;

/// The heading of today's meetings.
const TODAY: &str = "Today";

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
    let today = page.today.iter().flat_map(Entry::of_meeting);
    parts.push(Part { heading: TODAY.to_owned(), entries: today.collect() });
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

/// An address as it is typed from paper.
fn written(url: &str) -> &str {
    let plain = url.strip_prefix("https://").unwrap_or(url);
    plain.strip_suffix('/').unwrap_or(plain)
}

/// Leaves out what does not fit; how many entries that is. Each part in turn gets room for its next entry, until
/// there is none: so that all have their first, and the page is full. Today's meetings come before that, for up
/// to a third of the page.
fn fit(parts: &mut Vec<Part>) -> usize {
    parts.retain(|part| part.entries.iter().any(|entry| entry.height() > 0));
    let all: usize = parts.iter().map(|part| part.entries.len()).sum();
    let (mut left, mut shown) = (ROOM, vec![0; parts.len()]);
    if let Some((place, today)) = parts.iter().enumerate().find(|(_, part)| part.heading == TODAY) {
        let mut used = HEADING;
        shown[place] = today
            .entries
            .iter()
            .take_while(|entry| {
                used += entry.height();
                used <= ROOM / 3
            })
            .count();
        let taken = today.entries[..shown[place]].iter().map(Entry::height).sum::<usize>();
        left -= if shown[place] > 0 { taken + HEADING } else { 0 };
    }
    let mut open: Vec<usize> = (0..parts.len()).collect();
    while !open.is_empty() {
        open.retain(|&place| {
            let part = &parts[place];
            let Some(entry) = part.entries.get(shown[place]) else { return false };
            let is_first = shown[place] == 0 && !part.heading.is_empty();
            let height = entry.height() + if is_first { HEADING } else { 0 };
            let has_room = height <= left;
            if has_room {
                left -= height;
                shown[place] += 1;
            }
            has_room
        });
    }
    for (part, shown) in parts.iter_mut().zip(&shown) {
        part.entries.truncate(*shown);
    }
    parts.retain(|part| !part.entries.is_empty());
    all - shown.iter().sum::<usize>()
}

fn ours(ours: &Ours) -> Vec<(&'static str, String)> {
    let ask = ours.ask.iter().map(|ask| ("Ask:", ask.clone()));
    let offered = |(title, link): &(String, Option<Link>)| match link {
        Some(link) => format!("{title}, {}", written(&link.url)),
        None => title.clone(),
    };
    ask.chain(ours.offer.iter().map(|offer| ("Offer:", offered(offer)))).collect()
}

impl Entry {
    fn of_lines(lines: Vec<(&'static str, String)>) -> Self {
        let [title, mark, claim, who] = Default::default();
        Self { title, mark, claim, who, lines }
    }

    /// The meeting with the first news of whom it is with, and the others.
    fn of_meeting(met: &Meeting) -> Vec<Self> {
        let mut lines: Vec<(&'static str, String)> =
            met.silence.iter().map(|silence| ("", silence.clone())).collect();
        lines.extend(met.before.iter().map(|before| ("", before.shown())));
        let mut entries: Vec<Self> = met
            .news
            .iter()
            .map(|item| Self { title: String::new(), ..Self::of_item(item) })
            .collect();
        if entries.is_empty() {
            entries.push(Self::of_lines(lines));
        }
        if let Some(first) = entries.first_mut() {
            let with = met.with.iter().chain(Some(&first.mark).filter(|mark| !mark.is_empty()));
            first.mark = with.cloned().collect::<Vec<_>>().join(" · ");
            first.title.clone_from(&met.heading);
        }
        entries
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
        lines.extend(ours(&item.ours));
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
        lines.extend(ours(&card.ours));
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
        let head = [self.title.as_str(), &self.mark].map(|part| part.chars().count());
        let head = head.iter().sum::<usize>().div_ceil(COLUMNS);
        let who = of(&self.who, COLUMNS);
        let lines = self.lines.iter().map(|(label, text)| of(text, COLUMNS - label.len()));
        match head + claim + who + lines.sum::<usize>() {
            0 => 0,
            lines => lines * LINE + SPACE,
        }
    }
}
