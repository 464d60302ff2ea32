//! Every reader of bytes from strangers, and what must hold whatever it is given. The fuzz targets
//! call one each; `tests/it/hostile.rs` calls all of them at every `make test`.

use std::collections::HashMap;

use jiff::Timestamp;
use overheard::adapters::feed::opml::read_opml;
use overheard::adapters::feed::{dates, read_feed};
use overheard::adapters::{self, Listed, Page, Response, Step, feed_links, page};
use overheard::crawl::headers;
use overheard::crawl::robots::Robots;
use overheard::post::Said;
use overheard::text::html::{LONGEST_SAFE, cut, fold, plain, sanitise, to_text};
use overheard::text::{sentences, urls};
use scraper::Html;
use url::Url;

/// A reader by the name of its fuzz target.
pub(crate) struct Reader {
    pub(crate) name: &'static str,
    /// Reads, and panics where what it read is not as it must be.
    pub(crate) read: fn(&[u8]),
}

/// Every reader.
pub(crate) const READERS: &[Reader] = &[
    Reader { name: "feed", read: feed },
    Reader { name: "article", read: article },
    Reader { name: "listing", read: listing },
    Reader { name: "mastodon", read: mastodon },
    Reader { name: "hacker_news", read: hacker_news },
    Reader { name: "html", read: html },
    Reader { name: "robots", read: robots },
    Reader { name: "dates", read: all_dates },
    Reader { name: "headers", read: all_headers },
    Reader { name: "urls", read: all_urls },
    Reader { name: "settings", read: settings },
    Reader { name: "opml", read: opml },
];

/// Gives `bytes` to the reader called `name`.
pub(crate) fn read(name: &str, bytes: &[u8]) {
    let reader = READERS.iter().find(|reader| reader.name == name);
    (reader.unwrap_or_else(|| panic!("no reader {name}")).read)(bytes);
}

/// What servers say a body is. Which of it goes with an input follows from the input's length.
const CONTENT_TYPES: &[Option<&str>] = &[
    None,
    Some("application/rss+xml; charset=utf-8"),
    Some("text/html"),
    Some("text/xml; charset=iso-8859-1"),
    Some("text/xml; charset=\"utf-16\""),
    Some("text/html; charset=shift_jis"),
    Some("application/octet-stream"),
];

fn content_type(bytes: &[u8]) -> Option<&'static str> {
    CONTENT_TYPES[bytes.len() % CONTENT_TYPES.len()]
}

fn place() -> Url {
    Url::parse("https://blog.example/news/?page=1").unwrap_or_else(|error| panic!("{error}"))
}

fn feed(bytes: &[u8]) {
    if let Ok(page) = read_feed(bytes, content_type(bytes), &place(), Some("en, de")) {
        check(&page);
        check_names(&page.posts);
    }
}

fn article(bytes: &[u8]) {
    read_as("page", bytes, Step::Article, "");
    read_as("page", bytes, Step::Article, "article_text = 'article, p'\narticle_date = 'time'");
}

fn listing(bytes: &[u8]) {
    read_as("page", bytes, Step::Listing, "article = false");
    read_as("page", bytes, Step::Listing, "item = 'article, li, .post'");
    for feed in feed_links::feeds(&String::from_utf8_lossy(bytes), &place()) {
        is_web(feed.as_str());
    }
}

fn mastodon(bytes: &[u8]) {
    read_as("mastodon", bytes, Step::Listing, "");
}

fn hacker_news(bytes: &[u8]) {
    read_as("hacker_news", bytes, Step::Listing, "");
}

/// Reads `bytes` as an answer to `step` of a source of `kind`, with further `settings`.
fn read_as(kind: &str, bytes: &[u8], step: Step, settings: &str) {
    let own = match kind {
        "mastodon" => "server = 'https://blog.example'\naccount = '@ada'",
        "hacker_news" => "query = 'any'",
        _ => "url = 'https://blog.example/news/'",
    };
    let table = format!("{own}\n{settings}").parse().unwrap_or_else(|error| panic!("{error}"));
    let kind = adapters::kind(kind).unwrap_or_else(|| panic!("no kind {kind}"));
    let adapter = (kind.open)(table).unwrap_or_else(|bad| panic!("{bad}"));
    let response = Response {
        step,
        url: &place(),
        content_type: content_type(bytes),
        link: std::str::from_utf8(bytes).ok(),
        content_language: None,
        body: bytes,
    };
    if let Ok(page) = adapter.read(&response) {
        check(&page);
    }
}

/// What holds of whatever any adapter reads.
fn check(page: &Page) {
    page.posts.iter().for_each(check_post);
    for line in [&page.about.title, &page.about.description, &page.about.author] {
        is_line(line.as_deref());
    }
    for follow in &page.follow {
        is_web(follow.request.url.as_str());
        follow.listed.as_ref().map(Listed::said).into_iter().for_each(check_post);
    }
    for skipped in &page.skipped {
        assert!(!skipped.why.is_empty());
    }
}

/// One name, one post: where the names are ours to give, as a feed's are.
fn check_names(posts: &[Said]) {
    let mut named: HashMap<&str, &Said> = HashMap::new();
    for said in posts {
        if let Some(first) = named.insert(&said.key, said) {
            let same = first.title == said.title && first.text == said.text;
            assert!(same, "two posts are called {:?}", said.key);
        }
    }
}

fn check_post(said: &Said) {
    assert!(!said.key.is_empty());
    said.url.as_deref().into_iter().for_each(is_web);
    said.enclosures.iter().for_each(|file| is_web(&file.url));
    is_line(said.title.as_deref());
    is_line(said.author.as_ref().and_then(|author| author.name.as_deref()));
    is_line(said.language.as_deref());
    said.tags.iter().for_each(|tag| is_line(Some(tag)));
    is_text(&said.text);
    is_text(said.summary.as_deref().unwrap_or_default());
    said.html.as_deref().into_iter().for_each(is_safe);
    let kept = said.clone().bounded();
    assert_eq!(kept.clone().bounded(), kept, "bounds that are no bounds");
}

fn is_web(url: &str) {
    assert!(url.starts_with("http://") || url.starts_with("https://"), "leads to {url:?}");
}

/// A line of plain text, or none: an empty one is none.
fn is_line(line: Option<&str>) {
    let Some(line) = line else { return };
    assert!(!line.is_empty(), "an empty line that is no line");
    assert_eq!(fold(line), line, "not one line");
}

fn is_text(text: &str) {
    let shows = |c: char| c == '\n' || !c.is_control();
    assert!(text.chars().all(shows), "what does not show is in {text:?}");
    assert_eq!(text.trim_end(), text, "blanks at the end");
}

/// Safe HTML, as a browser reads it that is given it as the inside of an element.
fn is_safe(html: &str) {
    const ELEMENTS: &[&str] = &[
        "script", "style", "iframe", "object", "embed", "form", "input", "link", "meta", "base",
        "svg", "math", "template", "noscript", "title", "textarea",
    ];
    for node in Html::parse_fragment(html).tree.values() {
        let Some(element) = node.as_element() else { continue };
        assert!(!ELEMENTS.contains(&element.name()), "<{}> in {html:?}", element.name());
        for (name, value) in element.attrs() {
            assert!(!name.starts_with("on") && name != "style", "{name}= in {html:?}");
            if matches!(name, "href" | "src" | "cite") {
                let scheme = Url::parse(value).map(|url| url.scheme().to_owned());
                let known = matches!(scheme.as_deref(), Ok("http" | "https" | "mailto"));
                assert!(known, "{name}={value:?} in {html:?}");
            }
        }
    }
}

fn html(bytes: &[u8]) {
    let html = String::from_utf8_lossy(bytes);
    let safe = sanitise(&html, Some(&place()));
    assert!(safe.len() <= LONGEST_SAFE);
    is_safe(&safe);
    is_safe(&sanitise(&html, None));
    assert!(cut(&html).html.len() <= html.len());
    let title = plain(&html);
    assert_eq!(fold(&title), title);
    let text = to_text(&html);
    is_text(&text);
    let mut rest = text.as_str();
    for sentence in sentences::sentences(&text) {
        // In order, and word for word.
        let at = rest.find(sentence).unwrap_or_else(|| panic!("{sentence:?} is not in {rest:?}"));
        rest = &rest[at + sentence.len()..];
    }
}

fn robots(bytes: &[u8]) {
    let robots = Robots::parse(bytes);
    assert!(robots.allows("overheard", "/robots.txt"));
    for path in ["", "/", "/a/b?c=d", "/%7Ea", "//", "/é"] {
        let _ = robots.allows("overheard", path);
    }
    // The input is as good a path as any: patterns were made of it.
    for path in String::from_utf8_lossy(bytes).lines() {
        let _ = robots.allows("overheard", path);
    }
    let _ = robots.crawl_delay("overheard");
}

fn all_dates(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Some(moment) = dates::read(&text) {
        assert_eq!(dates::read(&moment.to_string()), Some(moment), "{text:?}");
    }
    let _ = page::moment(&text, None);
    if let Some((text, format)) = text.split_once('\n') {
        let _ = page::moment(text, Some(format));
    }
}

fn all_headers(bytes: &[u8]) {
    let value = headers::text_of(bytes);
    assert_eq!(headers::bytes_of(&value).as_deref(), Some(bytes));
    let _ = headers::bytes_of(&String::from_utf8_lossy(bytes));
    let now = Timestamp::UNIX_EPOCH;
    let _ = headers::retry_after(&value, now);
    let _ = headers::http_date(&value);
    let (first, second) = value.split_once('\n').unwrap_or((&value, &value));
    let _ = headers::fresh_for(Some(first), Some(second), Some(first), now);
}

fn all_urls(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for base in [None, Some(&place())] {
        let Some(url) = urls::absolute(&text, base) else { continue };
        is_web(url.as_str());
        let canonical = urls::canonical(&url);
        let again = Url::parse(&canonical).map(|url| urls::canonical(&url));
        assert_eq!(again.as_deref(), Ok(canonical.as_str()), "{text:?}");
    }
}

/// A list of feeds.
fn opml(bytes: &[u8]) {
    let Ok(list) = read_opml(bytes) else { return };
    for outline in &list.outlines {
        is_web(outline.url.as_str());
        is_line(outline.title.as_deref());
        is_line(outline.language.as_deref());
        outline.tags.iter().for_each(|tag| is_line(Some(tag)));
    }
    list.skipped.iter().for_each(|skipped| assert!(!skipped.why.is_empty()));
}

/// The settings of one source, as a file of sources has them, given to every kind.
fn settings(bytes: &[u8]) {
    let Ok(table) = String::from_utf8_lossy(bytes).parse::<toml::Table>() else { return };
    for kind in adapters::KINDS {
        match (kind.open)(table.clone()) {
            Ok(adapter) => is_web(adapter.start().url.as_str()),
            Err(bad) => assert!(!bad.why.is_empty()),
        }
    }
}
