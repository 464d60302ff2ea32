//! What a reader knows does not return; the window, and a digest that is kept.

use jiff::civil::date;
use overheard::digest::{Digest, window};
use overheard::source::Voice;
use overheard::verdict::SentimentLabel;

use super::market::{Market, TODAY, busy, mara};
use super::point;

#[test]
fn what_was_told_does_not_return_unless_it_moved() {
    let mut market = busy();
    let told = market.digest().told();
    let tomorrow = TODAY.tomorrow().unwrap();
    let again = market.digest_for(&mara(), tomorrow, &told);
    assert!(!again.is_solid(), "{again:#?}");
    assert!(market.digest_for(&mara(), TODAY, &told).is_solid(), "the same day is made again");

    for (name, text) in [
        ("latecomer", "Our egress fees went up by a third since June, and we are a tiny shop."),
        ("straggler", "Finance stopped two of our projects because of what egress fees would add."),
    ] {
        market.source(name, Voice::Customer);
        market.say(name, -1, 0, text).about("cloud cost").feeling(SentimentLabel::Negative);
    }
    let moved = market.digest_for(&mara(), tomorrow, &told);
    let point = point(&moved, "cloud cost");
    assert_eq!(
        point.moved.as_deref(),
        Some("2 more voices since Friday 20 November: 6 then, 8 now")
    );
    let is_new = |post| told.iter().all(|told| told.post != post);
    assert!(
        point.quotes.iter().all(|quote| is_new(quote.post)),
        "what is new is quoted: {point:?}"
    );
}

#[test]
fn news_of_an_account_that_moved_are_told_by_who_is_new() {
    let mut market = Market::silent();
    let say = |market: &mut Market, name: &str, days, text: &str| {
        market.source(name, Voice::Customer);
        market.say(name, days, 0, text).naming("Halden Freight", "Halden Freight");
    };
    say(&mut market, "north", 2, "Halden Freight charges 12 dollars more a pallet since October.");
    let first = market.digest();
    say(&mut market, "south", -1, "We pay Halden Freight more a pallet, too, and look elsewhere.");
    let next = market.digest_for(&mara(), TODAY.tomorrow().unwrap(), &first.told());
    let [news] = next.accounts.as_slice() else { panic!("{:?}", next.accounts) };
    assert_eq!((news.owners.len(), news.moved.is_some()), (2, true));
    assert!(news.sentence.text.starts_with("We pay"), "{news:?}");
}

#[test]
fn a_voice_from_before_the_last_digest_moves_nothing() {
    let mut market = busy();
    let told = market.digest().told();
    market.source("overlooked", Voice::Customer);
    let text = "Egress fees ate our savings, and our board asks what we are going to do about it.";
    market.say("overlooked", 1, 0, text).about("cloud cost").feeling(SentimentLabel::Negative);
    let text =
        "Not everybody suffers: talk of egress fees is overblown, ours are a rounding error.";
    market.say("overlooked", 1, 1, text).about("on-call").feeling(SentimentLabel::Negative);
    let text = "Quillon Bank closes its branch systems on Sundays, and we stood before the door.";
    market.say("overlooked", 1, 3, text).naming("Quillon Bank", "Quillon Bank");
    let again = market.digest_for(&mara(), TODAY.tomorrow().unwrap(), &told);
    assert!(!again.is_solid(), "{again:#?}");
}

#[test]
fn a_voice_that_reaches_us_late_is_told_when_it_comes() {
    let mut market = busy();
    let told = market.digest().told();
    for (source, text) in [
        ("delayed", "Egress fees ate our savings, and our board asks what we are going to do."),
        ("held-up", "Finance stopped two of our projects because of what egress fees would add."),
    ] {
        market.source(source, Voice::Customer);
        let said = market.say(source, 1, 0, text).about("cloud cost");
        said.feeling(SentimentLabel::Negative).heard(-1);
    }
    let next = market.digest_for(&mara(), TODAY.tomorrow().unwrap(), &told);
    let moved = point(&next, "cloud cost").moved.as_deref();
    assert_eq!(moved, Some("2 more voices since Friday 20 November: 6 then, 8 now"));
}

#[test]
fn the_first_voice_against_is_news_only_when_it_spoke_since() {
    for (days, moved) in
        [(1, None), (-1, Some("the first voice against it since Friday 20 November"))]
    {
        let mut market = busy();
        let told = market.digest().told();
        market.source("contrary", Voice::Blog);
        let text =
            "The talk about on-call nights is overblown: engineers are paged less than ever.";
        market.say("contrary", days, 1, text).about("on-call");
        let again = market.digest_for(&mara(), TODAY.tomorrow().unwrap(), &told);
        let points = again.blocks.iter().flat_map(|block| &block.points);
        let found: Vec<_> = points.map(|point| point.moved.as_deref()).collect();
        assert_eq!(found.first().copied().flatten(), moved, "{again:#?}");
    }
}

#[test]
fn the_other_side_of_a_told_dispute_is_not_told_again() {
    let mut market = busy();
    let told = market.digest().told();
    // One more supporter, grouped apart but answered by the same denial.
    market.source("apart", Voice::Press);
    let text = "Egress fees overran the budget of every firm that we called in the last month.";
    market.say("apart", 1, 0, text).about("cloud cost");
    let denial = market.posts.iter().find(|p| {
        p.post.source.as_str() == "oakline" && p.post.when() > window(&mara(), TODAY).from
    });
    let denial = denial.unwrap().clone();
    market.posts.retain(|p| p.post.source.as_str() == "apart" || p.post.id == denial.post.id);
    let tomorrow = TODAY.tomorrow().unwrap();
    assert_eq!(market.digest_for(&mara(), tomorrow, &[]).blocks.len(), 1);
    let again = market.digest_for(&mara(), tomorrow, &told);
    assert!(again.blocks.is_empty(), "{again:#?}");
}

#[test]
fn the_window_is_seven_days_by_the_readers_clock_in_summer_and_winter() {
    let hours = |day| {
        let window = window(&mara(), day);
        window.until.duration_since(window.from).as_hours()
    };
    assert_eq!(hours(date(2026, 11, 20)), 168);
    assert_eq!(hours(date(2026, 10, 27)), 169);
    assert_eq!(hours(date(2026, 3, 31)), 167);
    assert_eq!(window(&mara(), date(2026, 7, 1)).until.to_string(), "2026-07-01T05:00:00Z");
}

#[test]
fn a_digest_survives_being_kept() {
    let digest = busy().digest();
    let json = serde_json::to_string(&digest).unwrap();
    assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
    let bytes = rmp_serde::to_vec_named(&digest).unwrap();
    assert_eq!(rmp_serde::from_slice::<Digest>(&bytes).unwrap(), digest);
}

#[test]
fn a_reversal_says_what_most_said_then_and_what_they_say_now() {
    let mut market = busy();
    let told = market.digest().told();
    for n in 0..9 {
        let name = format!("turncoat{n}");
        market.source(&name, Voice::Customer);
        let text = format!(
            "We of plant {n} disagree: in hall {n} egress fees are no problem, talk of {n} is overblown."
        );
        market.say(&name, -1, 0, &text).about("cloud cost").feeling(SentimentLabel::Positive);
    }
    let again = market.digest_for(&mara(), TODAY.tomorrow().unwrap(), &told);
    let moved = point(&again, "cloud cost").moved.clone().unwrap();
    assert_eq!(
        moved,
        "a reversal since Friday 20 November: then most said otherwise (6 of 7), now 10 of 16 say this"
    );
}

#[test]
fn a_change_of_mood_says_how_most_felt_then_and_how_they_feel_now() {
    let mut market = super::market::Market::silent();
    for n in 0..5 {
        let name = format!("clerk{n}");
        market.source(&name, Voice::Customer);
        let text =
            format!("In office {n} egress fees at provider {n} are what we pay in all {n} rooms.");
        market.say(&name, 3, 0, &text).about("cloud cost").feeling(SentimentLabel::Positive);
    }
    let told = market.digest().told();
    for n in 0..5 {
        let text =
            format!("In branch {n} egress fees at provider {n} are now paid in all {n} halls too.");
        let name = format!("clerk{n}");
        market.say(&name, -1, 0, &text).about("cloud cost").feeling(SentimentLabel::Negative);
    }
    let again = market.digest_for(&mara(), TODAY.tomorrow().unwrap(), &told);
    let moved = point(&again, "cloud cost").moved.clone().unwrap();
    assert_eq!(
        moved,
        "a change of mood since Friday 20 November: then most spoke well of it (5 to 0), now most badly (5 to 0)"
    );
}
