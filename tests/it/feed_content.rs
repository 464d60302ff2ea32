//! FEED-BEHAVIOUR.md, "Content": each line by its number. What else feeds do wrong is in `feeds.rs`.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use overheard::adapters::feed::{REPAIRS, read_feed};
use overheard::adapters::{Page, Unreadable};
use overheard::post::{Post, Said};
use overheard::source::SourceId;
use overheard::store::{Kept, SledStore, Store};
use url::Url;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/feeds");

fn read_as(body: &[u8], content_type: Option<&str>) -> Result<Page, Unreadable> {
    read_feed(body, content_type, &Url::parse("https://blog.example/feed.xml").unwrap(), None)
}

#[track_caller]
fn read(body: &[u8]) -> Page {
    read_as(body, None).unwrap()
}

fn fixture(name: &str) -> Page {
    read(&fs::read(Path::new(FOLDER).join(name)).unwrap())
}

fn titles(page: &Page) -> Vec<&str> {
    page.posts.iter().map(|post| post.title.as_deref().unwrap_or_default()).collect()
}

fn keys(page: &Page) -> Vec<&str> {
    page.posts.iter().map(|post| post.key.as_str()).collect()
}

/// An RSS feed of these items.
fn rss(items: &[&str]) -> String {
    let items = items.join("</item><item>");
    format!("<rss version='2.0'><channel><title>Blog</title><item>{items}</item></channel></rss>")
}

/// A feed of two items, in UTF-8.
const TWO: &str = "<?xml version='1.0'?><rss version='2.0'><channel><title>Zürich</title>\
    <item><title>Eins</title></item><item><title>Zwei</title></item></channel></rss>";

fn wide(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn every_repair_is_made_to_the_feed_that_needed_it_and_recorded() {
    for repair in REPAIRS {
        let body = fs::read(Path::new(FOLDER).join(repair.needed_by)).unwrap();
        let page = read_as(&body, repair.served_as).unwrap();
        let recorded = page.repairs.iter().any(|noted| noted.starts_with(repair.what));
        assert!(recorded, "{}: {:?} is not in {:?}", repair.needed_by, repair.what, page.repairs);
        assert!(!page.posts.is_empty() || page.about.title.is_some(), "{}", repair.needed_by);
    }
}

#[test]
fn f1_rss_with_no_or_an_odd_version_is_rss() {
    for attributes in ["", " version=''", " version='99.beta'", " VERSION=2.0", " xmlns='odd:'"] {
        let page = read(TWO.replace(" version='2.0'", attributes).as_bytes());
        assert_eq!(titles(&page), ["Eins", "Zwei"], "{attributes}");
    }
}

#[test]
fn f2_one_bare_ampersand_costs_nothing() {
    let item = "<title>Q&A & more</title><link>https://blog.example/?a=1&b=2</link>";
    let page = read(rss(&[item, "<title>Next</title>"]).as_bytes());
    assert_eq!(titles(&page), ["Q&A & more", "Next"]);
    assert_eq!(page.posts[0].url.as_deref(), Some("https://blog.example/?a=1&b=2"));
    assert_eq!(page.repairs, ["bare &"]);
}

#[test]
fn f3_html_entities_are_their_characters() {
    let item = "<title>Caf&eacute;&nbsp;&mdash;&NBSP; &hellip; &#8217;&#x2019;&#146;</title>";
    let page = read(rss(&[item]).as_bytes());
    assert_eq!(titles(&page), ["Café —&NBSP; … ’’’"]);
}

#[test]
fn f4_control_characters_go_and_the_words_stay() {
    let item = "<title>A\u{b}B\u{0}C\u{1f} \u{93}D\u{94}</title>";
    let page = read(rss(&[item]).as_bytes());
    assert_eq!(titles(&page), ["ABC “D”"]);
    assert_eq!(page.repairs, ["control characters"]);
}

#[test]
fn f5_a_charset_only_in_the_header_is_believed() {
    let body = encoding("<rss><channel><title>Žár</title></channel></rss>", "iso-8859-2");
    let page = read_as(&body, Some("text/xml; charset=ISO-8859-2")).unwrap();
    assert_eq!(page.about.title.as_deref(), Some("Žár"));
}

#[test]
fn f6_a_wrong_charset_in_the_prolog_is_overruled_by_the_bytes() {
    for stated in ["iso-8859-1", "us-ascii", "utf-16", "no-such-charset"] {
        let body = TWO.replace("?>", &format!(" encoding='{stated}'?>"));
        assert_eq!(read(body.as_bytes()).about.title.as_deref(), Some("Zürich"), "{stated}");
    }
}

#[test]
fn f7_utf_16_is_read_with_and_without_a_byte_order_mark() {
    for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
        for mark in ["", "\u{feff}"] {
            let page = read(&wide(&format!("{mark}{TWO}"), bytes));
            assert_eq!(page.about.title.as_deref(), Some("Zürich"));
            assert_eq!(titles(&page), ["Eins", "Zwei"]);
        }
    }
}

#[test]
fn f8_what_stands_before_the_document_is_stepped_over() {
    for before in [
        "\u{feff}",
        "\r\n\t \n",
        "<!-- cached -->\n",
        "\u{feff}\n<!-- a --><!-- b -->",
        "<br />\n<b>Warning</b>: Undefined index: x in <b>/srv/feed.php</b> on line <b>3</b><br />\n",
        "PHP Notice:  Undefined variable $a in /srv/feed.php on line 9\n",
    ] {
        assert_eq!(
            titles(&read(format!("{before}{TWO}").as_bytes())),
            ["Eins", "Zwei"],
            "{before}"
        );
    }
}

#[test]
fn f9_a_body_cut_anywhere_gives_every_whole_entry() {
    let whole = TWO.find("</item>").unwrap() + "</item>".len();
    let second = TWO.rfind("</item>").unwrap() + "</item>".len();
    for cut in (whole..TWO.len()).filter(|cut| TWO.is_char_boundary(*cut)) {
        let page = read(&TWO.as_bytes()[..cut]);
        let expected: &[&str] = if cut < second { &["Eins"] } else { &["Eins", "Zwei"] };
        assert_eq!(titles(&page), expected, "{}", &TWO[..cut]);
        assert!(page.repairs.iter().any(|noted| noted.contains("ends in the middle")), "{cut}");
    }
}

#[test]
fn f10_dates_of_every_kind_are_read_and_none_is_in_the_future() {
    let moments = |dates: &[&str]| -> Vec<Option<Timestamp>> {
        let items: Vec<String> = dates
            .iter()
            .map(|date| format!("<title>On {date}</title><pubDate>{date}</pubDate>"))
            .collect();
        let items: Vec<&str> = items.iter().map(String::as_str).collect();
        read(rss(&items).as_bytes()).posts.iter().map(|post| post.published).collect()
    };
    let same = [
        "Fri, 14 May 2024 10:00:00 GMT",
        "Tue, 14 May 2024 03:00:00 PDT",
        "14 May 24 10:00 UT",
        "2024-05-14T10:00:00",
        "2024-05-14T12:00:00.0+02:00",
        "mar., 14 mai 2024 12:00:00 +0200",
        "Di, 14 Mai 2024 12:00:00 MESZ",
        "Вт, 14 мая 2024 13:00:00 +0300",
        "2024년 05월 14일 19:00",
    ];
    let expected: Option<Timestamp> = "2024-05-14T10:00:00Z".parse().ok();
    assert_eq!(moments(&same), [expected; 9]);
    assert_eq!(moments(&["", "soon", "32 Foo 2024"]), [None; 3]);

    let heard: Timestamp = "2026-05-04T08:00:00Z".parse().unwrap();
    let when = |published: &str| {
        let said = Said { published: published.parse().ok(), ..Said::default() };
        Post::new(&"blog".parse().unwrap(), said, heard).when()
    };
    assert_eq!(when("2031-01-01T00:00:00Z"), heard);
    assert_eq!(when("2026-05-03T00:00:00Z"), "2026-05-03T00:00:00Z".parse().unwrap());
    assert_eq!(when("none"), heard);
}

#[test]
fn f11_identity_survives_what_feeds_do_to_ids() {
    assert_eq!(keys(&fixture("ids_over_http.xml")), keys(&fixture("ids_over_https.xml")));
    let one = |item: &str| keys(&read(rss(&[item]).as_bytes()))[0].to_owned();
    assert_eq!(
        one("<title>a</title><guid>https://blog.example/p?id=1&amp;sid=8f2</guid>"),
        one("<title>a</title><guid>http://blog.example/p?id=1&amp;sid=77c</guid>")
    );
    assert_eq!(one("<title>a</title>"), one("<title>a</title><description>new</description>"));
    assert_ne!(one("<title>a</title>"), one("<title>b</title>"));
    assert_eq!(keys(&fixture("duplicate_guids.xml")), ["//blog.example/a", "post"]);
}

#[test]
fn f12_relative_links_follow_the_nearest_xml_base() {
    let feed = "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='/en/'>\
        <entry xml:base='2024/'><id>a</id><link href='one'/><content type='html'>\
        &lt;a href='../two'>t&lt;/a>&lt;img src='//cdn.example/x.png'></content></entry></feed>";
    let post = read(feed.as_bytes()).posts.remove(0);
    assert_eq!(post.url.as_deref(), Some("https://blog.example/en/2024/one"));
    let html = post.html.unwrap();
    assert!(html.contains("\"https://blog.example/en/two\""), "{html}");
    assert!(html.contains("\"https://cdn.example/x.png\""), "{html}");
}

#[test]
fn f13_size_depth_and_entities_are_bounded() {
    let items = vec!["<title>t</title><description>d</description>"; 10_000];
    assert_eq!(read(rss(&items).as_bytes()).posts.len(), 10_000);

    let (open, close) = ("<div>".repeat(200), "</div>".repeat(200));
    let deep = format!("<title>t</title><description>{open}deep{close}</description>");
    assert_eq!(read(rss(&[&deep]).as_bytes()).posts[0].text, "deep");

    let again = |n: u8| format!("<!ENTITY a{n} '{}'>", format!("&a{};", n - 1).repeat(10));
    let entities = (1..40).map(again).collect::<Vec<_>>().concat();
    let items = rss(&["<title>One &a39;</title>"]);
    let bomb = format!("<!DOCTYPE rss [<!ENTITY a0 'ha'>{entities}]>{items}");
    assert_eq!(titles(&read(bomb.as_bytes())), ["One &a39;"]);
    let outside = "<!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>";
    let page = read(format!("{outside}{}", rss(&["<title>&x;</title>"])).as_bytes());
    assert_eq!(titles(&page), ["&x;"]);
}

#[test]
fn f13_a_document_of_50_megabytes_is_read_as_far_as_its_bounds_and_says_so() {
    let words = "word ".repeat(10 << 20);
    let page = read(
        rss(&[&format!("<title>t</title><description>{words}</description>"), "<title>u</title>"])
            .as_bytes(),
    );
    assert_eq!(titles(&page), ["t", "u"]);
    assert!(page.posts[0].text.len() <= 256 * 1024);
    assert_eq!(page.repairs, ["a text too long to read whole"]);
}

#[test]
fn f13_namespaces_without_end_cost_no_more_than_they_are() {
    let declared: Vec<String> = (0..50_000).map(|n| format!(" xmlns:n{n}='urn:n{n}'")).collect();
    let items: Vec<String> =
        (0..20_000).map(|n| format!("<n{n}:x/><item><title>{n}</title></item>")).collect();
    let page = read(
        format!("<rss{}><channel>{}</channel></rss>", declared.concat(), items.concat()).as_bytes(),
    );
    assert_eq!(page.posts.len(), 20_000);
}

#[test]
fn f14_an_edited_entry_is_an_update_and_a_vanished_one_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = SledStore::open(&folder.path().join("store")).unwrap();
    let source: SourceId = "blog".parse().unwrap();
    let keep = |items: &[&str], heard: &str| {
        let heard = heard.parse().unwrap();
        let said = read(rss(items).as_bytes()).posts.into_iter();
        store.keep(&said.map(|said| Post::new(&source, said, heard)).collect::<Vec<_>>()).unwrap()
    };
    let entry = "<guid>a</guid><title>a</title><description>first</description>";
    let other = "<guid>b</guid><title>b</title><description>there</description>";
    assert_eq!(keep(&[entry, other], "2026-05-04T08:00:00Z"), Kept { new: 2, ..Kept::default() });

    let edited = entry.replace("first", "second");
    assert_eq!(keep(&[&edited], "2026-05-04T09:00:00Z"), Kept { updated: 1, ..Kept::default() });
    let mut texts: Vec<String> =
        store.newest(&source, 9).unwrap().into_iter().map(|post| post.said.text).collect();
    texts.sort();
    assert_eq!(texts, ["second", "there"]);
}

#[test]
fn f15_a_feed_is_a_feed_whatever_it_is_served_as_and_a_page_names_its_feeds() {
    for served in ["text/html", "text/plain", "application/octet-stream", "image/png", "nonsense"] {
        assert_eq!(
            titles(&read_as(TWO.as_bytes(), Some(served)).unwrap()),
            ["Eins", "Zwei"],
            "{served}"
        );
    }
    let page = "<!doctype html><head><link rel='alternate' type='application/rss+xml' href='/rss'>";
    let unreadable = read_as(page.as_bytes(), Some("application/rss+xml")).unwrap_err();
    assert_eq!(
        unreadable.to_string(),
        "the feed became a web page; it links to the feed https://blog.example/rss"
    );
}

#[test]
fn f16_html_is_safe_wherever_it_stands_in_a_feed() {
    let evil = "<script>alert(1)</script><p onclick='x()' style='x'>words <a href='javascript:x'>a</a>\
        <a href=' JaVa&#x0A;Script:x'>b</a><a href='data:text/html,x'>c</a><a href='mailto:ada@blog.example'>d</a>\
        <img src='vbscript:x'><svg onload=x><iframe src='https://evil.example'></iframe>";
    let escaped = evil.replace('&', "&amp;").replace('<', "&lt;");
    let item = format!(
        "<title>{escaped}</title><author>{escaped}</author><category>{escaped}</category>\
         <description>{escaped}</description><content:encoded><![CDATA[{evil}]]></content:encoded>"
    );
    let post = read(rss(&[&item]).as_bytes()).posts.remove(0);
    let html = post.html.unwrap();
    for danger in ["script", "onclick", "style", "svg", "iframe", "data:", "alert"] {
        assert!(!html.to_lowercase().contains(danger), "{danger} in {html}");
    }
    assert!(html.contains("href=\"mailto:ada@blog.example\""), "{html}");
    // A title keeps what is no element of a title, as the characters it is: `Vec<u8>`.
    for plain in [post.title.as_ref().unwrap(), &post.text, &post.tags[0]] {
        assert!(plain.contains("words") && !plain.contains("alert"), "{plain}");
        assert!(!["<p", "<a", "<img"].iter().any(|tag| plain.contains(tag)), "{plain}");
    }
}

fn encoding(text: &str, label: &str) -> Vec<u8> {
    encoding_rs::Encoding::for_label(label.as_bytes()).unwrap().encode(text).0.into_owned()
}
