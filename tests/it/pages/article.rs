//! An article's page: its words, and what it says of itself.

use overheard::adapters::Step;
use overheard::adapters::page::{article, decode};

use super::{ASIDE, BOXES, JSON_LD, read, url};

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
