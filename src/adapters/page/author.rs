//! Who wrote a page: what it states, else what it shows.

use std::collections::HashMap;

use scraper::{ElementRef, Html};
use serde_json::Value;
use url::Url;

use super::metadata::{DEEPEST_LD, meta, select};
use crate::text::html::plain;

/// Words of a class that speak of other authors than this page's.
const OF_OTHERS: &[&str] = &["authors", "related", "newsletter", "sidebar", "widget"];

/// A name longer than this (characters) is a sentence.
const LONGEST_NAME: usize = 80;

/// A name shown where nothing but a class speaks of an author has no more words than this.
const MOST_WORDS: usize = 5;

/// People remembered by the ids that linked data refer to them by.
const MOST_PEOPLE: usize = 100;

/// Elements looked at for each way of showing an author.
const LOOKED_AT: usize = 3;

/// The people of a page's linked data, by their ids.
pub(super) type People = HashMap<String, String>;

/// Who wrote `page`, found at `url` on the site called `site`; `linked` is what its linked data say.
pub(super) fn author(
    page: &Html,
    url: &Url,
    site: Option<&str>,
    linked: Option<String>,
) -> Option<String> {
    let is_person = |name: &String| !is_the_site(name, url, site);
    let person = linked.clone().filter(is_person);
    person
        .or_else(|| stated(page, is_person))
        .or_else(|| shown(page, SHOWN, is_person))
        // The site itself, where nobody else is named: it may be one person's.
        .or(linked)
        .or_else(|| stated(page, |_| true))
        .or_else(|| shown(page, CALLED, |name| is_person(name) && looks_like_a_name(name)))
}

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

/// What only sounds like an author, in the languages of our sources.
const CALLED: &[&str] = &[
    "address a",
    "[class*=byline i] a",
    "[class*=author i] a",
    "[class*=author i]",
    "[class*=byline i]",
    "[class*=auteur i]",
    "[class*=autor i]",
    "[class*=redakteur i]",
    "[class*=redattore i]",
    "a[href*=\"/author/\"]",
    "a[href*=\"/autor/\"]",
];

fn stated(page: &Html, is_person: impl Fn(&String) -> bool) -> Option<String> {
    const STATED: &[&str] = &[
        "author",
        "article:author",
        "dc.creator",
        "dc.author",
        "parsely-author",
        "sailthru.author",
        "byl",
        "citation_author",
    ];
    let read = |name: &str| name_of_person(&meta(page, &[name])?).filter(|name| is_person(name));
    STATED.iter().find_map(|name| read(name)).or_else(|| {
        // What a card under a shared link says, as some sites label it.
        let label = meta(page, &["twitter:label1"])?.to_lowercase();
        let is_author = ["written by", "verfasst von", "écrit par", "escrito por", "scritto da"];
        is_author.contains(&label.as_str()).then(|| read("twitter:data1")).flatten()
    })
}

fn shown(page: &Html, selectors: &[&str], fits: impl Fn(&String) -> bool) -> Option<String> {
    selectors.iter().find_map(|css| {
        let found = select(page, css).filter(|found| !is_comment(*found) && !is_of_others(*found));
        let found = found.take(LOOKED_AT);
        found.into_iter().find_map(|element| {
            let stated = element.value().attr("content");
            let said = stated.map_or_else(|| element.text().collect(), str::to_owned);
            name_of_person(&said).filter(|name| fits(name))
        })
    })
}

/// Whether an element belongs to what readers said below.
fn is_comment(element: ElementRef<'_>) -> bool {
    std::iter::once(element).chain(element.ancestors().filter_map(ElementRef::wrap)).any(|outer| {
        let outer = outer.value();
        let named = outer.id().into_iter().chain(outer.classes());
        outer.name() != "body"
            && named.into_iter().any(|name| name.to_ascii_lowercase().starts_with("comment"))
    })
}

/// Whether an element's class says that it is about those who wrote something else.
fn is_of_others(element: ElementRef<'_>) -> bool {
    element.value().classes().any(|class| {
        let class = class.to_ascii_lowercase();
        class.split(|c: char| !c.is_alphanumeric()).any(|word| OF_OTHERS.contains(&word))
    })
}

/// Whether a name is the site's: an author who is none.
fn is_the_site(name: &str, url: &Url, site: Option<&str>) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches("www.");
    site.is_some_and(|site| name.eq_ignore_ascii_case(site)) || name.eq_ignore_ascii_case(host)
}

/// Whether a text has the form of a person's name: few words, and the first of them begins large.
fn looks_like_a_name(text: &str) -> bool {
    let words = text.split_whitespace().count();
    (2..=MOST_WORDS).contains(&words)
        && text.chars().next().is_some_and(char::is_uppercase)
        && !text.contains(|c: char| c.is_ascii_digit())
        && !text.contains(['?', '!', ':', '/', '@'])
}

/// Remembers the people of linked data by their ids.
pub(super) fn people(value: &Value, depth: usize, found: &mut People) {
    if depth > DEEPEST_LD || found.len() >= MOST_PEOPLE {
        return;
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| people(item, depth + 1, found)),
        Value::Object(object) => {
            let text = |key: &str| object.get(key).and_then(Value::as_str);
            if let (Some(id), Some(name)) = (text("@id"), text("name").and_then(name_of_person)) {
                found.insert(id.to_owned(), name);
            }
            if let Some(graph) = object.get("@graph") {
                people(graph, depth + 1, found);
            }
        }
        _ => {}
    }
}

/// The names of a person of linked data, or of several, as one reads them.
pub(super) fn named(value: &Value, people: &People) -> Option<String> {
    let Value::Array(several) = value else { return one(value, people) };
    let mut names: Vec<String> =
        several.iter().take(4).filter_map(|person| one(person, people)).collect();
    names.dedup();
    if names.is_empty() { None } else { Some(names.join(", ")) }
}

fn one(person: &Value, people: &People) -> Option<String> {
    if let Some(name) = person.as_str() {
        return name_of_person(name);
    }
    match person.get("name") {
        Some(Value::String(name)) => name_of_person(name),
        Some(Value::Array(names)) => name_of_person(names.first()?.as_str()?),
        _ => people.get(person.get("@id")?.as_str()?).cloned(),
    }
}

/// A name without "by" before and what stands behind it; nothing where it is a link or a sentence.
fn name_of_person(text: &str) -> Option<String> {
    const BEFORE: &[&str] = &[
        "written by ",
        "posted by ",
        "by ",
        "von ",
        "vom ",
        "par ",
        "por ",
        "di ",
        "door ",
        "author: ",
        "autor: ",
        "autorin: ",
    ];
    let text = plain(text);
    let mut name = text.as_str();
    for before in BEFORE {
        if let (Some(start), Some(rest)) = (name.get(..before.len()), name.get(before.len()..))
            && start.eq_ignore_ascii_case(before)
        {
            name = rest;
            break;
        }
    }
    let name = without_date(name.split(" | ").next().unwrap_or_default());
    let name = name.trim_matches(|c: char| ",;|·•-–: ".contains(c));
    let is_link = name.contains("://") || name.contains('@') || name.starts_with("www.");
    let fits = name.chars().any(char::is_alphabetic) && name.chars().count() <= LONGEST_NAME;
    (fits && !is_link).then(|| name.to_owned())
}

/// A name without the day it was written on behind it.
fn without_date(name: &str) -> &str {
    let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    let before = name.split(' ').position(is_number).filter(|at| *at > 0);
    let Some(before) = before else { return name };
    let length: usize = name.split(' ').take(before).map(|word| word.len() + 1).sum();
    let name = name[..length - 1].trim_end_matches([',', ' ', '-', '–', '|', '·', '•']);
    ["am", "on", "le", "el", "em", "il", "vom"]
        .iter()
        .find_map(|word| name.strip_suffix(word)?.strip_suffix(' '))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(html: &str, expect: Option<&str>) {
        let url = Url::parse("https://www.blog.example/1").unwrap();
        let found = author(&Html::parse_document(html), &url, Some("The Rack"), None);
        assert_eq!(found.as_deref(), expect, "{html}");
    }

    #[test]
    fn a_byline_is_a_name_without_what_stands_around_it() {
        check("<p class=byline>By Ada Lovelace on 3 May 2026</p>", Some("Ada Lovelace"));
        check("<p class=date-author>Ada Lovelace, 03.05.2026</p>", Some("Ada Lovelace"));
        check(
            "<p class=byline__author>VON <a href=/a>ADA LOVELACE</a> am 3. Mai</p>",
            Some("ADA LOVELACE"),
        );
        check("<p class=author>Ada99</p>", Some("Ada99"));
    }

    #[test]
    fn the_site_gives_way_to_a_person_and_those_who_comment_are_no_author() {
        check(
            "<meta name=author content='The Rack'><span class=author>Ada Lovelace</span>",
            Some("Ada Lovelace"),
        );
        check("<meta name=author content=blog.example>", Some("blog.example"));
        check("<div id=comments><p class=comment-author>Bob Kahn</p></div>", None);
        check(
            "<div class=about-the-author>About the author and her many books on racks</div>",
            None,
        );
    }

    #[test]
    fn a_box_about_others_and_a_span_of_time_are_no_author() {
        check("<div class=related-authors>Our Top Authors</div>", None);
        check("<p class=reading-author>Von 10 Minuten Ada</p>", None);
    }

    #[test]
    fn linked_data_may_name_its_author_by_an_id() {
        let data: Value = serde_json::from_str(
            r##"{"@graph": [{"@type": "Person", "@id": "#ada", "name": "Ada Lovelace"}]}"##,
        )
        .unwrap();
        let mut known = People::new();
        people(&data, 0, &mut known);
        let by: Value =
            serde_json::from_str(r##"[{"@id": "#ada"}, {"name": "Bob Kahn"}]"##).unwrap();
        assert_eq!(named(&by, &known).as_deref(), Some("Ada Lovelace, Bob Kahn"));
    }

    #[test]
    fn a_label_of_a_card_may_say_who_wrote_it() {
        check(
            "<meta name=twitter:label1 content='Verfasst von'><meta name=twitter:data1 content='Ada Lovelace'>",
            Some("Ada Lovelace"),
        );
        check(
            "<meta name=twitter:label1 content=Price><meta name=twitter:data1 content='Ten Euro'>",
            None,
        );
    }
}
