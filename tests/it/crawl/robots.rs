use overheard::adapters::KINDS;
use overheard::clock::FixedClock;
use overheard::crawl::http::{Ask, Cost, Manner, Settings};
use overheard::crawl::robots::Robots;
use overheard::crawl::terms::TERMS;
use overheard::visit::FailureKind;
use proptest::prelude::*;

use super::server::{Server, answer, ok};
use super::{clock, http};

proptest! {
    #[test]
    fn any_bytes_are_a_robots_txt_and_any_text_a_path(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
        path in any::<String>(),
    ) {
        let robots = Robots::parse(&bytes);
        let _ = (robots.allows("Overheard", &path), robots.crawl_delay("Overheard"));
    }

    #[test]
    fn a_rule_is_what_a_simple_matcher_says_it_is(
        pattern in "/[ab*$]{0,8}",
        path in "/[ab]{0,10}",
    ) {
        let robots = Robots::parse(format!("User-agent: *\nDisallow: {pattern}").as_bytes());
        prop_assert_eq!(!robots.allows("Overheard", &path), simple(pattern.as_bytes(), path.as_bytes()));
    }
}

/// The rule as RFC 9309 states it, by trying everything.
fn simple(pattern: &[u8], path: &[u8]) -> bool {
    match (pattern, path) {
        ([], _) | ([b'$'], []) => true,
        ([b'*', rest @ ..], _) => (0..=path.len()).any(|skip| simple(rest, &path[skip..])),
        ([first, rest @ ..], [byte, path @ ..]) => first == byte && simple(rest, path),
        _ => false,
    }
}

proptest! {
    #[test]
    fn p1_what_is_remembered_of_a_robots_txt_permits_and_forbids_the_same(
        lines in proptest::collection::vec(
            ("(user-agent|allow|disallow|crawl-delay)", "[*/a-c$]{0,6}|overheard|other|[0-9]"), 0..12),
        path in "/[a-c/*$]{0,8}",
    ) {
        let lines: Vec<String> = lines.iter().map(|(key, value)| format!("{key}: {value}")).collect();
        let text = lines.join("\n");
        let robots = Robots::parse(text.as_bytes());
        for agent in ["Overheard", "Other", "Nobody"] {
            let remembered = Robots::parse(robots.text_for(agent, 16_000).unwrap().as_bytes());
            prop_assert_eq!(remembered.allows("Anybody", &path), robots.allows(agent, &path));
            prop_assert_eq!(remembered.crawl_delay("Anybody"), robots.crawl_delay(agent));
        }
    }
}

#[tokio::test]
async fn p1_for_a_feed_robots_txt_is_shown_and_not_obeyed() {
    let forbids = Server::start(|asked| match asked.path() {
        "/robots.txt" => ok(&[], "User-agent: *\nDisallow: /feeds/"),
        _ => ok(&[], "x"),
    });
    let silent = Server::start(|_| answer("404 Not Found", &[], b""));
    let (http, clock): (_, FixedClock) = (http(|_| {}), clock());
    let mut cost = Cost::default();
    let url = forbids.url("/feeds/all").parse().unwrap();
    let shown = http.advice(&url, &clock, &mut cost).await.unwrap();
    assert!(shown.contains("/robots.txt asks crawlers not to read /feeds/all"), "{shown}");
    let open = forbids.url("/feed").parse().unwrap();
    assert_eq!(http.advice(&open, &clock, &mut cost).await, None);
    assert_eq!(http.advice(&silent.url("/").parse().unwrap(), &clock, &mut cost).await, None);
    super::body(&http, url.as_str()).await;
}

#[tokio::test]
async fn p1_a_robots_txt_that_leads_to_a_private_address_is_asked_once_and_permits_nothing() {
    let server = Server::start(|asked| match asked.path() {
        "/robots.txt" => answer("302 Found", &["Location: http://10.0.0.1/robots.txt"], b""),
        _ => ok(&[], "x"),
    });
    let (http, clock): (_, FixedClock) = (http(|_| {}), clock());
    for path in ["/a", "/b"] {
        let request = super::request(&server.url(path));
        let ask = Ask { request: &request, vouched: None, manner: Manner::Page };
        let failure = http.fetch(&ask, &clock, &mut Cost::default()).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::ForbiddenAddress);
    }
    assert_eq!(server.paths(), ["/robots.txt"]);
}

#[test]
fn p2_our_gap_keeps_within_what_every_service_documents() {
    for kind in KINDS.iter().filter(|kind| !["feed", "page", "sitemap"].contains(&kind.name)) {
        let terms = TERMS.iter().find(|terms| terms.kind == kind.name);
        let terms = terms.unwrap_or_else(|| panic!("{}: write down its terms", kind.name));
        assert!(Settings::default().feed_gap() >= terms.gap(), "{}: {terms:?}", kind.name);
    }
}
