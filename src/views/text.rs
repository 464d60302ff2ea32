//! The digest as plain text, 72 columns wide.

use super::Links;
use super::page::{Card, Item, Meeting, Ours, Page, Passage, Tapped};
use crate::digest::Proven;

/// Columns: what every mail client shows without wrapping again.
const COLUMNS: usize = 72;

/// The digest as plain text.
#[must_use]
pub fn text(digest: &Proven, links: &Links) -> String {
    let page = Page::of(digest.digest(), links);
    let mut out = Lines::default();
    out.say("", &format!("OVERHEARD · {} · for {}", page.date, page.name));
    out.say("", &page.summary);
    out.rest(page.alarm.as_deref().map(|alarm| ("! ", alarm)));
    if !page.today.is_empty() {
        out.heading("Today");
        page.today.iter().for_each(|met| meeting(&mut out, met));
    }
    if !page.accounts.is_empty() {
        out.heading("Your accounts");
        page.accounts.iter().for_each(|account| item(&mut out, account));
    }
    out.rest(page.more_accounts.as_deref().map(|more| ("", more)));
    if !page.competitors.is_empty() {
        out.heading("Your accounts' competitors");
        for line in &page.competitors {
            out.gap();
            out.say("", &format!("{} · {}", line.name, line.behind));
            passage(&mut out, "  ", &line.passage);
        }
    }
    out.rest(page.empty.as_deref().map(|empty| ("", empty)));
    for section in &page.sections {
        out.heading(section.heading);
        if !section.note.is_empty() {
            out.say("", section.note);
        }
        for point in &section.points {
            card(&mut out, point);
        }
    }
    if !page.rising.is_empty() {
        out.heading("Rising");
        for rise in &page.rising {
            out.say("- ", &format!("{}, {}", rise.topic, rise.trend));
        }
    }
    out.heading("How well we listened");
    page.listening.iter().for_each(|line| out.say("", line));
    out.gap();
    out.say("", &page.made);
    out.rest(page.answer.as_deref().map(|answer| ("", answer)));
    if let Some(unsubscribe) = &page.unsubscribe {
        out.gap();
        out.say("", &format!("No more of these: {unsubscribe}"));
    }
    out.0
}

fn meeting(out: &mut Lines, met: &Meeting) {
    out.gap();
    let with = met.with.as_ref().map(|with| format!(", {with}")).unwrap_or_default();
    out.say("", &format!("{}{with}", met.heading));
    if let Some(silence) = &met.silence {
        out.say("  ", silence);
    }
    if let Some(before) = &met.before {
        passage(out, "  ", before);
    }
    met.news.iter().for_each(|news| item(out, news));
}

fn item(out: &mut Lines, item: &Item) {
    out.gap();
    let signals = item.signals.join(", ");
    let signals = if signals.is_empty() { signals } else { format!(" · {signals}") };
    out.say("", &format!("{}{signals} · {}", item.account, item.behind));
    if let Some(moved) = &item.moved {
        out.say("  ", &format!("Since you last heard: {moved}"));
    }
    passage(out, "  ", &item.passage);
    if let Some(feelings) = &item.feelings {
        out.say("  ", &format!("Of these, {feelings}."));
    }
    if let Some(dissent) = &item.dissent {
        out.say("  ", &format!("Not everyone agrees ({}):", item.dissenting));
        passage(out, "  > ", dissent);
    }
    ours(out, "  ", &item.ours);
    tapped(out, "  ", item.tapped.as_ref());
}

fn card(out: &mut Lines, card: &Card) {
    out.gap();
    let Card { number, topic, label, .. } = card;
    out.say("", &format!("{number}. {topic} · {}", label.to_uppercase()));
    passage(out, "   ", &card.claim);
    out.gap();
    if let Some((voices, trend)) = &card.evidence {
        let uncounted = card.uncounted.as_ref().map(|more| format!(" · {more}"));
        out.say("   ", &format!("{voices} · {trend}{}", uncounted.unwrap_or_default()));
    }
    if !card.owners.is_empty() {
        let owners: Vec<&str> = card.owners.iter().map(|(name, _)| name.as_str()).collect();
        let more = card.more_owners.as_ref().map(|more| format!(" and {more}"));
        out.say("   ", &format!("Heard from {}{}", owners.join(", "), more.unwrap_or_default()));
    }
    if let Some(feelings) = &card.feelings {
        out.say("   ", &format!("Feeling: {}", feelings.words));
    }
    if let Some(moved) = &card.moved {
        out.say("   ", &format!("Since you last heard: {moved}"));
    }
    for quote in &card.quotes {
        out.gap();
        passage(out, "   > ", quote);
    }
    if let Some(dissent) = &card.dissent {
        out.gap();
        out.say("   ", &format!("Not everyone agrees ({}):", card.dissenting));
        passage(out, "   > ", dissent);
        if !card.against.is_empty() {
            let against: Vec<&str> = card.against.iter().map(|(name, _)| name.as_str()).collect();
            out.say("   ", &format!("Against it: {}", against.join(", ")));
        }
    }
    out.gap();
    ours(out, "   ", &card.ours);
    out.say("   ", &format!("Why you: {}.", card.why));
    tapped(out, "   ", card.tapped.as_ref());
}

fn ours(out: &mut Lines, margin: &str, ours: &Ours) {
    if let Some(ask) = &ours.ask {
        out.say(margin, &format!("Ask: {ask}"));
    }
    if let Some((title, link)) = &ours.offer {
        let url = link.as_ref().map(|link| format!(" <{}>", link.url)).unwrap_or_default();
        out.say(margin, &format!("Offer: {title}{url}"));
    }
}

/// One link is enough where each takes a line of its own.
fn tapped(out: &mut Lines, margin: &str, tapped: Option<&Tapped>) {
    if let Some(tapped) = tapped {
        out.say(margin, "Used it? Not useful? Heard it, too?");
        out.say(margin, &tapped.page);
    }
}

pub(super) fn passage(out: &mut Lines, margin: &str, passage: &Passage) {
    out.say(margin, &passage.shown());
    out.say(margin, &format!("- {}", passage.who));
    if let Some(link) = &passage.link {
        out.say(margin, &format!("  {}", link.url));
    }
}

/// Lines of text, wrapped as they are said.
#[derive(Default)]
pub(super) struct Lines(pub(super) String, Width);

/// How many columns there are.
#[derive(Clone, Copy, Default)]
enum Width {
    #[default]
    Mail,
    Terminal,
}

impl Width {
    const fn columns(self) -> usize {
        match self {
            Self::Mail => COLUMNS,
            Self::Terminal => 80,
        }
    }
}

impl Lines {
    /// Lines for a terminal: a little wider than mail's.
    pub(super) fn wide() -> Self {
        Self(String::new(), Width::Terminal)
    }

    /// `text` in lines that begin with `margin`.
    pub(super) fn say(&mut self, margin: &str, text: &str) {
        let hanging = if margin.trim() == "-" { "  " } else { margin };
        let indent = text.len() - text.trim_start().len();
        let mut line = format!("{margin}{}", &text[..indent]);
        let mut begun = false;
        for word in text.split_whitespace() {
            if begun && line.chars().count() + 1 + word.chars().count() > self.1.columns() {
                self.end(&line);
                hanging.clone_into(&mut line);
                begun = false;
            }
            if begun {
                line.push(' ');
            }
            line.push_str(word);
            begun = true;
        }
        self.end(&line);
    }

    fn heading(&mut self, heading: &str) {
        self.gap();
        self.end(&heading.to_uppercase());
        self.end(&"-".repeat(heading.chars().count()));
    }

    pub(super) fn gap(&mut self) {
        if !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
    }

    /// A paragraph of its own, where there is one.
    fn rest(&mut self, said: Option<(&str, &str)>) {
        if let Some((margin, text)) = said {
            self.gap();
            self.say(margin, text);
        }
    }

    fn end(&mut self, line: &str) {
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }
}
