//! What a page says of itself: JSON-LD first, then OpenGraph and `<meta>`, then what it shows.

use jiff::Zoned;
use scraper::{Html, Selector};
use serde_json::Value;
use url::Url;

use super::author::People;
use super::{author, dates, published, title};
use crate::text::html::{escape, plain};

/// What a page says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Metadata {
    pub(super) title: Option<String>,
    pub(super) author: Option<String>,
    pub(super) published: Option<Zoned>,
    pub(super) updated: Option<Zoned>,
    pub(super) language: Option<String>,
    pub(super) description: Option<String>,
    pub(super) site: Option<String>,
    /// The article itself as HTML, where the page repeats it for machines. Nobody has looked at it.
    pub(super) body: Option<String>,
}

/// JSON-LD nests articles in graphs in pages; deeper than this it is not looked at.
pub(super) const DEEPEST_LD: usize = 8;

/// Reads what `page`, found at `url`, says of itself.
pub(super) fn metadata(page: &Html, url: &Url) -> Metadata {
    let stated = linked_data(page);
    let site = meta(page, &["og:site_name", "application-name"]).map(|site| plain(&site));
    let title = stated.title.or_else(|| title::title(page, site.as_deref()));
    Metadata {
        author: author::author(page, url, site.as_deref(), stated.author),
        published: published::published(page, url, title.as_deref(), stated.published),
        updated: published::updated(page, stated.updated),
        title,
        language: stated.language.or_else(|| language(page)),
        description: meta(page, &["og:description", "description", "twitter:description"])
            .or(stated.description)
            .map(|text| plain(&text))
            .filter(|text| !text.is_empty()),
        site,
        body: stated.body,
    }
}

fn linked_data(page: &Html) -> Metadata {
    let mut articles = Vec::new();
    let mut pages = Vec::new();
    let mut people = People::new();
    for script in select(page, r#"script[type="application/ld+json"]"#) {
        let text: String = script.text().collect();
        // Line breaks within strings are the commonest fault of hand-made JSON-LD.
        let value = serde_json::from_str(&text)
            .or_else(|_| serde_json::from_str(&text.replace(char::is_control, " ")));
        if let Ok(value) = value {
            collect(&value, 0, &mut articles, &mut pages);
            author::people(&value, 0, &mut people);
        }
    }
    let mut found =
        articles.first().map(|article| of_article(article, &people)).unwrap_or_default();
    // A WebPage's name carries the site's, its author is the webmaster: only the date is of use.
    found.published = found.published.or_else(|| pages.iter().find_map(ld_published));
    found.updated = found.updated.or_else(|| pages.iter().find_map(ld_updated));
    found
}

fn collect(value: &Value, depth: usize, articles: &mut Vec<Value>, pages: &mut Vec<Value>) {
    if depth > DEEPEST_LD {
        return;
    }
    match value {
        Value::Array(items) => {
            for item in items {
                collect(item, depth + 1, articles, pages);
            }
        }
        Value::Object(object) => {
            let kinds: Vec<&str> = match object.get("@type") {
                Some(Value::String(kind)) => vec![kind],
                Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
                _ => Vec::new(),
            };
            let says =
                |ends: &[&str]| kinds.iter().any(|k| ends.iter().any(|end| k.ends_with(end)));
            if says(&["Article", "Posting", "Report", "Review", "Recipe"]) {
                articles.push(value.clone());
            } else if says(&["WebPage", "VideoObject"]) {
                pages.push(value.clone());
            }
            for key in ["@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item"] {
                if let Some(inner) = object.get(key) {
                    collect(inner, depth + 1, articles, pages);
                }
            }
        }
        _ => {}
    }
}

fn of_article(article: &Value, people: &People) -> Metadata {
    let text = |key: &str| {
        article.get(key).and_then(Value::as_str).map(plain).filter(|text| !text.is_empty())
    };
    Metadata {
        title: text("headline").or_else(|| text("name")),
        author: ["author", "creator"]
            .iter()
            .find_map(|key| author::named(article.get(key)?, people)),
        published: ld_published(article),
        updated: ld_updated(article),
        language: text("inLanguage").and_then(|tag| language_tag(&tag)),
        description: text("description"),
        site: None,
        body: article.get("articleBody").and_then(Value::as_str).map(as_html),
    }
}

/// A text as HTML: as it is where it has tags, else its lines as paragraphs.
fn as_html(text: &str) -> String {
    if text.contains("</") {
        return text.to_owned();
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let paragraphs: Vec<String> = lines.map(|line| format!("<p>{}</p>", escape(line))).collect();
    paragraphs.concat()
}

fn ld_published(value: &Value) -> Option<Zoned> {
    let keys = ["datePublished", "dateCreated", "uploadDate"];
    keys.iter().find_map(|key| dates::stated(value.get(key)?.as_str()?))
}

fn ld_updated(value: &Value) -> Option<Zoned> {
    dates::stated(value.get("dateModified")?.as_str()?)
}

fn language(page: &Html) -> Option<String> {
    let html = select(page, "html").next().and_then(|html| html.value().attr("lang"));
    let stated = || meta(page, &["content-language", "og:locale", "dc.language", "language"]);
    html.and_then(language_tag).or_else(|| stated().and_then(|tag| language_tag(&tag)))
}

/// `en_US` and `en-us` as the BCP 47 tag `en-US`; nothing where it is no tag.
pub(super) fn language_tag(text: &str) -> Option<String> {
    let mut parts = text.trim().split(['-', '_']);
    let primary = parts.next()?.to_ascii_lowercase();
    if !(2..=3).contains(&primary.len()) || !primary.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    match parts.next() {
        Some(region) if region.len() == 2 && region.bytes().all(|b| b.is_ascii_alphabetic()) => {
            Some(format!("{primary}-{}", region.to_ascii_uppercase()))
        }
        _ => Some(primary),
    }
}

/// The content of the first `<meta>` with one of these names that has any, in their order.
pub(super) fn meta(page: &Html, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| {
        select(page, "meta[content]").find_map(|meta| {
            let element = meta.value();
            let is_named = ["property", "name", "itemprop", "http-equiv"]
                .iter()
                .any(|key| element.attr(key).is_some_and(|value| value.eq_ignore_ascii_case(name)));
            let content = element.attr("content").unwrap_or_default().trim();
            (is_named && !content.is_empty()).then(|| content.to_owned())
        })
    })
}

/// The elements of `page` that fit a selector written here.
pub(super) fn select<'a>(
    page: &'a Html,
    css: &str,
) -> impl Iterator<Item = scraper::ElementRef<'a>> {
    let found: Vec<_> = match Selector::parse(css) {
        Ok(selector) => page.select(&selector).take(500).collect(),
        Err(_) => Vec::new(),
    };
    found.into_iter()
}
