//! What a reader gets to see.

use overheard::digest::{Digest, Proven, Unsaid};
use overheard::post::{Post, PostId};
use overheard::views;

use super::market::{Market, busy};

#[track_caller]
fn proven(market: &Market, digest: &Digest) -> Proven {
    Proven::of(digest.clone(), |id| market.post(id)).unwrap()
}

#[track_caller]
fn html(market: &Market, digest: &Digest) -> String {
    views::html(&proven(market, digest), &views::Links::none()).unwrap()
}

#[track_caller]
fn refused(digest: Digest, lookup: impl Fn(PostId) -> Option<Post>) -> Unsaid {
    Proven::of(digest, lookup).unwrap_err()
}

#[test]
fn a_busy_week_reads_well_as_text() {
    let market = busy();
    insta::assert_snapshot!(views::text(&proven(&market, &market.digest()), &views::Links::none()));
}

#[test]
fn a_busy_week_reads_well_as_markdown() {
    let market = busy();
    insta::assert_snapshot!(views::markdown(
        &proven(&market, &market.digest()),
        &views::Links::none()
    ));
}

#[test]
fn a_busy_week_is_a_mail_that_fetches_nothing_and_is_not_cut() {
    let market = busy();
    let mail = html(&market, &market.digest());
    insta::assert_snapshot!(mail);
    for forbidden in ["<img", "<script", "<svg", "<link", "@import", "url(", "@font-face", "src="] {
        assert!(!mail.contains(forbidden), "{forbidden}");
    }
    assert!(mail.len() <= views::MAX_BYTES);
    assert!(mail.contains("lang=\"en\""));
}

#[test]
fn an_empty_week_says_so_in_one_line() {
    let market = Market::silent();
    insta::assert_snapshot!(views::text(&proven(&market, &market.digest()), &views::Links::none()));
    assert!(html(&market, &market.digest()).contains("Nothing solid to report"));
}

#[test]
fn a_digest_made_nearly_deaf_says_so_first() {
    let mut market = busy();
    market.listening.failing =
        (0..12).map(|n| (format!("source-{n}"), "It did not answer.".to_owned())).collect();
    let text = views::text(&proven(&market, &market.digest()), &views::Links::none());
    let alarm = text.find("We could read only 2 of 14 sources").unwrap();
    assert!(alarm < text.find("YOUR ACCOUNTS").unwrap());
    let mail = html(&market, &market.digest());
    assert!(mail.find("We could read only").unwrap() < mail.find("Your accounts").unwrap());
}

#[test]
fn a_sentence_nobody_said_is_refused() {
    let market = busy();
    let mut digest = market.digest();
    digest.blocks[0].points[0].claim.text.push_str(" Buy now.");
    let refused = refused(digest, |id| market.post(id));
    assert!(matches!(refused, Unsaid::NotThere { .. }), "{refused}");
}

#[test]
fn a_sentence_of_another_post_or_of_none_is_refused() {
    let market = busy();
    let mut digest = market.digest();
    let other = digest.citations.iter().find(|c| c.post != digest.blocks[0].points[0].claim.post);
    digest.blocks[0].points[0].claim.post = other.unwrap().post;
    let elsewhere = refused(digest, |id| market.post(id));
    assert!(matches!(elsewhere, Unsaid::NotThere { .. }), "{elsewhere}");
    let nowhere = refused(market.digest(), |_| None);
    assert!(matches!(nowhere, Unsaid::NoPost { .. }), "{nowhere}");
}

#[test]
fn a_post_without_a_title_is_cited_by_its_words_or_its_host() {
    let mut market = busy();
    for (post, title) in market.posts.iter_mut().zip(["", " ", "…", "...", " … "].iter().cycle())
    {
        post.post.said.title = Some((*title).to_owned());
    }
    let silent = market.say("commons", 1, 1, "…").about("on-call").by("Mute").titled("…");
    let (silent, host) = (silent.post.id, "commons.example");
    let digest = market.digest();
    let proven = proven(&market, &digest);
    assert!(!views::text(&proven, &views::Links::none()).contains("“…”"));
    assert_eq!(digest.citation(silent).unwrap().title, host);
    let said = digest.citations.iter().filter(|citation| citation.post != silent);
    assert!(said.map(|c| c.title.split(' ').count()).all(|words| words > 4), "{digest:#?}");
}

#[test]
fn hostile_words_names_and_links_do_no_harm() {
    let mut market = Market::silent();
    let evil = "Attackers <script>alert(1)</script> say \u{202e}gnp.exe that the price of everything doubled [here](javascript:x) today.";
    for (name, voice) in
        [("first", overheard::source::Voice::Press), ("second", overheard::source::Voice::Customer)]
    {
        market.source(name, voice);
        let spoken = market.say(name, 1, 0, &format!("{evil} {name} {}", "😀".repeat(10_000)));
        spoken.about("cloud cost").titled("<b>Bold</b> \u{202e}title & more");
        spoken.by("<img src=x onerror=alert(1)>\u{202e}");
        spoken.post.said.url = Some(format!("https://p\u{430}y.example/{name}?a=1&b=\"><script>"));
    }
    market.posts[0].post.said.url = Some("javascript:alert(1)".to_owned());
    let digest = market.digest();
    assert!(!digest.blocks.is_empty());
    let mail = html(&market, &digest);
    let text = views::text(&proven(&market, &digest), &views::Links::none());
    let markdown = views::markdown(&proven(&market, &digest), &views::Links::none());
    for view in [&mail, &text, &markdown] {
        assert!(!view.contains('\u{202e}') && !view.contains("p\u{430}y"));
        assert!(view.len() < views::MAX_BYTES);
    }
    assert!(
        !mail.contains("<script") && !mail.contains("<img") && !mail.contains("href=\"javascript")
    );
    assert!(!markdown.contains("<script") && !markdown.contains("](javascript"));
}

#[test]
fn the_longest_digest_still_fits_in_a_mail() {
    let mut market = Market::silent();
    let topics: Vec<_> = (0..40)
        .map(|n| {
            let mut topic = market.ruleset.topics[0].clone();
            topic.name = format!(
                "topic {n} with a name as long as a marketer would ever write it down here"
            );
            topic.ask = Some("why? ".repeat(60));
            topic
        })
        .collect();
    market.ruleset = overheard::topic::Ruleset::of(topics.clone());
    for voice in overheard::source::Voice::ALL {
        for n in 0..3 {
            let name = format!("{voice}-with-a-rather-long-name-{n}");
            market.source(&name, voice);
            for (claim, topic) in topics.iter().enumerate().take(12) {
                let words = format!("claim{claim} & \"{name}\" <{voice}> & ").repeat(4);
                let text =
                    format!("We say {words} and that costs us a good deal of money every month.");
                market.say(&name, 1, claim, &text).about(&topic.name).by(&name);
            }
        }
    }
    let mut reader = super::market::mara();
    reader.topics.clear();
    let digest = market.digest_for(&reader, super::market::TODAY, &[]);
    let points: usize = digest.blocks.iter().map(|block| block.points.len()).sum();
    assert_eq!(points, 14);
    assert!(html(&market, &digest).len() <= views::MAX_BYTES);
}

#[test]
fn what_does_not_fit_on_a_page_is_left_out_and_counted() {
    let market = busy();
    let whole = views::print(&proven(&market, &market.digest())).unwrap();
    assert!(whole.contains("size: A4") && whole.contains("Egress fees"), "{whole}");
    for forbidden in ["<img", "<script", "<link", "url(", "href"] {
        assert!(!whole.contains(forbidden), "{forbidden}");
    }
    let mut digest = market.digest();
    let points = digest.blocks[0].points.clone();
    digest.blocks[0].points = points.iter().cycle().take(60).cloned().collect();
    let cut = views::print(&proven(&market, &digest)).unwrap();
    assert!(cut.contains("more entries in the digest itself"), "{cut}");
    assert!(cut.matches("class=\"entry\"").count() < 16);
}

#[test]
fn the_subject_says_what_is_in_it_in_the_marketers_words() {
    let market = busy();
    let subject = views::subject(&proven(&market, &market.digest()));
    assert_eq!(subject, "Overheard: Halden Freight, Quillon Bank · cloud cost, on-call");
    let silent = Market::silent();
    let subject = views::subject(&proven(&silent, &silent.digest()));
    assert_eq!(subject, "Overheard: nothing solid to report on Friday 20 November");
}
