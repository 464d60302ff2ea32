//! JSON Feed 1.0 and 1.1. Read by rules of our own: one item of the wrong shape must not cost the
//! others, and publishers give numbers as ids.

use serde_json::{Map, Value};
use url::Url;

use super::document::{Document, Link};
use super::identity::Draft;
use super::markup::{Kind, Markup, language_tag};
use super::{dates, people};
use crate::adapters::{About, Skipped};
use crate::post::{Author, Enclosure};

/// Reads `text`, or says why it is no JSON Feed.
pub(super) fn read(text: &str, url: &Url) -> Result<Document, String> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| format!("broken JSON: {error}"))?;
    let feed = value.as_object().ok_or("JSON that is not an object")?;
    let items = feed.get("items").and_then(Value::as_array);
    let version = string(feed, "version").unwrap_or_default();
    if items.is_none() && !version.contains("jsonfeed.org") {
        return Err("JSON without `items`".to_owned());
    }
    let base = Some(url);
    let link = |name: &str| Link::of(&string(feed, name)?, base).map(|link| link.given);
    let authors = authors(feed, url);
    let about = About {
        title: string(feed, "title").and_then(|title| plain_line(&title)),
        link: link("home_page_url"),
        description: string(feed, "description").and_then(|text| plain_line(&text)),
        language: string(feed, "language").and_then(|tag| language_tag(&tag)),
        author: authors.first().and_then(people::shown),
        id: link("feed_url"),
        updated: None,
    };
    let mut document = Document { about, ..Document::default() };
    for (index, item) in items.into_iter().flatten().enumerate() {
        let place = format!("item {}", index + 1);
        let Some(item) = item.as_object() else {
            let why = "it is not an object".to_owned();
            document.skipped.push(Skipped { place, why });
            continue;
        };
        let mut draft = draft(item, url);
        if draft.is_empty() {
            let why = "it has neither title, text, link nor file".to_owned();
            document.skipped.push(Skipped { place, why });
            continue;
        }
        draft.author = draft.author.or_else(|| authors.first().cloned());
        draft.language = draft.language.or_else(|| document.about.language.clone());
        document.drafts.push(draft);
    }
    // The feed itself says nothing of when it changed; its items do.
    let changed = |draft: &Draft| draft.updated.or(draft.published);
    document.about.updated = document.drafts.iter().filter_map(changed).max();
    Ok(document)
}

fn draft(item: &Map<String, Value>, url: &Url) -> Draft {
    let markup = |name: &str, kind| {
        let value = string(item, name)?;
        Some(Markup::of(kind, &value, Some(url.clone())))
    };
    let html = markup("content_html", Kind::Html);
    let content = html.clone().or_else(|| markup("content_text", Kind::Text));
    let link =
        ["url", "external_url"].iter().find_map(|name| Link::of(&string(item, name)?, Some(url)));
    let native_id = string(item, "id");
    let link = link.or_else(|| Link::of(native_id.as_deref()?, None));
    let date = |name: &str| string(item, name).and_then(|text| dates::read(&text));
    let list = |name: &str| item.get(name).and_then(Value::as_array).into_iter().flatten();
    Draft {
        native_id,
        link: link.map(|link| link.url),
        title: string(item, "title").and_then(|title| plain_line(&title)),
        content: content.as_ref().map(Markup::text).filter(|text| !text.is_empty()),
        html: html.as_ref().and_then(Markup::html),
        summary: markup("summary", Kind::Guess).map(|summary| summary.text()),
        author: authors(item, url).into_iter().next(),
        published: date("date_published"),
        updated: date("date_modified"),
        tags: list("tags").filter_map(Value::as_str).filter_map(plain_line).collect(),
        enclosures: list("attachments").filter_map(|file| attachment(file, url)).collect(),
        language: string(item, "language").and_then(|tag| language_tag(&tag)),
        cut: content.is_some_and(|content| content.cut),
    }
}

fn plain_line(text: &str) -> Option<String> {
    let line = crate::text::html::plain(text);
    (!line.is_empty()).then_some(line)
}

fn attachment(file: &Value, url: &Url) -> Option<Enclosure> {
    let file = file.as_object()?;
    let size = file.get("size_in_bytes");
    Some(Enclosure {
        url: Link::of(&string(file, "url")?, Some(url))?.given,
        media_type: string(file, "mime_type"),
        size_bytes: size.and_then(|size| size.as_u64().or_else(|| size.as_str()?.parse().ok())),
    })
}

/// 1.1's `authors`, else 1.0's `author`.
fn authors(object: &Map<String, Value>, url: &Url) -> Vec<Author> {
    // One author where a list of them should be is met.
    let named = ["authors", "author"].iter().filter_map(|name| object.get(*name));
    named
        .flat_map(|value| value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice))
        .filter_map(|author| match author {
            Value::Object(author) => {
                let page = string(author, "url").and_then(|page| Link::of(&page, Some(url)));
                people::of_parts(string(author, "name"), None, page.map(|page| page.given))
            }
            Value::String(name) => people::person(name),
            _ => None,
        })
        .collect()
}

/// A text, or a number as text; nothing if it is empty.
fn string(object: &Map<String, Value>, name: &str) -> Option<String> {
    let text = match object.get(name)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}
