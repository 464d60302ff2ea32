//! What a page says of itself: JSON-LD first, then OpenGraph and `<meta>`, then what it shows.

use jiff::Timestamp;
use scraper::{Html, Selector};
use serde_json::Value;
use url::Url;

use super::{dates, published, title};
use crate::text::html::{escape, plain};

/// What a page says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Metadata {
    pub(super) title: Option<String>,
    pub(super) author: Option<String>,
    pub(super) published: Option<Timestamp>,
    pub(super) language: Option<String>,
    pub(super) description: Option<String>,
    pub(super) site: Option<String>,
    /// The article itself as HTML, where the page repeats it for machines. Nobody has looked at it.
    pub(super) body: Option<String>,
}

/// JSON-LD nests articles in graphs in pages; deeper than this it is not looked at.
const DEEPEST_LD: usize = 8;

/// An author's name longer than this (characters) is a sentence.
const LONGEST_NAME: usize = 80;

/// Reads what `page`, found at `url`, says of itself.
pub(super) fn metadata(page: &Html, url: &Url) -> Metadata {
    let stated = linked_data(page);
    let site = meta(page, &["og:site_name", "application-name"]).map(|site| plain(&site));
    Metadata {
        title: stated.title.or_else(|| title::title(page, site.as_deref())),
        author: stated.author.or_else(|| author(page, site.as_deref())),
        published: stated.published.or_else(|| published::published(page, url)),
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
    for script in select(page, r#"script[type="application/ld+json"]"#) {
        let text: String = script.text().collect();
        // Line breaks within strings are the commonest fault of hand-made JSON-LD.
        let value = serde_json::from_str(&text)
            .or_else(|_| serde_json::from_str(&text.replace(char::is_control, " ")));
        if let Ok(value) = value {
            collect(&value, 0, &mut articles, &mut pages);
        }
    }
    let mut found = articles.first().map(of_article).unwrap_or_default();
    // A WebPage's name carries the site's, its author is the webmaster: only the date is of use.
    found.published = found.published.or_else(|| pages.iter().find_map(ld_published));
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

fn of_article(article: &Value) -> Metadata {
    let text = |key: &str| {
        article.get(key).and_then(Value::as_str).map(plain).filter(|text| !text.is_empty())
    };
    Metadata {
        title: text("headline").or_else(|| text("name")),
        author: article.get("author").or_else(|| article.get("creator")).and_then(ld_name),
        published: ld_published(article),
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

fn ld_published(value: &Value) -> Option<Timestamp> {
    ["datePublished", "dateCreated", "uploadDate"]
        .iter()
        .find_map(|key| dates::moment(value.get(key)?.as_str()?, None))
}

/// The names of a person, or of several, as one reads them.
fn ld_name(value: &Value) -> Option<String> {
    match value {
        Value::String(name) => name_of_person(name),
        Value::Object(person) => ld_name(person.get("name")?),
        Value::Array(people) => {
            let mut names: Vec<String> = people.iter().take(4).filter_map(ld_flat_name).collect();
            names.dedup();
            if names.is_empty() { None } else { Some(names.join(", ")) }
        }
        _ => None,
    }
}

fn ld_flat_name(person: &Value) -> Option<String> {
    person.as_str().or_else(|| person.get("name")?.as_str()).and_then(name_of_person)
}

fn author(page: &Html, site: Option<&str>) -> Option<String> {
    const STATED: &[&str] = &[
        "author",
        "article:author",
        "dc.creator",
        "dc.author",
        "parsely-author",
        "sailthru.author",
        "byl",
    ];
    /// From what means an author to what is merely called one.
    const SHOWN: &[&str] = &[
        "[itemprop=author] [itemprop=name]",
        "[itemprop=author]",
        "a[rel~=author]",
        ".p-author",
        ".author.vcard .fn",
        ".byline .author",
        ".post-author",
        ".entry-author",
        ".author-name",
        ".authorname",
        ".article-author",
        ".byline a",
        ".byline",
        ".author a",
        ".author",
    ];
    let is_person = |name: &String| site.is_none_or(|site| !name.eq_ignore_ascii_case(site));
    let stated = STATED.iter().find_map(|name| {
        meta(page, &[name]).and_then(|author| name_of_person(&author)).filter(is_person)
    });
    stated.or_else(|| {
        SHOWN.iter().find_map(|css| {
            let element = select(page, css).next()?;
            let shown = element
                .value()
                .attr("content")
                .map_or_else(|| element.text().collect(), str::to_owned);
            name_of_person(&shown).filter(is_person)
        })
    })
}

/// A name without "by" before and what stands behind it; nothing where it is a link or a sentence.
fn name_of_person(text: &str) -> Option<String> {
    let text = plain(text);
    let mut name = text.as_str();
    for before in [
        "written by ",
        "posted by ",
        "by ",
        "von ",
        "par ",
        "por ",
        "di ",
        "door ",
        "author: ",
        "autor: ",
    ] {
        if let (Some(start), Some(rest)) = (name.get(..before.len()), name.get(before.len()..))
            && start.eq_ignore_ascii_case(before)
        {
            name = rest;
            break;
        }
    }
    let name =
        name.split(" | ").next().unwrap_or_default().trim_matches(|c: char| ",;|·-–: ".contains(c));
    let is_link = name.contains("://") || name.contains('@') || name.starts_with("www.");
    let fits = name.chars().any(char::is_alphabetic) && name.chars().count() <= LONGEST_NAME;
    (fits && !is_link).then(|| name.to_owned())
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
