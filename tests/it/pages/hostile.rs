//! Pages that mean no good, and pages cut anywhere.

use overheard::adapters::Step;
use overheard::adapters::feed_links::feeds as feeds_on;
use overheard::adapters::page::{article, suggest};
use proptest::prelude::*;

use super::{BOXES, CLASSES, FEATURED, FEEDS, HOSTILE, JSON_LD, SELECTORS, paragraphs, read, url};

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
    assert!(feeds_on(&nested, &url("https://a.example.com/")).is_empty());
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
fn a_page_of_ten_megabytes_is_read_up_to_its_limit() {
    let long = format!("<html><body><article>{}</article></body></html>", paragraphs(100_000));
    assert!(long.len() > 10_000_000);
    let found = article(&long, &url("https://a.example.com/")).unwrap();

    assert!(found.text.contains("Paragraph 1000 "));
    assert!(found.text.len() < 5_000_000);
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
        let _ = feeds_on(&text, &url("https://a.example.com/"));
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
