//! Which posts are one story.

use overheard::source::Voice;
use overheard::story::stories;

use super::market::Market;

/// How many stories the posts are.
fn count(market: &Market) -> usize {
    stories(&market.heard()).len()
}

#[test]
fn a_source_that_tells_two_posts_apart_at_one_url_has_said_two_things() {
    let mut market = Market::silent();
    market.source("diary", Voice::Blog);
    market.source("forum", Voice::Customer);
    let day = Some("https://diary.example/2026/11/18.html".to_owned());
    for text in
        ["The new racks hum in B flat.", "Our cloud bill is now a page longer than the menu."]
    {
        market.say("diary", 2, 0, text).post.said.url.clone_from(&day);
    }
    assert_eq!(count(&market), 2);
    // Somebody else's post at that URL passes one of them on.
    market.say("forum", 1, 1, "Worth a read.").post.said.url.clone_from(&day);
    assert_eq!(count(&market), 2);
    // Said twice in the same words, it is one all the same.
    let again = "Our cloud bill is now a page longer than the menu, and nobody has asked for either of them.";
    for _ in 0..2 {
        market.say("diary", 1, 0, again).post.said.url.clone_from(&day);
    }
    assert_eq!(count(&market), 3);
}

#[test]
fn a_headline_that_is_all_we_get_is_a_reprint_of_the_report_it_stands_above() {
    let report = "LINDHAVEN (Wirepoint) - The harbour's biggest shipper said on Monday it would halve what it pays for ingest.";
    let headline =
        "Harbour's biggest shipper says to halve spending on ingest if prices rise again";
    let edited =
        "Harbour's biggest shipper Portolan says to halve spending on ingest if prices rise again";
    let with = |title: &str, days: i64, text: &str| {
        let mut market = Market::silent();
        market.source("wire", Voice::Press);
        market.source("paper", Voice::Press);
        market.say("wire", 2, 0, report).titled(headline);
        market.say("paper", days, 1, text).titled(title);
        count(&market)
    };
    assert_eq!(with(edited, 1, ""), 1);
    assert_eq!(
        with("Harbour's biggest crane says farewell to its driver after forty years", 1, ""),
        2
    );
    assert_eq!(with(edited, 20, ""), 2, "another time it is other news");
    let own = "Portolan wants to log less. Its platform lead told us why over a bowl of soup, and what she thinks of her vendor.";
    assert_eq!(with(edited, 1, own), 2, "where both have words, these decide");
}
