//! gofeed's pairs of a feed and what its parser is expected to give, as JSON.

use serde_json::Value;
use url::Url;

use super::matching;
use crate::adapters::feed::dates;
use crate::adapters::report::{PostReport, Report};

/// How many expectations of `expected` speak of fields that we keep, and those that are not met.
pub(super) fn compare(expected: &Value, report: &Report, base: &Url) -> (usize, Vec<String>) {
    let mut tally = Tally { expected: 0, missed: Vec::new() };
    let feed = &report.feed;
    tally.line("title", expected.get("title"), feed.title.as_deref());
    let description = expected.get("description").or_else(|| expected.get("subtitle"));
    tally.line("description", description, feed.description.as_deref());
    tally.address("link", expected.get("link"), feed.link.as_deref());
    tally.line("language", expected.get("language"), feed.language.as_deref());
    tally.line("author", author(expected), feed.author.as_deref());
    tally.moment("updated", expected.get("updatedParsed"), feed.updated);
    let items = expected.get("items").or_else(|| expected.get("entries")).and_then(Value::as_array);
    for (index, item) in items.into_iter().flatten().enumerate() {
        let empty = item.as_object().is_none_or(serde_json::Map::is_empty);
        // An entry with nothing in it is no post of ours.
        if !empty {
            tally.post(index, item, report.posts.get(index), base);
        }
    }
    (tally.expected, tally.missed)
}

struct Tally {
    expected: usize,
    missed: Vec<String>,
}

impl Tally {
    fn post(&mut self, index: usize, item: &Value, post: Option<&PostReport>, base: &Url) {
        let name = |field: &str| format!("items[{index}].{field}");
        let html = post.and_then(|post| post.html.as_deref());
        self.line(&name("title"), item.get("title"), post.and_then(|post| post.title.as_deref()));
        let description = item.get("description").or_else(|| item.get("summary"));
        let own = post.filter(|post| post.summary.as_deref() == Some(&post.text));
        let summary = post.and_then(|post| post.summary.as_deref());
        self.words(&name("description"), description, summary, own.and(html), base);
        let content = item.get("content").map(|content| content.get("value").unwrap_or(content));
        let text = post.map(|post| post.text.as_str());
        self.words(&name("content"), content, text, html, base);
        self.address(&name("link"), item.get("link"), post.and_then(|post| post.url.as_deref()));
        let id = item.get("guid").or_else(|| item.get("id"));
        let id = id.map(|id| id.get("value").unwrap_or(id));
        self.address(&name("id"), id, post.map(|post| post.id.as_str()));
        self.line(&name("author"), author(item), post.and_then(|post| post.author.as_deref()));
        let published = item.get("publishedParsed").or_else(|| item.get("pubDateParsed"));
        self.moment(&name("published"), published, post.and_then(|post| post.published));
        self.moment(
            &name("updated"),
            item.get("updatedParsed"),
            post.and_then(|post| post.updated),
        );
        let tags = item.get("categories").and_then(Value::as_array);
        for (at, tag) in tags.into_iter().flatten().enumerate() {
            let tag = tag.get("value").or_else(|| tag.get("term")).unwrap_or(tag);
            let found = post.and_then(|post| post.tags.get(at)).map(String::as_str);
            self.line(&name(&format!("tags[{at}]")), Some(tag), found);
        }
        let files = item.get("enclosures").and_then(Value::as_array);
        for (at, file) in files.into_iter().flatten().enumerate() {
            let found = post.and_then(|post| post.enclosures.get(at));
            let url = found.map(|file| file.url.as_str());
            self.address(&name("enclosure.url"), file.get("url"), url);
            let kind = found.and_then(|file| file.media_type.as_deref());
            self.line(&name("enclosure.type"), file.get("type"), kind);
            let length = found.and_then(|file| file.length).map(|length| length.to_string());
            self.line(&name("enclosure.length"), file.get("length"), length.as_deref());
        }
    }

    fn line(&mut self, name: &str, expected: Option<&Value>, found: Option<&str>) {
        if let Some(expected) = expected.and_then(Value::as_str) {
            self.note(name, matching::line(found, expected), expected, found);
        }
    }

    fn words(
        &mut self,
        name: &str,
        expected: Option<&Value>,
        text: Option<&str>,
        html: Option<&str>,
        base: &Url,
    ) {
        if let Some(expected) = expected.and_then(Value::as_str) {
            let met = matching::words(text, html, expected, base);
            self.note(name, met, expected, html.or(text));
        }
    }

    fn address(&mut self, name: &str, expected: Option<&Value>, found: Option<&str>) {
        if let Some(expected) = expected.and_then(Value::as_str) {
            self.note(name, matching::address(found, expected), expected, found);
        }
    }

    fn moment(&mut self, name: &str, expected: Option<&Value>, found: Option<jiff::Timestamp>) {
        if let Some(expected) = expected.and_then(Value::as_str) {
            let shown = found.map(|found| found.to_string());
            let met = found.is_some() && found == dates::read(expected);
            self.note(name, met, expected, shown.as_deref());
        }
    }

    fn note(&mut self, name: &str, met: bool, expected: &str, found: Option<&str>) {
        self.expected += 1;
        if !met {
            self.missed.push(format!("{name}: expected {expected:?}, found {found:?}"));
        }
    }
}

/// The author's name; an address alone is not promised.
fn author(of: &Value) -> Option<&Value> {
    match of.get("author").or_else(|| of.get("authors")?.get(0)) {
        Some(Value::Object(author)) => author.get("name"),
        other => other,
    }
}
