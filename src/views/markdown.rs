//! The digest as Markdown: headings, quotations, links.

use super::Links;
use super::page::{Card, Item, Meeting, Ours, Page, Passage, Tapped};
use super::safe::Link;
use crate::digest::Proven;

/// The digest as Markdown (CommonMark).
#[must_use]
pub fn markdown(digest: &Proven, links: &Links) -> String {
    let page = Page::of(digest.digest(), links);
    let mut blocks = vec![
        format!("# Overheard · {} · for {}", page.date, escape(&page.name)),
        escape(&page.summary),
    ];
    blocks.extend(page.alarm.iter().map(|alarm| format!("**{}**", escape(alarm))));
    if !page.today.is_empty() {
        blocks.push("## Today".to_owned());
        blocks.extend(page.today.iter().flat_map(meeting));
    }
    if !page.accounts.is_empty() {
        blocks.push("## Your accounts".to_owned());
        blocks.extend(page.accounts.iter().flat_map(item));
    }
    blocks.extend(page.more_accounts.as_deref().map(escape));
    if !page.competitors.is_empty() {
        blocks.push("## Your accounts' competitors".to_owned());
        for line in &page.competitors {
            blocks.push(format!("**{}** · {}", escape(&line.name), escape(&line.behind)));
            blocks.push(passage(&line.passage));
        }
    }
    blocks.extend(page.empty.as_deref().map(escape));
    for section in &page.sections {
        blocks.push(format!("## {}", section.heading));
        if !section.note.is_empty() {
            blocks.push(format!("*{}*", section.note));
        }
        blocks.extend(section.points.iter().flat_map(card));
    }
    if !page.rising.is_empty() {
        blocks.push("## Rising".to_owned());
        let rows = page.rising.iter().map(|r| format!("- **{}**, {}", escape(&r.topic), r.trend));
        blocks.push(rows.collect::<Vec<_>>().join("\n"));
    }
    blocks.push("## How well we listened".to_owned());
    blocks.push(page.listening.iter().map(|line| escape(line)).collect::<Vec<_>>().join(" "));
    blocks.push(escape(&page.made));
    blocks.extend(page.answer.as_deref().map(escape));
    blocks.extend(page.unsubscribe.iter().map(|url| format!("[No more of these](<{url}>)")));
    blocks.join("\n\n") + "\n"
}

fn meeting(met: &Meeting) -> Vec<String> {
    let with = met.with.iter().map(|with| format!(", {}", escape(with)));
    let mut blocks = vec![format!("### {}{}", escape(&met.heading), with.collect::<String>())];
    blocks.extend(met.silence.as_deref().map(escape));
    blocks.extend(met.before.iter().map(passage));
    blocks.extend(met.news.iter().flat_map(item));
    blocks
}

fn item(item: &Item) -> Vec<String> {
    let mut head = vec![format!("**{}**", escape(&item.account))];
    head.extend(item.signals.iter().map(|signal| escape(signal)));
    head.push(item.behind.clone());
    let mut blocks = vec![head.join(" · ")];
    blocks
        .extend(item.moved.iter().map(|moved| format!("Since you last heard: {}", escape(moved))));
    blocks.push(passage(&item.passage));
    blocks.extend(item.feelings.iter().map(|feelings| format!("Of these, {feelings}.")));
    if let Some(dissent) = &item.dissent {
        blocks.push(format!("**Not everyone agrees** ({}):", item.dissenting));
        blocks.push(passage(dissent));
    }
    blocks.extend(item.ours.is_some().then(|| ours(&item.ours).join("\n")));
    blocks.extend(item.tapped.as_ref().map(tapped));
    blocks
}

fn ours(ours: &Ours) -> Vec<String> {
    let ask = ours.ask.iter().map(|ask| format!("- **Ask:** {}", escape(ask)));
    let offer = ours.offer.iter();
    let offer = offer.map(|(title, link)| format!("- **Offer:** {}", linked(title, link.as_ref())));
    ask.chain(offer).collect()
}

fn card(card: &Card) -> Vec<String> {
    let mut blocks =
        vec![format!("### {} · {}", escape(&card.topic), card.label), passage(&card.claim)];
    if let Some((voices, trend)) = &card.evidence {
        let mut line = format!("**{voices}** · {trend}");
        line.extend(card.uncounted.iter().map(|more| format!(" · {more}")));
        line.extend(card.feelings.iter().map(|feelings| format!(" · {}", feelings.words)));
        blocks.push(line);
    }
    blocks
        .extend(card.moved.iter().map(|moved| format!("Since you last heard: {}", escape(moved))));
    if !card.owners.is_empty() {
        let owners = card.owners.iter().map(|(name, link)| linked(name, link.as_ref()));
        let owners: Vec<String> = owners.chain(card.more_owners.clone()).collect();
        blocks.push(format!("Heard from {}.", owners.join(", ")));
    }
    blocks.extend(card.quotes.iter().map(passage));
    if let Some(dissent) = &card.dissent {
        blocks.push(format!("**Not everyone agrees** ({}):", card.dissenting));
        blocks.push(passage(dissent));
        let against = card.against.iter().map(|(name, link)| linked(name, link.as_ref()));
        let against = against.collect::<Vec<_>>().join(", ");
        blocks.extend((!against.is_empty()).then(|| format!("Against it: {against}.")));
    }
    let mut ours = ours(&card.ours);
    ours.push(format!("- **Why you:** {}.", escape(&card.why)));
    blocks.push(ours.join("\n"));
    blocks.extend(card.tapped.as_ref().map(tapped));
    blocks
}

fn tapped(tapped: &Tapped) -> String {
    let taps = tapped.taps.iter().map(|(label, url)| format!("[{label}](<{url}>)"));
    taps.collect::<Vec<_>>().join(" · ")
}

fn passage(passage: &Passage) -> String {
    format!(
        "> {}\n>\n> — {}",
        escape(&passage.shown()),
        linked(&passage.who, passage.link.as_ref())
    )
}

fn linked(text: &str, link: Option<&Link>) -> String {
    match link {
        Some(link) => format!("[{}](<{}>)", escape(text), link.url),
        None => escape(text),
    }
}

/// `text` as Markdown that shows it as it is. One line: what begins a line is at the start only.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let always = matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '!'
        );
        if always || (at == 0 && matches!(c, '-' | '+' | '=')) {
            escaped.push('\\');
        }
        // A bare address would become a link; a number with a full stop, a list.
        let numbered = matches!(c, '.' | ')')
            && at > 0
            && text[..at].bytes().all(|byte| byte.is_ascii_digit());
        if numbered || (c == ':' && text[at..].starts_with("://")) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_what_was_said_stays_what_was_said() {
        assert_eq!(escape("[x](http://a) <b> *c*"), "\\[x\\](http\\://a) \\<b\\> \\*c\\*");
        assert_eq!(escape("1. one - two"), "1\\. one - two");
        assert_eq!(escape("- one"), "\\- one");
    }
}
