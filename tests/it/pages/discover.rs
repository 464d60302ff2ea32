//! The feeds a page links to.

use overheard::adapters::feed_links::feeds as feeds_on;
use url::Url;

use super::{FEEDS, url};

#[test]
fn feeds_are_found_declared_ones_first_and_those_of_comments_last() {
    let feeds = feeds_on(FEEDS, &url("https://blog.example.com/en/index.html"));

    let feeds: Vec<&str> = feeds.iter().map(Url::as_str).collect();
    assert_eq!(
        feeds,
        [
            "https://blog.example.com/en/atom.xml",
            "https://blog.example.com/rss.xml",
            "https://blog.example.com/comments/feed/",
        ]
    );
}

#[test]
fn links_to_feeds_are_found_by_type_name_and_query_and_parts_of_a_site_come_later() {
    let page = r#"<link rel="alternate" type="application/rss+xml" title="Blog: tag storage" href="/tag/storage/feed/">
        <a href="/?feed=rss2">Subscribe</a> <a href="/news.rss">news</a> <a type="application/atom+xml" href="https://elsewhere.example.org/a">Atom</a>
        <a href="/whatever" title="RSS">icon</a> <a href="/press">Press</a> <a href="https://elsewhere.example.org/feed">A friend's</a>"#;
    let feeds: Vec<String> =
        feeds_on(page, &url("https://blog.example.com/")).iter().map(ToString::to_string).collect();

    assert_eq!(
        feeds,
        [
            "https://blog.example.com/?feed=rss2",
            "https://blog.example.com/news.rss",
            "https://elsewhere.example.org/a",
            "https://blog.example.com/whatever",
            "https://blog.example.com/tag/storage/feed/",
        ]
    );
}
