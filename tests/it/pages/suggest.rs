//! What is proposed for a blog without a feed.

use overheard::adapters::Step;
use overheard::adapters::page::suggest;
use overheard::post::Said;

use super::{BOXED, CARDS, LINKS, TABLE, WORDPRESS, read, url};

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
