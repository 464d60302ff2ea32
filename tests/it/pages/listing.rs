//! What a page lists: by the marketer's selectors, and without.

use overheard::adapters::{Response, Step};

use super::{BOXES, CLASSES, FEATURED, HOSTILE, SELECTORS, complaint, open, read, url};

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
