//! Kind `page`: listings, articles, discovery.

use overheard::adapters::discover::feeds as discover;
use overheard::adapters::page::{article, decode, suggest};
use overheard::adapters::{Adapter, BadSetting, Page, Response, Step, Unreadable, kind};
use overheard::post::Said;
use proptest::prelude::*;
use url::Url;

const CLASSES: &str = include_str!("../fixtures/pages/listing_with_classes.html");
const FEATURED: &str = include_str!("../fixtures/pages/listing_with_menu_and_featured_post.html");
const HOSTILE: &str = include_str!("../fixtures/pages/listing_with_hostile_links.html");
const BOXES: &str =
    include_str!("../fixtures/pages/article_with_lead_outside_and_boxes_inside.html");
const JSON_LD: &str = include_str!("../fixtures/pages/article_with_line_breaks_in_json_ld.html");
const FEEDS: &str = include_str!("../fixtures/pages/page_with_feeds.html");

const ASIDE: &str = include_str!("../fixtures/pages/article_with_bare_words_and_comments.html");
const WORDPRESS: &str = include_str!("../fixtures/pages/blog_wordpress.html");
const CARDS: &str = include_str!("../fixtures/pages/blog_cards_with_hashed_classes.html");
const TABLE: &str = include_str!("../fixtures/pages/blog_table_of_posts.html");
const LINKS: &str = include_str!("../fixtures/pages/blog_list_of_links.html");
const BOXED: &str = include_str!("../fixtures/pages/article_with_boxes_in_its_element.html");

const SELECTORS: &str = r#"
    url = "https://harbour.example.com/notes/"
    item = ".card"
    link = "a.more"
    title = ".card-title"
    date = ".when"
    date_format = "%d.%m.%Y"
    author = ".who"
    text = ".teaser"
    skip = ".sponsored"
    next = "a.older"
"#;

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

fn open(settings: &str) -> Result<Box<dyn Adapter>, BadSetting> {
    (kind("page").unwrap().open)(settings.parse().unwrap())
}

fn read(settings: &str, step: Step, from: &str, body: &[u8]) -> Result<Page, Unreadable> {
    let from = url(from);
    let response = Response {
        step,
        url: &from,
        content_type: Some("text/html"),
        link: None,
        content_language: None,
        body,
    };
    open(settings).unwrap().read(&response)
}

fn complaint(settings: &str) -> (String, String) {
    let bad = open(settings).err().unwrap();
    (bad.key, bad.why)
}

#[test]
fn selectors_read_a_listing_into_posts_with_teasers() {
    let settings = format!("{SELECTORS}\narticle = false");
    let page =
        read(&settings, Step::Listing, "https://harbour.example.com/notes/", CLASSES.as_bytes())
            .unwrap();

    let keys: Vec<&str> = page.posts.iter().map(|post| post.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "https://harbour.example.com/notes/why-we-left/",
            "https://harbour.example.com/notes/backups"
        ]
    );
    let first = &page.posts[0];
    assert_eq!(first.title.as_deref(), Some("Why we left the big three"));
    assert_eq!(first.text, "The bill grew by a third & nobody knew why.");
    assert_eq!(first.published.unwrap().to_string(), "2026-03-14T00:00:00Z");
    assert_eq!(first.url.as_deref(), Some(first.key.as_str()));
    assert_eq!(page.posts[1].text, "We restored one.\n\nIt was empty.");
    assert_eq!(page.posts[1].author.as_ref().unwrap().name.as_deref(), Some("Bo Lind"));
    assert_eq!(page.about.title.as_deref(), Some("Harbour Cloud"));
    assert_eq!(page.about.language.as_deref(), Some("en-GB"));
}

#[test]
fn a_listing_whose_articles_are_fetched_gives_requests_and_no_posts() {
    let page =
        read(SELECTORS, Step::Listing, "https://harbour.example.com/notes/", CLASSES.as_bytes())
            .unwrap();

    assert!(page.posts.is_empty());
    let wanted: Vec<_> = page
        .follow
        .iter()
        .map(|follow| (follow.request.step, follow.request.url.as_str()))
        .collect();
    assert_eq!(
        wanted,
        [
            (Step::Article, "https://harbour.example.com/notes/why-we-left/?utm_source=list"),
            (Step::Article, "https://harbour.example.com/notes/backups"),
            (Step::Listing, "https://harbour.example.com/notes?page=2"),
        ]
    );
    assert_eq!(
        page.follow[0].unless_known.as_deref(),
        Some("https://harbour.example.com/notes/why-we-left/")
    );
    assert_eq!(
        page.follow[2].unless_known.as_deref(),
        Some("https://harbour.example.com/notes/backups")
    );
}

#[test]
fn a_listing_and_its_article_name_the_same_post() {
    let listed =
        read(SELECTORS, Step::Listing, "https://harbour.example.com/notes/", CLASSES.as_bytes())
            .unwrap();
    let follow = &listed.follow[0];
    let fetched =
        read(SELECTORS, Step::Article, follow.request.url.as_str(), BOXES.as_bytes()).unwrap();

    assert_eq!(follow.unless_known.as_deref(), Some(fetched.posts[0].key.as_str()));
}

#[test]
fn without_selectors_the_repeated_posts_are_found_and_the_featured_one_with_them() {
    let settings = "url = 'https://werkstatt.example.com/blog'\narticle = false";
    let page =
        read(settings, Step::Listing, "https://werkstatt.example.com/blog", FEATURED.as_bytes())
            .unwrap();

    let found: Vec<(&str, String, &str)> = page
        .posts
        .iter()
        .map(|post| {
            let date =
                post.published.map(|at| at.strftime("%m-%d").to_string()).unwrap_or_default();
            (post.title.as_deref().unwrap_or_default(), date, post.text.as_str())
        })
        .collect();
    assert_eq!(
        found,
        [
            (
                "Der große Ausfall im März und was er kostete",
                "03-20".to_owned(),
                "Drei Stunden stand alles still."
            ),
            ("Ein Serverumzug ganz ohne Pause", "03-12".to_owned(), "Wie wir es gemacht haben."),
            ("Was Speicher wirklich kostet", "03-05".to_owned(), "Mehr als gedacht."),
            ("Ein Jahr mit Postgres im Betrieb", "02-27".to_owned(), "Wenig zu klagen."),
        ]
    );
}

#[test]
fn links_that_lead_to_no_web_page_are_skipped_with_a_reason() {
    let settings = "url = 'https://a.example.com/'\nitem = 'li.post'\narticle = false";
    let page = read(settings, Step::Listing, "https://a.example.com/", HOSTILE.as_bytes()).unwrap();

    assert_eq!(page.posts.len(), 1);
    assert_eq!(page.posts[0].title.as_deref(), Some("An honest post"));
    assert_eq!(page.skipped.len(), 6);
    assert_eq!(page.skipped[0].place, "item 1");
    assert!(page.skipped[0].why.contains("javascript:alert"), "{}", page.skipped[0].why);
    assert_eq!(page.skipped[5].why, "it has no link");
}

#[test]
fn selectors_that_match_nothing_are_a_failure_and_no_quiet_day() {
    let settings = "url = 'https://a.example.com/'\nitem = '.rebuilt'";
    let error =
        read(settings, Step::Listing, "https://a.example.com/", CLASSES.as_bytes()).unwrap_err();

    assert!(error.to_string().contains("`item` matches nothing"), "{error}");
}

#[test]
fn a_page_without_repeated_links_says_so() {
    let settings = "url = 'https://a.example.com/'";
    let error =
        read(settings, Step::Listing, "https://a.example.com/", b"<p>Hello</p>").unwrap_err();

    assert!(error.to_string().contains("no repeated links"), "{error}");
}

#[test]
fn a_feed_where_a_page_was_expected_is_named_as_one() {
    let from = url("https://a.example.com/feed");
    let response = Response {
        step: Step::Listing,
        url: &from,
        content_type: Some("application/rss+xml; charset=utf-8"),
        link: None,
        content_language: None,
        body: b"<rss/>",
    };
    let error = open("url = 'https://a.example.com/feed'").unwrap().read(&response).unwrap_err();

    assert!(error.to_string().contains("kind = \"feed\""), "{error}");
}

#[test]
fn a_bad_setting_names_the_key_the_value_and_what_is_wrong() {
    let (key, why) = complaint("url = 'https://a.example.com/'\nitem = 'div..post'");
    assert_eq!(key, "item");
    assert!(why.starts_with("\"div..post\" is no CSS selector: "), "{why}");

    let (key, why) = complaint("url = 'ftp://a.example.com/'");
    assert_eq!((key.as_str(), why.contains("ftp://a.example.com/")), ("url", true));
    assert_eq!(complaint("item = 'p'").0, "url");
    assert_eq!(complaint("url = 'https://a.example.com/'\nitme = 'p'").0, "itme");
    assert_eq!(complaint("url = 'https://a.example.com/'\narticle = 'no'").0, "article");
    assert_eq!(complaint("url = 'https://a.example.com/'\ntitle = 'h2'").0, "title");
    assert_eq!(
        complaint("url = 'https://a.example.com/'\nitem = 'p'\ndate_format = '%H:%M'").0,
        "date_format"
    );
    assert_eq!(
        complaint("url = 'https://a.example.com/'\narticle = false\narticle_text = 'p'").0,
        "article_text"
    );
}

#[test]
fn an_article_is_its_words_with_the_lead_and_without_the_boxes() {
    let found = article(BOXES, &url("https://rack.example.com/2026/03/storage")).unwrap();

    assert!(found.text.starts_with("Object storage got a fifth cheaper"), "{}", found.text);
    assert!(found.text.contains("\n\nThe fall began in January"), "{}", found.text);
    assert!(found.text.contains("orders for the summer."));
    for frame in
        ["Home", "Disks are cheap", "Read also", "photographed", "every Friday", "All rights"]
    {
        assert!(!found.text.contains(frame), "{frame} in {}", found.text);
    }
    assert_eq!(found.title, "Storage prices fall again");
    assert_eq!(found.author.as_deref(), Some("Mara Quist"));
    assert_eq!(found.published.unwrap().timestamp().to_string(), "2026-03-14T08:26:53Z");
    assert_eq!(found.language.as_deref(), Some("en"));
}

#[test]
fn bare_words_lines_and_the_lead_are_read_and_what_readers_and_the_site_say_is_not() {
    let found = article(ASIDE, &url("https://harbour.example.com/notes/pumps")).unwrap();

    for words in [
        "The pumps had been quiet since Monday",
        "Nobody had looked behind the second door.",
        "What stands behind the form is said as well.",
        "The first line of three.",
        "The third line of three.",
    ] {
        assert!(found.text.contains(words), "{words:?} is missing in {}", found.text);
    }
    for frame in ["I never liked", "All rights", "Another story", "Leave your name", "Older tales"]
    {
        assert!(!found.text.contains(frame), "{frame:?} in {}", found.text);
    }
    assert!(!found.text.contains("Where the water went"), "the headline is the title");
    assert_eq!(found.title, "Where the water went");
    assert_eq!(found.published.unwrap().timestamp().to_string(), "2026-10-12T00:00:00Z");
}

#[test]
fn an_article_that_only_machines_are_given_is_read_within_bounds() {
    let words = "The whole text stands here and nowhere else. ".repeat(12);
    let page = |body: &str| {
        let body = body.replace('"', "\\\"");
        format!(
            "<script type=\"application/ld+json\">{{\"@type\":\"Article\",\"articleBody\":\"{body}\"}}</script><p>Scripts are needed.</p>"
        )
    };
    let at = url("https://a.example.com/x");
    assert_eq!(article(&page(&words), &at).unwrap().text, words.trim());
    let marked_up = format!("<p>{words}</p><script>steal()</script>");
    assert_eq!(
        article(&page(&marked_up.replace("</script>", "<\\/script>")), &at).unwrap().text,
        words.trim()
    );

    let nested = format!("{}deep</b>", "<div><b>".repeat(100_000));
    let found = article(&page(&nested), &at).unwrap();
    assert!(found.html.len() <= 1 << 20);
}

#[test]
fn json_ld_is_read_with_its_faults_and_wins_over_what_the_page_shows() {
    let found = article(JSON_LD, &url("https://q.example.com/")).unwrap();

    assert_eq!(found.title, "Queues & what they hide");
    assert_eq!(found.author.as_deref(), Some("Ada Ferris, Bo Lind"));
    assert_eq!(found.published.unwrap().timestamp().to_string(), "2026-03-14T10:00:00Z");
    assert_eq!(found.language.as_deref(), Some("en-GB"));
}

#[test]
fn a_marketers_selectors_overrule_what_we_find() {
    let settings = "url = 'https://q.example.com/'\narticle_title = 'h1'\narticle_text = 'main p:last-child'\narticle_author = '.nobody'";
    let page =
        read(settings, Step::Article, "https://q.example.com/queues", JSON_LD.as_bytes()).unwrap();

    let said = &page.posts[0];
    assert_eq!(said.title.as_deref(), Some("Something else"));
    assert!(said.text.starts_with("The second was a service"), "{}", said.text);
    assert_eq!(said.author.as_ref().unwrap().name.as_deref(), Some("Ada Ferris, Bo Lind"));
    assert_eq!(page.skipped.len(), 1);
    assert!(page.skipped[0].why.contains("`article_author`"));
}

#[test]
fn a_page_without_words_is_skipped_and_not_an_error() {
    let page = read(
        "url = 'https://a.example.com/'",
        Step::Article,
        "https://a.example.com/x",
        b"<img src=x>",
    )
    .unwrap();

    assert!(page.posts.is_empty());
    assert_eq!(page.skipped[0].place, "https://a.example.com/x");
}

#[test]
fn an_articles_html_is_safe_to_show() {
    let attack = BOXES.replace(
        "<p>For a firm",
        "<script>steal()</script><p onclick=\"steal()\"><a href=\"javascript:steal()\">x</a><iframe src=\"//evil\"></iframe>For a firm",
    );
    let found = article(&attack, &url("https://rack.example.com/a")).unwrap();

    for danger in ["steal", "onclick", "javascript", "iframe"] {
        assert!(!found.html.contains(danger), "{danger} in {}", found.html);
    }
}

#[test]
fn a_title_cannot_turn_its_letters_round() {
    let page = JSON_LD.replace("Queues &amp; what", "Invoice \u{202e}fdp.exe");
    let found = article(&page, &url("https://q.example.com/")).unwrap();

    assert!(!found.title.contains('\u{202e}'), "{:?}", found.title);
}

#[test]
fn a_page_in_an_old_charset_is_read_as_it_says() {
    // Every letter here is the same number in windows-1252 as in Unicode.
    let text = "<meta charset=windows-1252>Größe";
    let body: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();

    assert!(decode(&body, Some("text/html")).ends_with("Größe"));
}

#[test]
fn feeds_are_found_declared_ones_first_and_those_of_comments_last() {
    let feeds = discover(FEEDS, &url("https://blog.example.com/en/index.html"));

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

fn proposed(html: &str, from: &str) -> Vec<(&'static str, String)> {
    suggest::listing(html, &url(from)).unwrap()
}

/// The settings of a proposal.
fn with(from: &str, proposed: &[(&'static str, String)]) -> String {
    let lines: Vec<String> = proposed.iter().map(|(key, css)| format!("{key} = {css:?}")).collect();
    format!("url = {from:?}\n{}", lines.join("\n"))
}

/// Title and day of each post that a proposal reads on its page.
fn read_as_proposed(html: &str, from: &str) -> Vec<(String, String)> {
    let settings = format!("article = false\n{}", with(from, &proposed(html, from)));
    let page = read(&settings, Step::Listing, from, html.as_bytes()).unwrap();
    let day = |said: &Said| said.published.map(|at| at.strftime("%m-%d").to_string());
    let posts = page.posts.iter();
    posts.map(|said| (said.title.clone().unwrap(), day(said).unwrap_or_default())).collect()
}

#[test]
fn selectors_are_proposed_for_the_layouts_of_blogs_and_read_what_is_there() {
    let read = |html| read_as_proposed(html, "https://tidewater.example/");
    let titles = |html| read(html).into_iter().map(|(title, _)| title).collect::<Vec<_>>();
    assert_eq!(
        read(WORDPRESS),
        [
            ("Cold tiers are not as cold as they say".to_owned(), "10-02".to_owned()),
            ("Fewer pages at night, without fewer alarms".to_owned(), "09-18".to_owned()),
            ("What a year of restore drills taught us".to_owned(), "09-01".to_owned()),
        ]
    );
    assert_eq!(
        read(TABLE)[3],
        ("reading an egress bill line by line".to_owned(), "03-14".to_owned())
    );
    assert_eq!(
        read(LINKS)[0],
        ("Ein Umzug im Winter, und was dabei einfror".to_owned(), "10-03".to_owned())
    );
    assert_eq!(titles(LINKS).len(), 4);
    // The one that somebody paid for is skipped.
    assert_eq!(titles(CARDS).len(), 3);
    assert!(!titles(CARDS).contains(&"Partner week: three tools and one webinar".to_owned()));
}

#[test]
fn a_proposal_names_no_class_that_the_next_build_changes() {
    let proposed = proposed(CARDS, "https://blog.example.com/");
    let of = |key| proposed.iter().find(|(own, _)| *own == key).map(|(_, css)| css.as_str());

    assert_eq!(of("item"), Some("div[class*=PostCard_card__]"));
    assert_eq!(of("title"), Some("h3[class*=PostCard_title__]"));
    assert_eq!(of("next"), Some("a[rel=next]"));
    for (_, css) in &proposed {
        for made_up in ["css-", "a8Xk2", "kYtTyd", "sc-"] {
            assert!(!css.contains(made_up), "{css}");
        }
    }
}

#[test]
fn an_articles_element_and_the_boxes_in_it_are_proposed_and_dropped() {
    let from = "https://blog.example.com/streaming-joins";
    let proposed = suggest::article(BOXED, &url(from));
    let settings = with(from, &proposed);
    let keys: Vec<_> = proposed.iter().map(|(key, _)| *key).collect();
    assert_eq!(keys, ["article_text", "article_drop"], "{proposed:?}");

    let page = read(&settings, Step::Article, from, BOXED.as_bytes()).unwrap();
    let text = &page.posts[0].text;
    assert!(
        text.starts_with("A join is easy") && text.ends_with("before they look at anything else."),
        "{text}"
    );
    for frame in ["Share this", "one letter a month"] {
        assert!(!text.contains(frame), "{frame:?} in {text}");
    }
}

#[test]
fn nothing_is_proposed_where_a_page_makes_more_work_than_any_real_one() {
    let links = "<a href=/x>one</a> ".repeat(20);
    let deep = format!("{}</body>", format!("<div>{links}").repeat(300));
    let from = url("https://tidewater.example/");
    assert!(suggest::listing(WORDPRESS, &from).is_some());
    assert_eq!(suggest::listing(&WORDPRESS.replace("</body>", &deep), &from), None);
}

#[test]
fn elements_behind_the_first_twenty_thousand_are_not_looked_at() {
    let from = url("https://tidewater.example/");
    let (head, body) = WORDPRESS.split_once("</head>").unwrap();
    let far = format!("{head}</head><body>{}{body}", "<br>".repeat(20_000));
    assert_eq!(suggest::listing(&far, &from), None);
}

#[test]
fn nothing_is_proposed_where_nothing_repeats() {
    assert_eq!(suggest::listing("<p>Hello</p>", &url("https://a.example.com/")), None);
    let deep = "<div>".repeat(100_000);
    assert_eq!(suggest::listing(&deep, &url("https://a.example.com/")), None);
    assert!(suggest::article("<img src=x>", &url("https://a.example.com/")).is_empty());
}

#[test]
fn links_to_feeds_are_found_by_type_name_and_query_and_parts_of_a_site_come_later() {
    let page = r#"<link rel="alternate" type="application/rss+xml" title="Blog: tag storage" href="/tag/storage/feed/">
        <a href="/?feed=rss2">Subscribe</a> <a href="/news.rss">news</a> <a type="application/atom+xml" href="https://elsewhere.example.org/a">Atom</a>
        <a href="/whatever" title="RSS">icon</a> <a href="/press">Press</a> <a href="https://elsewhere.example.org/feed">A friend's</a>"#;
    let feeds: Vec<String> =
        discover(page, &url("https://blog.example.com/")).iter().map(ToString::to_string).collect();

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

#[test]
fn two_hundred_levels_of_nesting_are_read() {
    let nested = format!("{}{}{}", "<div>".repeat(200), paragraphs(5), "</div>".repeat(200));
    let found = article(&nested, &url("https://a.example.com/")).unwrap();

    assert!(found.text.contains("Paragraph 4"), "{}", found.text);
}

#[test]
fn a_hundred_thousand_levels_are_read_as_plain_text() {
    let nested = format!("{}Deep down there is a word.", "<div><b>".repeat(100_000));
    let found = article(&nested, &url("https://a.example.com/")).unwrap();

    assert_eq!(found.text, "Deep down there is a word.");
    assert!(discover(&nested, &url("https://a.example.com/")).is_empty());
    let listing = read(
        "url = 'https://a.example.com/'",
        Step::Listing,
        "https://a.example.com/",
        nested.as_bytes(),
    );
    assert!(listing.unwrap_err().to_string().contains("nested too deeply"));
}

#[test]
fn links_by_the_thousand_at_every_depth_are_read_as_plain_text() {
    let links = "<a href=/x>one and two</a> ".repeat(20);
    let bomb = format!(
        "<title>A bomb</title><nav>Menu</nav><article>{}{links}</article>",
        format!("<div>{links}").repeat(380)
    );
    let found = article(&bomb, &url("https://a.example.com/")).unwrap();

    // With its frame and without a title: the extractor was not asked.
    assert!(found.text.contains("Menu") && found.text.contains("one and two"));
    assert_eq!(found.title, "");
}

#[test]
fn formatting_left_open_everywhere_is_read_as_plain_text() {
    let bold = (0..10_000).map(|n| format!("<p><b a={n}>word</p>")).collect::<Vec<_>>().concat();
    let found = article(&bold, &url("https://a.example.com/")).unwrap();

    assert!(found.text.starts_with("word\n\nword"));
    assert!(found.html.len() <= 1 << 20);
}

#[test]
fn a_selector_that_is_none_is_said_in_our_words() {
    let kind = overheard::adapters::kind("page").unwrap();
    for (key, css) in [("item", "div[["), ("next", "a:nonsense("), ("skip", ">")] {
        let settings = format!("url = 'https://a.example/'\n{key} = '{css}'");
        let bad = (kind.open)(settings.parse().unwrap()).map(|_| ()).unwrap_err();
        let said = bad.to_string();
        assert!(said.starts_with(&format!("{key}: {css:?} is no CSS selector: write")), "{said}");
        assert!(!said.contains('\n') && !said.contains("developer"), "{said}");
    }
}

#[test]
fn a_page_of_ten_megabytes_is_read_up_to_its_limit() {
    let long = format!("<html><body><article>{}</article></body></html>", paragraphs(100_000));
    assert!(long.len() > 10_000_000);
    let found = article(&long, &url("https://a.example.com/")).unwrap();

    assert!(found.text.contains("Paragraph 1000 "));
    assert!(found.text.len() < 5_000_000);
}

fn paragraphs(count: usize) -> String {
    let paragraph = |n| {
        format!(
            "<p>Paragraph {n} of a text that says, at some length, that a paragraph is a thing with words in it, one after another.</p>\n"
        )
    };
    (0..count).map(paragraph).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_page_cut_anywhere_never_panics(cut in 0_usize..3_000, which in 0_usize..6) {
        let whole = [CLASSES, FEATURED, HOSTILE, BOXES, JSON_LD, FEEDS][which].as_bytes();
        let body = &whole[..cut.min(whole.len())];
        for step in [Step::Listing, Step::Article] {
            for settings in [SELECTORS, "url = 'https://a.example.com/'"] {
                if let Ok(page) = read(settings, step, "https://a.example.com/list", body) {
                    for post in &page.posts {
                        prop_assert!(post.key.starts_with("http"));
                    }
                    for follow in &page.follow {
                        prop_assert!(matches!(follow.request.url.scheme(), "http" | "https"));
                    }
                }
            }
        }
        let text = String::from_utf8_lossy(body);
        let _ = discover(&text, &url("https://a.example.com/"));
    }

    #[test]
    fn markup_soup_never_panics(
        soup in proptest::collection::vec(
            prop_oneof![
                Just("<div class=item>"), Just("</div>"), Just("<p>"), Just("<table><td>"), Just("<a href=/x>"),
                Just("<a href='data:x'>"), Just("<script>"), Just("</script>"), Just("<!--"), Just("-->"),
                Just("<svg>"), Just("<select>"), Just("<h1>"), Just("\u{202e}"), Just("\0"), Just("words, and more words. "),
                Just("<time datetime=9999999999-99>"), Just("<template>"), Just("<meta name=author content='<'>"),
                Just("<script type='application/ld+json'>{\"@type\":\"Article\",\"author\":[[[]]]}</script>"),
            ],
            0..60,
        )
    ) {
        let html = soup.concat();
        let base = url("https://a.example.com/");
        if let Some(found) = article(&html, &base) {
            prop_assert!(!found.text.trim().is_empty());
            prop_assert!(!found.html.contains("<script"));
        }
        if let Some(proposed) = suggest::listing(&html, &base) {
            prop_assert!(proposed.iter().any(|(key, _)| *key == "item"));
        }
        let _ = suggest::article(&html, &base);
        let _ = read("url = 'https://a.example.com/'\nitem = '.item'", Step::Listing, "https://a.example.com/", html.as_bytes());
    }
}
