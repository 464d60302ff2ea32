//! Evidence, not counts.

use std::collections::BTreeSet;

use jiff::civil::date;
use overheard::digest::{Digest, Direction, Point, Strength, refuse_unsaid, window};
use overheard::post::Relation;
use overheard::source::{Knowledge, Voice};
use overheard::verdict::SentimentLabel;
use proptest::prelude::*;

use super::market::{Market, TODAY, busy, mara};

fn point<'d>(digest: &'d Digest, topic: &str) -> &'d Point {
    let public = digest.blocks.iter().find(|block| block.knowledge == Knowledge::Public).unwrap();
    public.points.iter().find(|point| point.topic == topic).unwrap()
}

fn owners(point: &Point) -> Vec<&str> {
    point.evidence.owners.iter().map(overheard::source::Owner::as_str).collect()
}

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
fn more_than_before_is_up_and_a_source_new_to_us_makes_no_trend() {
    let mut market = busy();
    let trend = point(&market.digest(), "cloud cost").evidence.trend.clone();
    assert_eq!((trend.direction, trend.now, trend.before), (Direction::Up, 6, 3));
    assert_eq!(trend.counted.len(), 6);
    for n in 0..6 {
        let name = format!("newcomer{n}");
        market.source(&name, Voice::Blog);
        let text =
            format!("Number {n} among newcomers writes that on-call nights of kind {n} are hard.");
        market.say(&name, 1, 1, &text).about("on-call");
    }
    let trend = point(&market.digest(), "on-call").evidence.trend.clone();
    assert_eq!((trend.direction, trend.now), (Direction::New, 3));
}

#[test]
fn without_a_baseline_it_is_too_early_to_say() {
    let mut market = busy();
    market.posts.retain(|spoken| spoken.post.when() >= window(&mara(), TODAY).from);
    assert_eq!(point(&market.digest(), "cloud cost").evidence.trend.direction, Direction::TooEarly);
    assert!(market.digest().rising.is_empty());
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
fn accounts_come_with_their_signals_first() {
    let digest = busy().digest();
    assert_eq!(digest.accounts[0].account, "Halden Freight");
    assert_eq!(digest.accounts[0].signals, ["funding"]);
    assert!(digest.accounts[0].sentence.text.starts_with("Halden Freight has raised"));
    assert_eq!(digest.accounts[1].account, "Quillon Bank");
}

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

#[track_caller]
fn every_number_can_be_recounted(market: &Market, digest: &Digest) {
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
