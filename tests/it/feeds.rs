//! Feeds as they really are: one fixture a quirk.

use std::fs;
use std::path::Path;
use std::time::Duration;

use jiff::civil::Weekday;
use overheard::adapters::feed::read_feed;
use overheard::adapters::report::Report;
use overheard::adapters::{Page, Unreadable};
use proptest::prelude::*;
use url::Url;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/feeds");

fn url() -> Url {
    Url::parse("https://blog.example/feed.xml").unwrap()
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(Path::new(FOLDER).join(name)).unwrap()
}

fn page(name: &str) -> Page {
    read_feed(&fixture(name), Some("text/html"), &url(), None).unwrap()
}

fn titles(page: &Page) -> Vec<&str> {
    page.posts.iter().map(|post| post.title.as_deref().unwrap_or("")).collect()
}

/// The feed's title, the posts' titles and the repairs of a fixture.
#[track_caller]
fn check(name: &str, title: &str, posts: &[&str], repairs: &[&str]) {
    let page = page(name);
    assert_eq!(page.about.title.as_deref(), Some(title), "{name}");
    assert_eq!(titles(&page), posts, "{name}");
    assert_eq!(page.repairs, repairs, "{name}");
}

#[test]
fn rss_needs_no_version() {
    check("rss_without_version.xml", "Plain", &["One"], &[]);
    check("rss_odd_version.xml", "Plain", &["One"], &[]);
    check("doctype_of_netscape.xml", "Old", &["One"], &[]);
}

#[test]
fn what_breaks_xml_is_repaired_and_said() {
    check("bare_ampersand.xml", "Ships & Harbours", &["Q&A: who pays?"], &["bare &"]);
    let posts = page("bare_ampersand.xml").posts;
    assert_eq!(posts[0].url.as_deref(), Some("https://blog.example/?a=1&b=2"));
    check(
        "html_entities.xml",
        "Café — daily",
        &["…and &unknown; again"],
        &["bare &", "HTML entities"],
    );
    check("control_characters.xml", "ABC", &["D"], &["control characters"]);
    check("php_warning_before_prolog.xml", "Shop", &["One"], &["text before the document"]);
    let loose = page("unescaped_html_in_description.xml");
    assert_eq!(loose.posts[0].text, "First\nline\n\nSecond");
    assert_eq!(titles(&loose), ["One", "Two"]);
    check("items_never_closed.xml", "Open", &["One", "Two"], &["tags that do not match"]);
}

#[test]
fn the_charset_is_found() {
    let body = fixture("charset_only_in_header.xml");
    let page = read_feed(&body, Some("text/xml; charset=iso-8859-2"), &url(), None).unwrap();
    assert_eq!(page.about.title.as_deref(), Some("Příliš žluťoučký"));
    let wrong = ["a wrong charset was stated: iso-8859-1, but it is UTF-8"];
    check("wrong_charset_in_prolog.xml", "Zürich", &["Grüße"], &wrong);
    check("utf16_with_bom.xml", "Zürich", &["Grüße"], &[]);
    let unmarked = ["UTF-16 without a byte order mark"];
    check("utf16_without_bom.xml", "Zürich", &["Grüße"], &unmarked);
    let twice = ["UTF-8 that was read as Latin-1"];
    check("utf8_read_as_latin1_twice.xml", "Región", &[], &twice);
}

#[test]
fn a_cut_body_keeps_every_whole_entry() {
    let page = page("cut_in_the_middle.xml");
    assert_eq!(titles(&page), ["One", "Two"]);
    assert_eq!(page.skipped.len(), 1);
    assert_eq!(page.skipped[0].place, "entry 3");
    assert!(page.repairs.iter().any(|repair| repair.contains("ends in the middle")));
}

#[test]
fn dates_of_every_sort_name_one_moment() {
    let page = page("dates_of_every_sort.xml");
    let moments: Vec<_> = page.posts.iter().map(|post| post.published).collect();
    let (none, dated) = moments.split_last().unwrap();
    assert!(dated.iter().all(|at| at.unwrap().to_string() == "2024-05-14T10:00:00Z"), "{dated:?}");
    assert_eq!(*none, None);
}

#[test]
fn identity_survives_what_feeds_do_to_ids() {
    let keys = |name| page(name).posts.into_iter().map(|post| post.key).collect::<Vec<_>>();
    assert_eq!(keys("ids_over_http.xml"), keys("ids_over_https.xml"));
    assert_eq!(keys("duplicate_guids.xml"), ["//blog.example/a", "post"]);
    let raw = page("ids_over_http.xml").posts[0].native_id.clone();
    assert_eq!(raw.as_deref(), Some("http://blog.example/a?PHPSESSID=1f"));
}

/// The keys of an RSS feed of blog.example with these items.
fn keys_of(items: &[&str]) -> Vec<String> {
    let items = items.join("</item><item>");
    let feed = format!(
        "<rss version='2.0'><channel><title>Blog</title><link>https://blog.example/</link><item>{items}</item></channel></rss>"
    );
    let page = read_feed(feed.as_bytes(), None, &url(), None).unwrap();
    page.posts.into_iter().map(|post| post.key).collect()
}

#[test]
fn a_feed_of_one_item_that_links_to_its_home_page_has_many_posts_over_time() {
    let item = |title: &str, day: u8| {
        format!(
            "<title>{title}</title><link>https://blog.example/</link><pubDate>{day} May 2026 10:00:00 GMT</pubDate>"
        )
    };
    let monday = keys_of(&[&item("Closed for repairs", 4)]);
    assert_eq!(monday, keys_of(&[&item("Closed for repairs", 4)]));
    assert_ne!(monday, keys_of(&[&item("Open again", 5)]));
    assert_ne!(monday, keys_of(&[&item("Closed for repairs", 6)]));
    // Nor does it matter who stands beside it.
    assert_eq!(keys_of(&[&item("Open again", 5), &item("Closed for repairs", 4)])[1], monday[0]);
}

#[test]
fn a_guid_that_a_later_item_repeats_stays_where_it_was() {
    let item = |title: &str| {
        format!(
            "<title>{title}</title><link>https://blog.example/{title}</link><guid isPermaLink='false'>2026-05-04</guid>"
        )
    };
    let before = keys_of(&[&item("morning")]);
    let after = keys_of(&[&item("evening"), &item("morning")]);
    assert_eq!(before, ["2026-05-04"]);
    assert_eq!(after, ["//blog.example/evening", "2026-05-04"]);
}

#[test]
fn relative_links_follow_xml_base() {
    let page = page("relative_links_and_xml_base.xml");
    assert_eq!(page.about.link.as_deref(), Some("https://blog.example/en/"));
    let post = &page.posts[0];
    assert_eq!(post.url.as_deref(), Some("https://blog.example/en/2024/one"));
    assert!(post.html.as_ref().unwrap().contains("https://blog.example/en/2024/img/x.png"));
    assert_eq!(post.language.as_deref(), Some("en"));
}

#[test]
fn entities_of_a_document_are_not_expanded() {
    check("entity_bomb.xml", "&c;", &["One"], &["bare &"]);
}

#[test]
fn every_promised_field_is_read() {
    for name in
        ["atom_with_everything.xml", "rdf_items_beside_channel.xml", "json_feed_one_bad_item.json"]
    {
        let report = Report::from(&page(name));
        insta::assert_snapshot!(name, serde_json::to_string_pretty(&report).unwrap());
    }
}

#[test]
fn media_rss_gives_files_and_words() {
    let page = page("youtube_media_group.xml");
    assert_eq!(page.posts[0].text, "What is shown.");
    assert_eq!(page.posts[0].enclosures[0].url, "https://video.example/1.mp4");
    assert_eq!(page.posts[0].enclosures[0].size_bytes, Some(9));
}

#[test]
fn media_files_of_odd_schemes_are_none() {
    let files = page("media_files_of_odd_schemes.xml").posts.remove(0).enclosures;
    let urls: Vec<&str> = files.iter().map(|file| file.url.as_str()).collect();
    assert_eq!(urls, ["https://video.example/2.mp4"]);
}

#[test]
fn an_authors_name_is_one_line_wherever_the_address_stands() {
    for post in page("authors_with_addresses_anywhere.xml").posts {
        assert_eq!(post.author.unwrap().name.as_deref(), Some("Ada Byron"), "{:?}", post.title);
    }
}

#[test]
fn undated_items_of_one_title_are_as_many_posts() {
    let mut keys: Vec<_> =
        page("undated_items_of_one_title.xml").posts.into_iter().map(|post| post.key).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 3, "{keys:?}");
}

#[test]
fn hints_say_when_to_come_back() {
    let hints = page("skip_hours_and_ttl.xml").hints;
    assert_eq!(hints.interval, Some(Duration::from_mins(90)));
    assert_eq!(hints.skip_hours, [0, 3]);
    assert_eq!(hints.skip_days, [Weekday::Saturday, Weekday::Sunday]);
    let hints = page("rdf_items_beside_channel.xml").hints;
    assert_eq!(hints.interval, Some(Duration::from_hours(6)));
}

#[test]
fn a_web_page_is_no_feed_but_names_its_feeds() {
    let body = fixture("web_page_with_feed_links.html");
    let unreadable = read_feed(&body, Some("text/xml"), &url(), None).unwrap_err();
    let feeds = vec![Url::parse("https://blog.example/feed.xml").unwrap()];
    assert_eq!(unreadable, Unreadable::WebPage { feeds });
    for body in ["", "  ", "{}", "hello", "<urlset/>", "%PDF-1.4"] {
        let unreadable = read_feed(body.as_bytes(), None, &url(), None).unwrap_err();
        assert!(matches!(unreadable, Unreadable::NotThis { .. }), "{body}");
    }
}

#[test]
fn size_and_depth_are_bounded() {
    let item = "<item><title>t</title><description>d</description></item>";
    let many = format!("<rss><channel>{}</channel></rss>", item.repeat(10_000));
    assert_eq!(read_feed(many.as_bytes(), None, &url(), None).unwrap().posts.len(), 10_000);
    let deep = |levels: usize| {
        let (open, close) = ("<div>".repeat(levels), "</div>".repeat(levels));
        format!(
            "<rss><channel><item><description>{open}deep{close}</description></item></channel></rss>"
        )
    };
    for levels in [200, 20_000] {
        let page = read_feed(deep(levels).as_bytes(), None, &url(), None).unwrap();
        assert_eq!(page.posts[0].text, "deep", "{levels}");
    }
}

#[test]
fn a_hostile_item_costs_itself_alone() {
    let bold =
        (0..4_600).map(|n| format!("&lt;p>&lt;b a={n}>&lt;/p>")).collect::<Vec<_>>().concat();
    let crowd = (0..20_000).map(|n| format!(" a{n}")).collect::<Vec<_>>().concat();
    let long = "&gt;".repeat(1 << 19);
    let items = [bold, format!("&lt;b{crowd}>x"), long, "plain".to_owned()]
        .map(|text| format!("<item><title>t</title><description>{text}</description></item>"));
    let feed = format!("<rss><channel>{}</channel></rss>", items.concat());
    let page = read_feed(feed.as_bytes(), None, &url(), None).unwrap();

    assert_eq!(page.posts.len(), 4);
    assert_eq!(page.posts[3].text, "plain");
    assert_eq!(page.repairs, ["a text too long to read whole"]);
    for post in &page.posts {
        assert!(post.text.len() <= 256 * 1024);
        assert!(post.html.as_ref().is_none_or(|html| html.len() <= 1 << 20));
    }
}

#[test]
fn a_hostile_web_page_is_looked_through_for_feeds_all_the_same() {
    let bold = (0..10_000).map(|n| format!("<p><b a={n}></p>")).collect::<Vec<_>>().concat();
    let page = format!(
        "<html>{bold}<!-- <link rel=feed href=/no> --><link rel=alternate type=application/atom+xml href=/a>"
    );
    let unreadable = read_feed(page.as_bytes(), Some("text/html"), &url(), None).unwrap_err();

    let feeds = vec![Url::parse("https://blog.example/a").unwrap()];
    assert_eq!(unreadable, Unreadable::WebPage { feeds });
}

#[test]
fn a_base_of_a_megabyte_is_no_base() {
    let base = format!("https://blog.example/{}/", "d".repeat(1 << 20));
    let entry = "<entry><title>t</title><link href='one'/></entry>".repeat(2_000);
    let feed = format!("<feed xml:base='{base}'>{entry}</feed>");
    let page = read_feed(feed.as_bytes(), None, &url(), None).unwrap();

    assert_eq!(page.posts[0].url.as_deref(), Some("https://blog.example/one"));
}

#[test]
fn the_adapter_takes_a_url_and_nothing_else() {
    let kind = overheard::adapters::kind("feed").unwrap();
    let open = |text: &str| (kind.open)(text.parse().unwrap());
    assert_eq!(
        open("url = 'https://a.example/feed'").unwrap().start().url.as_str(),
        "https://a.example/feed"
    );
    for (text, key) in
        [("", "url"), ("url = 'ftp://x'", "url"), ("url = 'https://a.example'\nurI = 1", "urI")]
    {
        assert_eq!(open(text).map(|_| ()).unwrap_err().key, key, "{text}");
    }
}

fn bodies() -> Vec<Vec<u8>> {
    let mut paths: Vec<_> =
        fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| fs::read(path).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn mutated_feeds_never_panic(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 0..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let bodies = bodies();
        let mut body = bodies[which.index(bodies.len())].clone();
        for (place, byte, how) in edits {
            if body.is_empty() {
                break;
            }
            let at = place.index(body.len());
            match how {
                0 => body[at] = byte,
                1 => body.insert(at, byte),
                2 => body.insert(at, b"<>&;'\"]-"[usize::from(byte) % 8]),
                _ => { body.remove(at); }
            }
        }
        if cut.index(4) == 0 && !body.is_empty() {
            body.truncate(cut.index(body.len()));
        }
        if let Ok(page) = read_feed(&body, None, &url(), Some("en")) {
            for post in &page.posts {
                prop_assert!(!post.key.is_empty());
                prop_assert!(post.url.as_deref().is_none_or(|url| url.starts_with("http")));
            }
        }
    }
}
