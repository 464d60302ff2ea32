//! What every view shows, in order and in words: harmless text and links, without markup.

mod accounts;

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use self::accounts::{items, meeting, more_accounts, others};
use super::safe::{Link, link, plain, quotable};
use super::{Links, evidence};
use crate::digest::{Block, Citation, CompetitorNews, Digest, Point, Sentence, Strength, Trend};
use crate::feedback::Tap;
use crate::source::{Knowledge, Owner};
use crate::text::count::count;
use crate::text::languages;
use crate::topic::Offer;

/// Stands where the words of an erased post stood.
pub(super) const ERASED: &str = "Erased: whoever said this asked for it.";

/// Characters of a passage; the digest cuts at 40 words before.
const PASSAGE: usize = 340;
/// Characters of a name or a label.
const LABEL: usize = 80;
/// Characters of a sentence of ours or the marketer's.
const LINE: usize = 240;
/// Owners named with a point.
const NAMED: usize = 8;
/// Failing sources named.
const FAILING: usize = 8;

/// A digest, ready to be laid out.
pub(super) struct Page {
    pub(super) date: String,
    pub(super) name: String,
    /// One line: what is in it.
    pub(super) summary: String,
    /// Said first where we could hardly listen.
    pub(super) alarm: Option<String>,
    /// Said where there is nothing solid.
    pub(super) empty: Option<String>,
    /// Today's meetings, with what is new of whom they are with.
    pub(super) today: Vec<Meeting>,
    /// The other accounts.
    pub(super) accounts: Vec<Item>,
    /// Accounts with news for which there was no room.
    pub(super) more_accounts: Option<String>,
    pub(super) competitors: Vec<Line>,
    pub(super) sections: Vec<Section>,
    pub(super) rising: Vec<Rise>,
    pub(super) listening: Vec<String>,
    /// Points and news that there was no room for.
    pub(super) left_out: usize,
    pub(super) made: String,
    /// Where it can be read as a page.
    pub(super) web: Option<String>,
    /// Where the reader asks for no more.
    /// That a mail can be answered, and how.
    pub(super) answer: Option<String>,
    pub(super) unsubscribe: Option<String>,
}

/// Where a reader says in one tap what they did with a point.
pub(super) struct Tapped {
    /// Of which account, or under which topic: what a screen reader says with each.
    pub(super) of: String,
    /// The page with all of them.
    pub(super) page: String,
    /// Each by its label.
    pub(super) taps: Vec<(&'static str, String)>,
}

impl Tapped {
    /// Those of the point whose words these are.
    fn of(links: &Links, digest: &Digest, words: &Sentence) -> Option<Self> {
        let point = digest.named(words)?;
        let pointed = digest.point(point)?;
        let of = pointed.account().or_else(|| pointed.topic()).map(|name| plain(name, LABEL));
        let page = links.point(digest, point)?;
        let fits = |tap: &Tap| *tap != Tap::WrongCompany || point.block.is_none();
        let mut taps: Vec<Tap> = Tap::ALL.into_iter().filter(fits).collect();
        // Under an account the first few stand alone: whether it is the account at all is one of them.
        taps.sort_by_key(|tap| match tap {
            Tap::Used => 0,
            Tap::NotUseful => 1,
            Tap::WrongCompany => 2,
            _ => 3,
        });
        let taps = taps.into_iter();
        let taps = taps.filter_map(|tap| Some((tap.label(), links.tap(digest, point, tap)?)));
        Some(Self { of: of.unwrap_or_default(), page, taps: taps.collect() })
    }
}

pub(super) struct Section {
    pub(super) heading: &'static str,
    pub(super) note: &'static str,
    pub(super) points: Vec<Card>,
}

/// One talking point.
pub(super) struct Card {
    /// By which an answer by mail names it: one count through the whole digest, from 1.
    pub(super) number: usize,
    pub(super) topic: String,
    /// Its strength, or what it is where there is no strength to speak of.
    pub(super) label: &'static str,
    pub(super) claim: Passage,
    /// Who says it, and whether more do; absent where one colleague, survey or expert speaks.
    pub(super) evidence: Option<(String, String)>,
    pub(super) uncounted: Option<String>,
    pub(super) feelings: Option<Feelings>,
    /// Those who say it, with a link to each; empty where it is one.
    pub(super) owners: Vec<(String, Option<Link>)>,
    pub(super) more_owners: Option<String>,
    pub(super) quotes: Vec<Passage>,
    pub(super) dissent: Option<Passage>,
    pub(super) dissenting: String,
    /// Those who are against it, with a link to each; empty where it is the one that is quoted.
    pub(super) against: Vec<(String, Option<Link>)>,
    pub(super) moved: Option<String>,
    pub(super) why: String,
    pub(super) ours: Ours,
    pub(super) tapped: Option<Tapped>,
}

/// What a seller adds of their own.
#[derive(Default)]
pub(super) struct Ours {
    topic: String,
    /// The question to ask back.
    pub(super) ask: Option<String>,
    pub(super) offer: Option<(String, Option<Link>)>,
}

impl Ours {
    fn of(topic: &str, ask: Option<&str>, offer: Option<&Offer>) -> Self {
        Self {
            topic: topic.to_owned(),
            ask: ask.map(|ask| plain(ask, LINE)),
            offer: offer.map(|offer| (plain(&offer.title, LINE), link(&offer.url))),
        }
    }

    pub(super) fn is_some(&self) -> bool {
        self.ask.is_some() || self.offer.is_some()
    }
}

/// A bar of feelings: in words, and the width of each part in per cent.
pub(super) struct Feelings {
    pub(super) words: String,
    pub(super) parts: Vec<(&'static str, u32)>,
}

/// Somebody's words, with who, when and where.
pub(super) struct Passage {
    pub(super) text: String,
    /// Whether these are their words, and not why they are missing.
    pub(super) verbatim: bool,
    pub(super) who: String,
    pub(super) link: Option<Link>,
}

impl Passage {
    /// The words in quotation marks, or why they are missing.
    pub(super) fn shown(&self) -> String {
        if self.verbatim { format!("\u{201c}{}\u{201d}", self.text) } else { self.text.clone() }
    }
}

/// News of an account.
pub(super) struct Item {
    pub(super) account: String,
    /// Whether what stands before it says already of which account it is.
    pub(super) is_again: bool,
    pub(super) signals: Vec<String>,
    pub(super) passage: Passage,
    pub(super) behind: String,
    /// How many speak well of it, and how many badly, where both do.
    pub(super) feelings: Option<String>,
    pub(super) dissent: Option<Passage>,
    pub(super) dissenting: String,
    pub(super) moved: Option<String>,
    pub(super) ours: Ours,
    pub(super) tapped: Option<Tapped>,
}

/// A meeting: when, with which account, and who comes.
pub(super) struct Meeting {
    /// "10:00 Acme".
    pub(super) heading: String,
    /// "with Ada Berg".
    pub(super) with: Option<String>,
    pub(super) news: Vec<Item>,
    /// Where there is none.
    pub(super) silence: Option<String>,
    pub(super) before: Option<Passage>,
}

/// A line on a competitor.
pub(super) struct Line {
    pub(super) name: String,
    /// "competes with Acme · 2 independent voices".
    pub(super) behind: String,
    pub(super) passage: Passage,
}

pub(super) struct Rise {
    pub(super) topic: String,
    pub(super) trend: String,
}

impl Page {
    pub(super) fn of(digest: &Digest, links: &Links) -> Self {
        let mut page = Self::with_all(digest, links);
        page.ask_once();
        page
    }

    fn with_all(digest: &Digest, links: &Links) -> Self {
        let zone = TimeZone::get(&digest.time_zone).unwrap_or(TimeZone::UTC);
        let solid = digest.is_solid();
        let hour = |moment: Timestamp| {
            moment.to_zoned(zone.clone()).strftime("%H:%M on %-d %B").to_string()
        };
        Self {
            date: digest.date.strftime("%A %-d %B %Y").to_string(),
            name: plain(&digest.name, LABEL),
            summary: if solid { summary(digest) } else { "Nothing solid to report.".to_owned() },
            alarm: alarm(digest),
            empty: (!solid).then(|| empty(digest)),
            today: digest
                .today
                .iter()
                .enumerate()
                .map(|(n, _)| meeting(digest, n, &zone, links))
                .collect(),
            accounts: items(digest, others(digest), &zone, links),
            more_accounts: more_accounts(digest),
            competitors: digest.competitors.iter().map(|l| line(digest, l, &zone)).collect(),
            sections: sections(digest, &zone, links),
            rising: digest.rising.iter().map(|r| rise(&r.topic, &r.trend)).collect(),
            listening: listening(digest),
            left_out: 0,
            made: format!(
                "What was said from {} to {}, {}.",
                hour(digest.window.from),
                hour(digest.window.until),
                plain(&digest.time_zone, LABEL)
            ),
            web: links.page(digest),
            answer: links.are_mails_answered().then(|| answer(digest)),
            unsubscribe: links.unsubscribe(&digest.reader),
        }
    }

    /// What to ask and to offer is said with the first of a topic only: what is left out for want of room stands
    /// below it.
    fn ask_once(&mut self) {
        let news = self.today.iter_mut().flat_map(|met| &mut met.news).chain(&mut self.accounts);
        let cards = self.sections.iter_mut().flat_map(|section| &mut section.points);
        let all = news.map(|item| &mut item.ours).chain(cards.map(|card| &mut card.ours));
        let mut asked: BTreeSet<String> = BTreeSet::new();
        for ours in all.filter(|ours| ours.is_some()) {
            if !asked.insert(ours.topic.clone()) {
                *ours = Ours::default();
            }
        }
    }

    /// Leaves out the last of what is missed least: points, then competitors, then accounts, those that are met
    /// today at the very last. Whether there was anything.
    pub(super) fn leave_out_one(&mut self) -> bool {
        let last = self.sections.iter_mut().rev().find(|section| !section.points.is_empty());
        let is_out = last.is_some_and(|section| section.points.pop().is_some())
            || self.competitors.pop().is_some()
            || self.accounts.pop().is_some()
            || self.rising.pop().is_some()
            || self.today.iter_mut().rev().any(|met| met.news.pop().is_some());
        self.left_out += usize::from(is_out);
        is_out
    }

    /// That something was left out, in words.
    pub(super) fn without(&self) -> Option<String> {
        let more = count(self.left_out, "more item", "more items");
        (self.left_out > 0).then(|| format!("There was no room for {more}."))
    }
}

/// "4 points, 2 of them patterns · 2 on your accounts · from 154 posts, 12 of 15 sources".
fn summary(digest: &Digest) -> String {
    let points: Vec<&Point> = digest.blocks.iter().flat_map(|block| &block.points).collect();
    let patterns =
        points.iter().filter(|point| point.evidence.strength == Strength::Pattern).count();
    let mut parts = Vec::new();
    if !digest.today.is_empty() {
        parts.push(format!("{} today", count(digest.today.len(), "meeting", "meetings")));
    }
    if !digest.accounts.is_empty() {
        parts.push(format!("{} on your accounts", digest.accounts.len()));
    }
    if !points.is_empty() {
        let mut said = count(points.len(), "talking point", "talking points");
        if patterns > 0 {
            said = format!("{said}, {}", count(patterns, "pattern", "patterns"));
        }
        parts.push(said);
    }
    let disputed = points.iter().filter(|point| point.dissent.is_some()).count();
    if disputed > 0 {
        parts.push(format!("{disputed} disputed"));
    }
    let heard = &digest.listening;
    parts.push(format!("from {}", count(heard.posts, "post", "posts")));
    parts.join(" · ")
}

fn line(digest: &Digest, line: &CompetitorNews, zone: &TimeZone) -> Line {
    let of: Vec<String> = line.of.iter().map(|account| plain(account, LABEL)).collect();
    let voices = count(line.owners.len(), "voice", "independent voices");
    let moved = line.moved.as_ref().map(|how| format!(" · since you last heard: {how}"));
    Line {
        name: plain(&line.competitor, LABEL),
        behind: format!("competes with {} · {voices}{}", of.join(", "), moved.unwrap_or_default()),
        passage: passage(digest, &line.sentence, zone),
    }
}

fn alarm(digest: &Digest) -> Option<String> {
    let heard = &digest.listening;
    let failing = heard.failing.len();
    let all = heard.sources as usize;
    if all == 0 || failing * 2 <= all {
        return None;
    }
    Some(if failing >= all {
        let none = if all == 1 {
            "We could not read our only source.".to_owned()
        } else {
            format!("We could read none of our {all} sources.")
        };
        format!(
            "{none} Silence below is ours, not the market's: what is said meanwhile comes with a later digest."
        )
    } else {
        let read = all - failing;
        format!(
            "We could read only {read} of {all} sources. Much may have been said that we did not hear."
        )
    })
}

/// What the line above it, "Nothing solid to report.", means.
fn empty(digest: &Digest) -> String {
    let once = digest.blocks.iter().any(|block| !block.points.is_empty());
    let tail = if once { " What follows was said by one voice each." } else { "" };
    format!("No claim new to you was made by more than one independent voice.{tail}")
}

/// How a digest's mail is answered.
fn answer(digest: &Digest) -> String {
    let note = "Heard something yourself? Answer this mail: what you write becomes a note, without your name.";
    let points = digest.blocks.iter().any(|block| !block.points.is_empty());
    let example = " A first line like “used 1” or “disagreed 1” says what became of point 1.";
    format!("{note}{}", if points { example } else { "" })
}

fn sections(digest: &Digest, zone: &TimeZone, links: &Links) -> Vec<Section> {
    let mut sections: Vec<Section> =
        digest.blocks.iter().map(|block| section(digest, block, zone, links)).collect();
    let cards = sections.iter_mut().flat_map(|section| &mut section.points);
    for (card, number) in cards.zip(1..) {
        card.number = number;
    }
    sections
}

fn section(digest: &Digest, block: &Block, zone: &TimeZone, links: &Links) -> Section {
    let (heading, note) = match block.knowledge {
        Knowledge::Public => ("What others say", ""),
        Knowledge::Field => (
            "What our colleagues heard",
            "Notes from our own field, not counted among the voices above.",
        ),
        Knowledge::Survey => ("What surveys found", "Asked, not overheard."),
        Knowledge::Expert => ("What experts say", "Named experts, in their own words."),
    };
    let card = |point: &Point| Card {
        tapped: Tapped::of(links, digest, &point.claim),
        ..card(digest, point, block.knowledge, zone)
    };
    Section { heading, note, points: block.points.iter().map(card).collect() }
}

fn card(digest: &Digest, point: &Point, knowledge: Knowledge, zone: &TimeZone) -> Card {
    let evidence = &point.evidence;
    let against = evidence.dissenting.len();
    let one = evidence.owners.len() == 1;
    let hidden = evidence.owners.len().saturating_sub(NAMED);
    let named = if one { 0 } else { NAMED };
    // Of one colleague, survey or expert no more can be said than who it is.
    let label = match knowledge {
        Knowledge::Field if one => "one note",
        Knowledge::Survey if one => "one survey",
        Knowledge::Expert if one => "one expert",
        _ => evidence::strength(evidence.strength),
    };
    let counted = knowledge == Knowledge::Public || !one;
    Card {
        // Counted when all are there.
        number: 0,
        topic: plain(&point.topic, LABEL),
        label,
        claim: passage(digest, &point.claim, zone),
        evidence: counted.then(|| (evidence::voices(evidence), evidence::trend(&evidence.trend))),
        uncounted: evidence::uncounted(evidence),
        feelings: if one { None } else { feelings(point) },
        owners: evidence.owners.iter().take(named).map(|o| owner(digest, point, o)).collect(),
        more_owners: (hidden > 0).then(|| format!("{hidden} more")),
        quotes: point.quotes.iter().map(|quote| passage(digest, quote, zone)).collect(),
        dissent: point.dissent.as_ref().map(|sentence| passage(digest, sentence, zone)),
        dissenting: count(against, "voice", "voices"),
        against: if against > 1 { opposed(digest, point) } else { Vec::new() },
        moved: point.moved.as_deref().map(|moved| plain(moved, LINE)),
        why: plain(&point.why_you, LINE),
        ours: Ours::of(&point.topic, point.ask.as_deref(), point.offer.as_ref()),
        tapped: None,
    }
}

fn feelings(point: &Point) -> Option<Feelings> {
    let evidence = &point.evidence;
    let words = evidence::feelings(evidence)?;
    let all = (evidence.negative + evidence.neutral + evidence.positive).max(1);
    let counts = [
        ("negative", evidence.negative),
        ("neutral", evidence.neutral),
        ("positive", evidence.positive),
    ];
    let mut parts: Vec<(&str, u32)> = counts
        .into_iter()
        .filter(|&(_, owners)| owners > 0)
        .map(|(name, owners)| (name, owners * 100 / all))
        .collect();
    let rest = 100 - parts.iter().map(|(_, percent)| percent).sum::<u32>();
    if let Some((_, last)) = parts.last_mut() {
        *last += rest;
    }
    Some(Feelings { words, parts })
}

/// An owner, linked to the first post they speak in.
fn owner(digest: &Digest, point: &Point, owner: &Owner) -> (String, Option<Link>) {
    let leads = point.evidence.stories.iter().filter_map(|story| story.first());
    let mut spoken = leads.filter_map(|&post| digest.citation(post));
    let first = spoken.find(|citation| citation.owner == *owner);
    (plain(owner.shown(), LABEL), first.and_then(|c| c.url.as_deref()).and_then(link))
}

/// Those against a point, each linked to the first post they are against it in.
fn opposed(digest: &Digest, point: &Point) -> Vec<(String, Option<Link>)> {
    let evidence = &point.evidence;
    let first = |owner: &Owner| {
        let mut said = evidence.dissent.iter().filter_map(|&post| digest.citation(post));
        let first = said.find(|citation| citation.owner == *owner);
        (plain(owner.shown(), LABEL), first.and_then(|c| c.url.as_deref()).and_then(link))
    };
    evidence.dissenting.iter().take(NAMED).map(first).collect()
}

fn passage(digest: &Digest, sentence: &Sentence, zone: &TimeZone) -> Passage {
    let citation = digest.citation(sentence.post);
    let verbatim = !digest.is_erased(sentence.post);
    let link = citation.and_then(|citation| citation.url.as_deref()).and_then(link);
    let mut who = citation.map(|citation| who(citation, zone)).unwrap_or_default();
    // Where a link leads elsewhere than its speaker's place, the reader sees where before they follow it.
    if let Some(link) = link.as_ref().filter(|link| !names_host(&who, home(&link.host).as_str())) {
        who = format!("{who}, at {}", link.host);
    }
    let text = if verbatim { quotable(&sentence.text, PASSAGE) } else { ERASED.to_owned() };
    Passage { text, verbatim, who, link }
}

/// Whether a host, or one below it, stands among the words: as a whole, for `e.example` ends `the.example`.
fn names_host(who: &str, host: &str) -> bool {
    let of_host = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-');
    who.split(|c: char| !of_host(c)).any(|word| {
        word.strip_suffix(host).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

/// The registrable domain of a host.
fn home(host: &str) -> Owner {
    Owner::of_host(host)
}

/// "Ada (example.social), customer, Wed 18 Nov"; of an erased post without the name.
pub(super) fn who(citation: &Citation, zone: &TimeZone) -> String {
    let when = citation.when.to_zoned(zone.clone()).strftime("%a %-d %b").to_string();
    if citation.speaker.is_empty() {
        return format!("{}, {when}", citation.voice);
    }
    format!("{}, {}, {when}", plain(&citation.speaker, LABEL), citation.voice)
}

fn rise(topic: &str, trend: &Trend) -> Rise {
    Rise { topic: plain(topic, LABEL), trend: evidence::trend(trend) }
}

/// How well we listened, for a seller: what is missing, and not why. Why, and what to do, is the
/// operator's: `overheard status` says it.
fn listening(digest: &Digest) -> Vec<String> {
    let heard = &digest.listening;
    let read = match heard.sources {
        0 => "No source is listened to: all are paused".to_owned(),
        all => format!("{} of {} could be read", heard.heard, count(all, "source", "sources")),
    };
    let mut lines = vec![format!(
        "{read}: {} this week, {}.",
        count(heard.posts, "post", "posts"),
        count(heard.stories, "story", "stories"),
    )];
    let names: Vec<String> =
        heard.failing.iter().take(FAILING).map(|(name, _)| plain(name, LABEL)).collect();
    let more = heard.failing.len() - names.len();
    if !names.is_empty() {
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        lines.push(format!("Not heard: {}{more}.", names.join(", ")));
    }
    if let Some(posts) = languages::posts_in(&heard.not_judged) {
        lines.push(format!("Not judged, and counted for nothing above: {posts}."));
    }
    lines.extend(heard.calendar.as_deref().map(|trouble| plain(trouble, LINE)));
    if heard.no_sentiment {
        lines.push("How authors feel is not told: the encoder has no sentiment branch.".to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_named_as_a_whole_or_not_at_all() {
        for who in ["Ada (evil.example), blog", "evil.example, press", "a.evil.example, press"] {
            assert!(names_host(who, "evil.example"), "{who}");
        }
        for who in ["notevil.example, press", "Ada, press", "evil.example.org, press"] {
            assert!(!names_host(who, "evil.example"), "{who}");
        }
    }
}
