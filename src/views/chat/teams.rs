//! An Adaptive Card, as Teams' Workflows take it.

use serde_json::{Value, json};

use crate::digest::Proven;
use crate::views::Links;
use crate::views::page::{Card, Item, Line, Meeting, Ours, Page, Passage};

/// Bytes of a message for Teams; some are left for what carries it.
const TEAMS_BYTES: usize = 28 * 1_000;

/// The digest as an Adaptive Card in the message that a webhook of Teams' Workflows takes.
#[must_use]
pub fn teams(digest: &Proven) -> Value {
    let mut page = Page::of(digest.digest(), &Links::none());
    loop {
        let message = teams_message(&teams_body(&page));
        if message.to_string().len() <= TEAMS_BYTES || !page.leave_out_one() {
            return message;
        }
    }
}

/// A few words of ours as such a message.
#[must_use]
pub fn teams_words(words: &str) -> Value {
    teams_message(&[rich(&[run(words)])])
}

fn teams_message(body: &[Value]) -> Value {
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "msteams": { "width": "Full" },
                "body": body,
            },
        }],
    })
}

fn teams_body(page: &Page) -> Vec<Value> {
    let mut body = vec![
        large(&format!("Overheard · {}", page.date)),
        rich(&[run(&format!("For {}: {}", page.name, page.summary))]),
    ];
    body.extend(page.alarm.iter().map(|alarm| rich(&[bold(alarm)])));
    if !page.today.is_empty() {
        body.push(heading("Today"));
        body.extend(page.today.iter().flat_map(teams_meeting));
    }
    if !page.accounts.is_empty() {
        body.push(heading("Your accounts"));
        body.extend(page.accounts.iter().flat_map(teams_item));
    }
    body.extend(page.more_accounts.iter().map(|more| rich(&[run(more)])));
    if !page.competitors.is_empty() {
        body.push(heading("Your accounts' competitors"));
        body.extend(page.competitors.iter().flat_map(teams_line));
    }
    body.extend(page.empty.iter().map(|empty| rich(&[run(empty)])));
    for part in page.sections.iter().filter(|part| !part.points.is_empty()) {
        body.push(heading(part.heading));
        body.extend(part.points.iter().flat_map(teams_card));
    }
    if !page.rising.is_empty() {
        body.push(heading("Rising"));
        body.extend(
            page.rising.iter().map(|r| rich(&[bold(&r.topic), run(&format!(", {}", r.trend))])),
        );
    }
    body.extend(page.without().map(|without| subtle(&without)));
    body.push(subtle(&format!("{} {}", page.listening.join(" "), page.made)));
    body
}

fn teams_meeting(met: &Meeting) -> Vec<Value> {
    let with = met.with.iter().map(|with| run(&format!(", {with}")));
    let mut parts = vec![rich(&[vec![bold(&met.heading)], with.collect()].concat())];
    parts.extend(met.silence.iter().map(|silence| rich(&[run(silence)])));
    parts.extend(met.before.iter().map(|before| rich(&teams_passage(before))));
    parts.extend(met.news.iter().flat_map(teams_item));
    parts
}

fn teams_line(line: &Line) -> Vec<Value> {
    let named = vec![bold(&line.name), run(" ")];
    vec![rich(&[named, teams_passage(&line.passage)].concat()), subtle(&line.behind)]
}

fn teams_item(item: &Item) -> Vec<Value> {
    let signals = item.signals.join(", ");
    let signals = if signals.is_empty() { signals } else { format!(" · {signals}") };
    let mut parts = vec![rich(&[bold(&item.account), run(&signals)])];
    parts.extend(
        item.moved.iter().map(|moved| rich(&[run(&format!("Since you last heard: {moved}"))])),
    );
    parts.push(rich(&teams_passage(&item.passage)));
    parts.push(subtle(&item.behind));
    parts.extend(item.dissent.iter().map(|dissent| disagreed(dissent, &item.dissenting)));
    parts.extend(teams_ours(&item.ours));
    parts
}

fn teams_card(card: &Card) -> Vec<Value> {
    let mut parts = vec![rich(&[bold(&card.topic), run(&format!(" · {}", card.label))])];
    parts.push(rich(&teams_passage(&card.claim)));
    if let Some((voices, trend)) = &card.evidence {
        parts.push(subtle(&format!("{voices} · {trend}")));
    }
    parts.extend(
        card.moved.iter().map(|moved| rich(&[run(&format!("Since you last heard: {moved}"))])),
    );
    parts.extend(card.dissent.iter().map(|dissent| disagreed(dissent, &card.dissenting)));
    parts.extend(teams_ours(&card.ours));
    parts
}

fn teams_ours(ours: &Ours) -> impl Iterator<Item = Value> {
    let ask = ours.ask.iter().map(|ask| rich(&[bold("Ask: "), run(ask)]));
    ask.chain(ours.offer.iter().map(|(title, link)| {
        let title = match link {
            Some(link) => linked(title, &link.url),
            None => run(title),
        };
        rich(&[bold("Offer: "), title])
    }))
}

fn disagreed(dissent: &Passage, who: &str) -> Value {
    let mut runs = vec![bold(&format!("Not everyone agrees ({who}): "))];
    runs.extend(teams_passage(dissent));
    rich(&runs)
}

fn teams_passage(passage: &Passage) -> Vec<Value> {
    let who = match &passage.link {
        Some(link) => linked(&passage.who, &link.url),
        None => run(&passage.who),
    };
    vec![run(&format!("{} — ", passage.shown())), who]
}

// Runs of a rich text are shown as they are; a text block would read Markdown in them.
fn rich(runs: &[Value]) -> Value {
    json!({ "type": "RichTextBlock", "inlines": runs })
}

fn run(text: &str) -> Value {
    json!({ "type": "TextRun", "text": text })
}

fn bold(text: &str) -> Value {
    json!({ "type": "TextRun", "text": text, "weight": "bolder" })
}

fn linked(text: &str, url: &str) -> Value {
    json!({ "type": "TextRun", "text": text, "selectAction": { "type": "Action.OpenUrl", "url": url } })
}

fn large(text: &str) -> Value {
    json!({ "type": "RichTextBlock", "inlines": [
        { "type": "TextRun", "text": text, "size": "large", "weight": "bolder" },
    ] })
}

fn heading(text: &str) -> Value {
    json!({ "type": "RichTextBlock", "separator": true, "spacing": "large", "inlines": [
        { "type": "TextRun", "text": text, "weight": "bolder", "color": "accent" },
    ] })
}

fn subtle(text: &str) -> Value {
    json!({ "type": "RichTextBlock", "spacing": "small", "inlines": [
        { "type": "TextRun", "text": text, "isSubtle": true, "size": "small" },
    ] })
}
