//! The digest as a message of a chat: Slack's blocks, and an Adaptive Card for Teams.
//!
//! What others said is shown as they said it, and means nothing to the chat: no mention, no link but ours to
//! the post, no markup. Each message keeps to the limits its chat publishes, by leaving out the end.

use serde_json::{Value, json};

use super::Links;
use super::page::{Card, Item, Page, Passage};
use crate::digest::Proven;
use crate::text::count::count;

/// Blocks of a message of Slack's; more and all of it is refused.
const SLACK_BLOCKS: usize = 50;

/// Characters of a text of Slack's, as they are sent.
const SLACK_TEXT: usize = 3_000;

/// Characters of a heading of Slack's.
const SLACK_HEADING: usize = 150;

/// Bytes of a message for Teams; some are left for what carries it.
const TEAMS_BYTES: usize = 28 * 1_000;

/// The digest as a message for an incoming webhook of Slack's.
#[must_use]
pub fn slack(digest: &Proven, links: &Links) -> Value {
    let page = Page::of(digest.digest(), links);
    let mut blocks = vec![
        json!({ "type": "header", "text": {
            "type": "plain_text", "emoji": false,
            "text": cut(&format!("Overheard · {}", page.date), SLACK_HEADING),
        } }),
        section(&escape(&format!("For {}: {}", page.name, page.summary))),
    ];
    blocks.extend(page.alarm.iter().map(|alarm| section(&format!("*{}*", escape(alarm)))));
    if !page.accounts.is_empty() {
        blocks.push(section("*Your accounts*"));
        blocks.extend(page.accounts.iter().map(|item| section(&slack_item(item))));
    }
    blocks.extend(page.empty.iter().map(|empty| section(&escape(empty))));
    for part in &page.sections {
        blocks.push(json!({ "type": "divider" }));
        blocks.push(section(&format!("*{}*", escape(part.heading))));
        blocks.extend(part.points.iter().map(|card| section(&slack_card(card))));
    }
    if !page.rising.is_empty() {
        let rising =
            page.rising.iter().map(|r| format!("{}, {}", escape(&r.topic), escape(&r.trend)));
        blocks.push(section(&format!("*Rising*\n{}", rising.collect::<Vec<_>>().join("\n"))));
    }
    let foot = [escape(&page.listening.join(" ")), escape(&page.made)].join(" ");
    let foot = json!({ "type": "context", "elements": [mrkdwn(&foot)] });
    if blocks.len() >= SLACK_BLOCKS {
        let hidden = blocks.len() - (SLACK_BLOCKS - 2);
        blocks.truncate(SLACK_BLOCKS - 2);
        let more = count(hidden, "more part", "more parts");
        blocks.push(section(&format!("{more} in the digest itself.")));
    }
    blocks.push(foot);
    // What a phone's notification shows.
    let text = escape(&format!("Overheard · {}: {}", page.date, page.summary));
    json!({ "text": cut(&text, SLACK_TEXT), "blocks": blocks })
}

fn slack_item(item: &Item) -> String {
    let mut head = vec![format!("*{}*", escape(&item.account))];
    head.extend(item.signals.iter().map(|signal| escape(signal)));
    let mut lines = vec![head.join(" · ")];
    lines.extend(item.moved.iter().map(|moved| format!("Since you last heard: {}", escape(moved))));
    lines.push(slack_passage(&item.passage));
    lines.push(escape(&item.behind));
    lines.extend(against(item.dissent.as_ref(), &item.dissenting));
    lines.join("\n")
}

fn slack_card(card: &Card) -> String {
    let mut lines = vec![format!("*{}* · {}", escape(&card.topic), card.label)];
    lines.push(slack_passage(&card.claim));
    if let Some((voices, trend)) = &card.evidence {
        lines.push(format!("{} · {}", escape(voices), escape(trend)));
    }
    lines.extend(card.moved.iter().map(|moved| format!("Since you last heard: {}", escape(moved))));
    lines.extend(against(card.dissent.as_ref(), &card.dissenting));
    lines.extend(card.ask.iter().map(|ask| format!("*Ask:* {}", escape(ask))));
    lines.extend(card.offer.iter().map(|(title, link)| match link {
        Some(link) => format!("*Offer:* <{}|{}>", escape(&link.url), unlinked(title)),
        None => format!("*Offer:* {}", escape(title)),
    }));
    lines.join("\n")
}

fn against(dissent: Option<&Passage>, who: &str) -> Vec<String> {
    let said = dissent.map(|dissent| {
        format!("*Not everyone agrees* ({}): {}", escape(who), slack_passage(dissent))
    });
    said.into_iter().collect()
}

fn slack_passage(passage: &Passage) -> String {
    let who = match &passage.link {
        Some(link) => format!("<{}|{}>", escape(&link.url), unlinked(&passage.who)),
        None => escape(&passage.who),
    };
    format!("{} — {who}", escape(&passage.shown()))
}

fn section(text: &str) -> Value {
    json!({ "type": "section", "text": mrkdwn(text) })
}

/// Addresses and names in it are left as they are: only what we link is a link.
fn mrkdwn(text: &str) -> Value {
    json!({ "type": "mrkdwn", "verbatim": true, "text": cut(text, SLACK_TEXT) })
}

/// As Slack asks for it: the three characters by which it tells its own from others' words. What would
/// make others' words bold or struck out is kept apart from them by nothing that can be seen.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '*' | '_' | '~' | '`' => escaped.extend(['\u{200b}', c, '\u{200b}']),
            c => escaped.push(c),
        }
    }
    escaped
}

/// The words of a link: a bar would end its address.
fn unlinked(text: &str) -> String {
    escape(&text.replace('|', "¦"))
}

/// So many characters at most, and no half of an escape or a link at the end.
fn cut(text: &str, characters: usize) -> String {
    if text.chars().count() <= characters {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(characters - 1).collect();
    for (opens, closes) in [('&', ';'), ('<', '>')] {
        if let Some(open) = short.rfind(opens)
            && !short[open..].contains(closes)
        {
            short.truncate(open);
        }
    }
    short + "…"
}

/// The digest as an Adaptive Card in the message that a webhook of Teams' Workflows takes.
#[must_use]
pub fn teams(digest: &Proven, links: &Links) -> Value {
    let mut page = Page::of(digest.digest(), links);
    loop {
        let message = teams_message(&teams_body(&page));
        if message.to_string().len() <= TEAMS_BYTES || !shorten(&mut page) {
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
    if !page.accounts.is_empty() {
        body.push(heading("Your accounts"));
        body.extend(page.accounts.iter().flat_map(teams_item));
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
    body.push(subtle(&format!("{} {}", page.listening.join(" "), page.made)));
    body
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
    parts.extend(card.ask.iter().map(|ask| rich(&[bold("Ask: "), run(ask)])));
    parts.extend(card.offer.iter().map(|(title, link)| {
        let title = match link {
            Some(link) => linked(title, &link.url),
            None => run(title),
        };
        rich(&[bold("Offer: "), title])
    }));
    parts
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

/// Leaves out what is missed least, from the end.
fn shorten(page: &mut Page) -> bool {
    let last = page.sections.iter_mut().rev().find(|section| !section.points.is_empty());
    match last {
        Some(section) => section.points.pop().is_some(),
        None => page.accounts.pop().is_some() || page.rising.pop().is_some(),
    }
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_others_said_mentions_nobody_and_links_nowhere() {
        assert_eq!(
            escape("<!channel> & <https://evil.example|bank>"),
            "&lt;!channel&gt; &amp; &lt;https://evil.example|bank&gt;"
        );
        assert_eq!(escape("*a*"), "\u{200b}*\u{200b}a\u{200b}*\u{200b}");
        assert_eq!(unlinked("a|b>"), "a¦b&gt;");
    }

    proptest! {
        #[test]
        fn a_cut_text_ends_in_no_half_of_an_escape(text in "[a&<>|é😀*]{0,80}", characters in 2_usize..60) {
            let escaped = escape(&text);
            let short = cut(&escaped, characters);
            prop_assert!(short.chars().count() <= characters);
            let whole = short.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "");
            prop_assert!(!whole.contains(['&', '<', '>']), "{}", short);
        }
    }
}
