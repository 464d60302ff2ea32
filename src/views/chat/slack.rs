//! Slack's blocks.

use serde_json::{Value, json};

use crate::digest::Proven;
use crate::text::count::count;
use crate::views::Links;
use crate::views::page::{Card, Item, Line, Meeting, Ours, Page, Passage};

/// Blocks of a message of Slack's; more and all of it is refused.
const SLACK_BLOCKS: usize = 50;

/// Characters of a text of Slack's, as they are sent.
const SLACK_TEXT: usize = 3_000;

/// Characters of a heading of Slack's.
const SLACK_HEADING: usize = 150;

/// The digest as a message for an incoming webhook of Slack's.
#[must_use]
pub fn slack(digest: &Proven) -> Value {
    let page = Page::of(digest.digest(), &Links::none());
    let mut blocks = vec![
        json!({ "type": "header", "text": {
            "type": "plain_text", "emoji": false,
            "text": cut(&format!("Overheard · {}", page.date), SLACK_HEADING),
        } }),
        section(&escape(&format!("For {}: {}", page.name, page.summary))),
    ];
    blocks.extend(page.alarm.iter().map(|alarm| section(&format!("*{}*", escape(alarm)))));
    if !page.today.is_empty() {
        blocks.push(section("*Today*"));
        blocks.extend(page.today.iter().flat_map(slack_meeting));
    }
    if !page.accounts.is_empty() {
        blocks.push(section("*Your accounts*"));
        blocks.extend(page.accounts.iter().map(|item| section(&slack_item(item))));
    }
    blocks.extend(page.more_accounts.iter().map(|more| section(&escape(more))));
    if !page.competitors.is_empty() {
        blocks.push(section("*Your accounts' competitors*"));
        blocks.extend(page.competitors.iter().map(|line| section(&slack_line(line))));
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

fn slack_meeting(met: &Meeting) -> Vec<Value> {
    let with = met.with.iter().map(|with| format!(", {}", escape(with)));
    let mut lines = vec![format!("*{}*{}", escape(&met.heading), with.collect::<String>())];
    lines.extend(met.silence.as_deref().map(escape));
    lines.extend(met.before.iter().map(slack_passage));
    let mut blocks = vec![section(&lines.join("\n"))];
    blocks.extend(met.news.iter().map(|item| section(&slack_item(item))));
    blocks
}

fn slack_line(line: &Line) -> String {
    let said = slack_passage(&line.passage);
    format!("*{}* {said}\n{}", escape(&line.name), escape(&line.behind))
}

fn slack_item(item: &Item) -> String {
    let mut head = vec![format!("*{}*", escape(&item.account))];
    head.extend(item.signals.iter().map(|signal| escape(signal)));
    let mut lines = vec![head.join(" · ")];
    lines.extend(item.moved.iter().map(|moved| format!("Since you last heard: {}", escape(moved))));
    lines.push(slack_passage(&item.passage));
    lines.push(escape(&item.behind));
    lines.extend(against(item.dissent.as_ref(), &item.dissenting));
    lines.extend(slack_ours(&item.ours));
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
    lines.extend(slack_ours(&card.ours));
    lines.join("\n")
}

fn slack_ours(ours: &Ours) -> impl Iterator<Item = String> {
    let ask = ours.ask.iter().map(|ask| format!("*Ask:* {}", escape(ask)));
    ask.chain(ours.offer.iter().map(|(title, link)| match link {
        Some(link) => format!("*Offer:* <{}|{}>", escape(&link.url), unlinked(title)),
        None => format!("*Offer:* {}", escape(title)),
    }))
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
