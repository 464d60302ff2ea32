//! Evidence, not counts.

use std::collections::BTreeSet;

use overheard::digest::{Digest, Strength, refuse_unsaid, window};
use overheard::post::Relation;
use overheard::source::{Knowledge, Owner, Voice};
use overheard::verdict::SentimentLabel;
use proptest::prelude::*;

use super::market::{Market, TODAY, busy, mara};
use super::{owners, point};

#[test]
fn a_wire_story_reprinted_nine_times_is_one_voice() {
    let market = busy();
    let digest = market.digest();
    let evidence = &point(&digest, "cloud cost").evidence;
    assert_eq!(
        owners(point(&digest, "cloud cost")),
        [
            "dailyrack.example",
            "gridview.example",
            "harborpost.example",
            "millbrook.example",
            "tannery.example",
            "thewire.example"
        ]
    );
    assert_eq!(evidence.voices, [(Voice::Press, 3), (Voice::Customer, 2), (Voice::Analyst, 1)]);
    assert_eq!(evidence.strength, Strength::Pattern);
    assert!(evidence.stories.iter().any(|story| story.len() == 10));
}

#[test]
fn who_denies_the_claim_is_dissent_and_no_support() {
    let market = busy();
    let digest = market.digest();
    let point = point(&digest, "cloud cost");
    assert_eq!(point.evidence.dissenting.len(), 1);
    assert!(point.dissent.as_ref().unwrap().text.contains("overblown"));
    assert!(!owners(point).contains(&"oakline.example"));
}

#[test]
fn who_denies_what_others_head_the_claim_with_is_dissent() {
    let mut market = Market::silent();
    for (name, headline, text) in [
        ("north", "Robots break in the cold", "In our freezer they lasted two hours on a charge."),
        ("south", "Robots and frost", "Two hours on a charge is what they lasted in our freezer."),
        (
            "east",
            "What nobody tells you",
            "They lasted two hours in the freezer, not the eight of the plan.",
        ),
        (
            "west",
            "A year later",
            "It is not true that robots break in the cold: ours run for a whole shift.",
        ),
        ("inland", "On carts", "It is not true that a cart costs less to keep than a robot does."),
    ] {
        market.source(name, Voice::Blog);
        market.say(name, 34, 40, "A quiet week with little to tell from our corner of the world.");
        market.say(name, 2, 0, text).about("cloud cost").titled(headline);
    }
    let digest = market.digest();
    let evidence = &point(&digest, "cloud cost").evidence;
    assert_eq!(evidence.owners.len(), 3, "{evidence:?}");
    let dissenting: Vec<&str> = evidence.dissenting.iter().map(Owner::as_str).collect();
    assert_eq!(dissenting, ["west.example"], "of carts nobody else speaks: {evidence:?}");
}

#[test]
fn a_short_sentence_that_says_the_claim_is_not_so_is_dissent_and_one_of_something_else_is_not() {
    let dissenting = |words: &str| {
        let mut market = Market::silent();
        for (name, text) in [
            ("north", "Since we pay wages on the day, open shifts get filled within the hour."),
            ("south", "Wages on the day fill our open shifts within the hour, even at weekends."),
            ("east", "Open shifts are filled within the hour since we pay wages on the day."),
            ("west", words),
        ] {
            market.source(name, Voice::Customer);
            market.say(
                name,
                34,
                40,
                "A quiet week with little to tell from our corner of the world.",
            );
            market.say(name, 2, 0, text).about("cloud cost");
        }
        let digest = market.digest();
        let point = point(&digest, "cloud cost");
        assert!(
            !point.claim.text.contains(" not "),
            "who says it is not so is the fewest: {point:?}"
        );
        point.evidence.dissenting.len()
    };
    assert_eq!(dissenting("Daily pay has not filled a single shift for us."), 1);
    assert_eq!(dissenting("Daily pay has filled every single shift for us."), 0);
    assert_eq!(dissenting("Nobody told us what the fee for it comes to in a shift."), 0);
}

#[test]
fn who_says_that_the_same_thing_falls_is_against_who_says_that_it_rises() {
    let mut market = Market::silent();
    for (name, text) in [
        ("north", "Card processing fees have climbed for the third quarter running."),
        ("south", "We sold as much as in September, and the card fees were 18 percent higher."),
        ("east", "Our card fees went up twice this year, and nobody wrote to us of it."),
        ("west", "In nine of the eleven shops I look after card processing fees fell this year."),
    ] {
        market.source(name, Voice::Blog);
        market.say(name, 34, 40, "A quiet week with little to tell from our corner of the world.");
        market.say(name, 2, 0, text).about("cloud cost");
    }
    let against = |market: &Market| {
        let digest = market.digest();
        let evidence = point(&digest, "cloud cost").evidence.clone();
        let against = evidence.dissenting.iter().map(|owner| owner.as_str().to_owned());
        (evidence.owners.len(), against.collect::<Vec<_>>())
    };
    assert_eq!(against(&market), (3, vec!["west.example".to_owned()]));
    // What one said last of it counts, whatever else they say.
    market
        .say("west", 1, 0, "A second look at card processing fees: they rose here, too.")
        .about("cloud cost");
    market
        .say(
            "west",
            1,
            0,
            "Much post after my last look at fees, and a long talk with the baker next door.",
        )
        .about("cloud cost");
    assert_eq!(against(&market).1, ["west.example"; 0]);
}

/// Everyone who said it is heard for two months.
fn said_by(said: &[(&str, &str)]) -> Market {
    let mut market = Market::silent();
    for (name, text) in said {
        market.source(name, Voice::Blog);
        market.say(name, 34, 40, "A quiet week with little to tell from our corner of the world.");
        market.say(name, 3, 0, text).about("cloud cost");
    }
    market
}

#[test]
fn who_says_otherwise_by_now_takes_nobody_else_along() {
    let mut market = said_by(&[
        ("north", "Card processing fees rose again this quarter, say all the shops."),
        ("south", "In October our card processing fees rose by a fifth."),
        ("east", "Card processing fees rose, and nobody wrote to us of it."),
        ("west", "Card processing fees rose again this quarter, by 18 percent here."),
    ]);
    market.say("north", 1, 0, "Card processing fees fell this week.").about("cloud cost");
    let digest = market.digest();
    let point = point(&digest, "cloud cost");
    assert!(point.claim.text.contains("rose"), "{point:?}");
    assert_eq!(point.evidence.owners.len(), 3);
    assert_eq!(point.evidence.dissenting.len(), 1);
}

#[test]
fn who_tells_how_it_was_before_and_who_adds_to_it_are_not_against_it() {
    let market = said_by(&[
        ("north", "Card processing fees fell by a fifth in October, at all the shops."),
        ("south", "In October our card processing fees fell by a tenth."),
        ("east", "Card fees rose for years. This October our card fees fell by half."),
        (
            "west",
            "Card processing fees fell in October, and that is not the only good news on fees.",
        ),
    ]);
    let digest = market.digest();
    let point = point(&digest, "cloud cost");
    assert!(point.claim.text.contains("fell"), "{point:?}");
    assert_eq!((point.evidence.owners.len(), point.evidence.dissenting.len()), (4, 0));
}

#[test]
fn a_boost_adds_no_voice() {
    let market = busy();
    let digest = market.digest();
    assert_eq!(
        owners(point(&digest, "on-call")),
        ["nightshift.example", "pagerdiary.example", "ruth@social.example"]
    );
}

#[test]
fn a_quote_of_somebody_unheard_adds_no_voice() {
    let mut market = busy();
    market
        .say(
            "commons",
            1,
            1,
            "So true, on-call nights have to be paid or people will simply leave.",
        )
        .about("on-call")
        .by("Ann")
        .relation(Relation::Quote("https://elsewhere.example/1".to_owned()));
    assert_eq!(point(&market.digest(), "on-call").evidence.owners.len(), 3);
}

#[test]
fn kinds_of_knowledge_never_mix() {
    let market = busy();
    let digest = market.digest();
    for block in &digest.blocks {
        for post in block.points.iter().flat_map(|point| point.evidence.stories.iter().flatten()) {
            assert_eq!(digest.citation(*post).unwrap().voice.knowledge(), block.knowledge);
        }
    }
    assert_eq!(digest.blocks.len(), 4);
}

#[test]
fn a_survey_comes_with_how_many_were_asked() {
    let digest = busy().digest();
    let block = digest.blocks.iter().find(|block| block.knowledge == Knowledge::Survey).unwrap();
    assert_eq!(block.points[0].quotes[0].text, "We asked 412 buyers, 31 percent answered.");
}

#[test]
fn a_press_article_and_five_who_submit_it_are_one_voice() {
    let mut market = Market::silent();
    market.source("dailyrack", Voice::Press);
    market.source("commons", Voice::Social);
    let headline = "Egress fees double at Stratos Cloud";
    let text = "Egress fees at Stratos Cloud rise from four to eight cents a gigabyte in January.";
    market.say("dailyrack", 2, 0, text).about("cloud cost").titled(headline);
    let article = market.posts[0].post.said.url.clone().unwrap();
    for (number, days) in [3, 1, 1].into_iter().enumerate() {
        // A bot may be quicker than the clock of the site.
        let link = format!("{article}?utm_source=bot{number}");
        let bot = market.say("commons", days, 0, &format!("{headline} dailyrack.example/… #cloud"));
        bot.about("cloud cost").by(&format!("Bot{number}"));
        bot.post.said.html = Some(format!("<p>{headline} <a href=\"{link}\">dailyrack…</a></p>"));
    }
    let long = "Egress fees double at Stratos Cloud, and nobody there could tell us why they do";
    market.posts[0].post.said.title = Some(long.to_owned());
    market.say("commons", 1, 0, &format!("{long}: {article}")).about("cloud cost").by("Ann");
    market
        .say("commons", 1, 0, headline)
        .about("cloud cost")
        .by("Ben")
        .relation(Relation::Boost(article.clone()));
    let digest = market.digest();
    assert_eq!(owners(point(&digest, "cloud cost")), ["dailyrack.example"]);
    assert_eq!(point(&digest, "cloud cost").evidence.stories[0].len(), 6);

    let text = format!(
        "We pay twice what we paid in spring for egress, and finance is furious. {article}"
    );
    market.say("commons", 1, 0, &text).about("cloud cost").by("Eve");
    let digest = market.digest();
    assert_eq!(owners(point(&digest, "cloud cost")), ["dailyrack.example", "eve@social.example"]);
}

#[test]
fn an_owner_is_on_the_side_of_its_latest_story() {
    for (days, sides) in [(0, (6, 1)), (6, (7, 0))] {
        let mut market = busy();
        let text = "Our egress fees are up by a half since the summer, whatever we try to do.";
        let said = market.say("oakline", 3, 0, text).about("cloud cost");
        said.feeling(SentimentLabel::Negative);
        let denial = market.posts.iter_mut().find(|p| p.post.said.text.contains("overblown"));
        denial.unwrap().post.said.published = Some(super::market::days_ago(days));
        let digest = market.digest();
        let evidence = &point(&digest, "cloud cost").evidence;
        assert_eq!((evidence.owners.len(), evidence.dissenting.len()), sides);
        let oakline = evidence.dissenting.iter().any(|owner| owner.as_str() == "oakline.example");
        assert_eq!(oakline, days == 0);
        every_number_can_be_recounted(&market, &digest);
    }
}

#[test]
fn a_reversal_in_another_matter_is_no_dissent() {
    let mut market = busy();
    let text =
        "Our egress fees doubled over the summer. Two of our stores went back to paper meanwhile.";
    market.source("paperback", Voice::Customer);
    market.say("paperback", 1, 0, text).about("cloud cost").feeling(SentimentLabel::Negative);
    let text = "We paid so much that we went back to egress fees of our own cloud, which are half.";
    market.source("returner", Voice::Customer);
    market.say("returner", 1, 0, text).about("cloud cost").feeling(SentimentLabel::Negative);
    let digest = market.digest();
    let against = &point(&digest, "cloud cost").evidence.dissenting;
    let against: Vec<_> = against.iter().map(overheard::source::Owner::as_str).collect();
    assert_eq!(against, ["oakline.example", "returner.example"]);
}

/// That whoever recounts what a digest says comes to the same numbers.
#[track_caller]
pub(super) fn every_number_can_be_recounted(market: &Market, digest: &Digest) {
    refuse_unsaid(digest, |id| market.post(id)).unwrap();
    for point in digest.blocks.iter().flat_map(|block| &block.points) {
        let evidence = &point.evidence;
        let leads = || evidence.stories.iter().map(|story| digest.citation(story[0]).unwrap());
        let owners: BTreeSet<_> = leads().map(|lead| lead.owner.clone()).collect();
        assert_eq!(owners.iter().collect::<Vec<_>>(), evidence.owners.iter().collect::<Vec<_>>());
        let voices: u32 = evidence.voices.iter().map(|(_, owners)| owners).sum();
        assert_eq!(voices as usize, evidence.owners.len());
        assert_eq!(
            (evidence.positive + evidence.neutral + evidence.negative) as usize,
            owners.len()
        );
        let against: BTreeSet<_> = evidence
            .dissent
            .iter()
            .map(|post| digest.citation(*post).unwrap().owner.clone())
            .collect();
        assert_eq!(against.into_iter().collect::<Vec<_>>(), evidence.dissenting);
        assert_eq!(evidence.trend.now as usize, evidence.trend.counted.len());
        assert_eq!(evidence.trend.before as usize, evidence.trend.earlier.len());
        let mut counted = evidence.trend.counted.iter();
        assert!(counted.all(|post| evidence.stories.iter().any(|story| story[0] == *post)));
        for text in point.quotes.iter().map(|quote| &quote.text) {
            assert!(text.split_whitespace().count() <= 40);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]

    #[test]
    fn neither_order_nor_reprints_nor_boosts_change_who_is_counted(
        seed in any::<u64>(),
        copied in 0_usize..26,
        boosts in 0_usize..4,
    ) {
        let mut market = busy();
        let before = market.digest();
        every_number_can_be_recounted(&market, &before);

        // Any order.
        let mut state = seed;
        for index in (1..market.posts.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let other = usize::try_from(state >> 33).unwrap_or(0) % (index + 1);
            market.posts.swap(index, other);
        }
        prop_assert_eq!(&market.digest(), &before);

        // One more reprint elsewhere, and boosts, of any post of the window.
        let window = window(&mara(), TODAY);
        let recent: Vec<_> =
            market.heard().iter().zip(&market.posts)
            .filter(|(heard, _)| heard.source.voice.knowledge() == Knowledge::Public)
            .map(|(_, spoken)| spoken)
            .filter(|spoken| spoken.post.when() >= window.from).cloned().collect();
        let original = recent[copied % recent.len()].clone();
        market.source("copycat", Voice::Press);
        market.say("copycat", 33, 41, "We have been around for a while without a word on any topic.");
        let url = original.post.said.url.clone().unwrap();
        let text = original.post.said.text.clone();
        for boost in 0..=boosts {
            let relation =
                if boost == 0 { Relation::Original } else { Relation::Boost(url.clone()) };
            let source = if boost == 0 { "copycat" } else { "commons" };
            let copy = market.say(source, 0, 0, &text);
            copy.verdict = original.verdict.clone();
            copy.verdict.post = copy.post.id;
            copy.embedding = original.embedding.clone();
            copy.post.said.title = original.post.said.title.clone();
            copy.by(&format!("booster{boost}")).relation(relation);
        }
        let after = market.digest();
        every_number_can_be_recounted(&market, &after);
        let people = |digest: &Digest| -> Vec<_> {
            let points = digest.blocks.iter().flat_map(|block| &block.points);
            points.map(|p| (p.topic.clone(), p.evidence.owners.clone(), p.evidence.voices.clone(), p.evidence.dissenting.clone())).collect()
        };
        prop_assert_eq!(people(&after), people(&before));
    }
}
