//! One story, comment, job or poll → what was said. The search and the official API name the same
//! things differently.

use serde_json::Value;
use url::Url;

use super::Fields;
use crate::post::{Author, Enclosure, Relation, Said};
use crate::text::{html, urls};

/// Reads an item whose page is on `site`.
///
/// A post's URL is its page on Hacker News: that is where its author said it and others answered.
/// The page a story links to is its first enclosure, of type `text/html`. A story that is nothing but
/// a link passes that page on: who submits it says nothing of their own.
///
/// # Errors
/// Why it is left out, in words.
pub(super) fn read(item: Fields<'_>, site: &Url) -> Result<Said, &'static str> {
    let key = id(item).ok_or("it has no id")?;
    if item.is("deleted") {
        return Err("it is deleted");
    }
    if item.is("dead") {
        return Err("it is dead: flagged by readers or moderators");
    }
    if is(item, "pollopt") {
        return Err("it is an option of a poll");
    }
    // The search keeps the place of a deleted comment in its thread, without author and text.
    let author = item.text("author").or_else(|| item.text("by")).map(html::fold);
    let author = author.filter(|author| !author.is_empty()).ok_or("it is deleted")?;
    let title = item.text("title").map(html::plain).filter(|title| !title.is_empty());
    let content = ["comment_text", "story_text", "text"].iter().find_map(|key| item.text(key));
    let link = item.text("url").and_then(|link| urls::absolute(link, None));
    let mut text = html::to_text(content.unwrap_or_default());
    // A job is its company's own words, and they stand in the title.
    let submitted = link.as_ref().filter(|_| text.is_empty() && !is(item, "job"));
    let submitted = submitted.map(|link| Relation::Boost(urls::canonical(link)));
    if text.is_empty() {
        // All that was said is the title.
        text = title.clone().ok_or("nothing is said in it")?;
    }
    let markup = markup(content.unwrap_or_default(), title.as_deref(), link.as_ref());
    Ok(Said {
        url: Some(page(site, &key)),
        text,
        html: Some(html::sanitise(&markup, Some(site))).filter(|html| !html.is_empty()),
        author: Some(Author {
            handle: Some(format!("hn:{author}")),
            url: address(site, "user", &author),
            name: Some(author),
        }),
        published: ["created_at_i", "time"]
            .iter()
            .find_map(|key| item.seconds(key))
            .or_else(|| item.moment("created_at")),
        tags: tags(item),
        enclosures: link
            .map(|link| Enclosure {
                url: urls::canonical(&link),
                media_type: Some("text/html".to_owned()),
                size_bytes: None,
            })
            .into_iter()
            .collect(),
        relation: ["parent_id", "parent"]
            .iter()
            .find_map(|key| item.id(key))
            .map(|parent| Relation::Reply(page(site, &parent)))
            .or(submitted)
            .unwrap_or_default(),
        title,
        native_id: Some(key.clone()),
        key,
        ..Said::default()
    })
}

/// What the item is called.
pub(super) fn id(item: Fields<'_>) -> Option<String> {
    item.id("objectID").or_else(|| item.id("id"))
}

/// How many readers voted for it, where that is told.
pub(super) fn points(item: Fields<'_>) -> Option<i64> {
    item.number("points").or_else(|| item.number("score"))
}

fn is(item: Fields<'_>, kind: &str) -> bool {
    item.text("type") == Some(kind) || item.list("_tags").iter().any(|tag| tag == kind)
}

/// What sort of item it is; the search's other tags repeat its author and its story.
fn tags(item: Fields<'_>) -> Vec<String> {
    let sorts = item.list("_tags").iter().filter_map(Value::as_str);
    let mut tags: Vec<String> = item
        .text("type")
        .into_iter()
        .chain(sorts)
        .filter(|tag| !tag.starts_with("author_") && !tag.starts_with("story_"))
        .map(html::fold)
        .filter(|tag| !tag.is_empty())
        .collect();
    tags.dedup();
    tags
}

fn page(site: &Url, id: &str) -> String {
    address(site, "item", id).unwrap_or_default()
}

fn address(site: &Url, path: &str, id: &str) -> Option<String> {
    let mut url = site.join(path).ok()?;
    url.query_pairs_mut().append_pair("id", id);
    Some(url.into())
}

fn markup(content: &str, title: Option<&str>, link: Option<&Url>) -> String {
    let Some(link) = link else { return content.to_owned() };
    let address = html::escape(link.as_str());
    let title = html::escape(title.unwrap_or(link.as_str()));
    format!("<p><a href=\"{address}\">{title}</a></p>{content}")
}
