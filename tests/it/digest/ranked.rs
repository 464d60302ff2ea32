//! Which points come first, and why.

use jiff::ToSpan as _;
use overheard::digest::{Digest, Reason};
use overheard::source::{Knowledge, Voice};
use overheard::topic::{Ruleset, Topic};

use super::market::{Market, TODAY, mara};
use super::point;

/// Two topics of which the same is heard: three owners each, said at the same times.
fn twins() -> Market {
    let mut market = Market::silent();
    for n in 0..3 {
        market.source(&format!("source{n}"), Voice::Customer);
        for (claim, topic, what) in
            [(0, "cloud cost", "egress fees"), (1, "on-call", "pages at night")]
        {
            let text = format!("In town {n} we have {n} times as many {what} as {n} years ago.");
            market.say(&format!("source{n}"), 1, claim, &text).about(topic);
        }
    }
    market
}

fn order(digest: &Digest) -> Vec<&str> {
    let points = digest.blocks.iter().flat_map(|block| &block.points);
    points.map(|point| point.topic.as_str()).collect()
}

fn weight(digest: &Digest, topic: &str, reason: Reason) -> Option<f64> {
    let rank = &point(digest, topic).rank;
    rank.iter().find(|weighed| weighed.reason == reason).map(|weighed| weighed.weight)
}

#[test]
fn what_was_of_use_comes_first_and_what_was_not_last() {
    let mut market = twins();
    market.useful.topics.insert("on-call".to_owned(), 1.9);
    assert_eq!(order(&market.digest())[0], "on-call");
    assert!(weight(&market.digest(), "on-call", Reason::Useful).unwrap() > 0.0);
    market.useful.topics.insert("on-call".to_owned(), 0.1);
    assert_eq!(order(&market.digest())[0], "cloud cost");
    let lost = weight(&market.digest(), "on-call", Reason::Useful).unwrap();
    assert!((lost + 1.0).abs() < 1e-9, "one angry reader ends no topic: {lost}");
}

#[test]
fn topics_take_turns_what_was_told_lately_waits() {
    for told in ["cloud cost", "on-call"] {
        let mut market = twins();
        // Told last week, in another claim of the topic.
        let claim = if told == "on-call" { 12 } else { 11 };
        let text = "Something quite different was said of it then, by somebody in another town.";
        let post = market.say("source0", 9, claim, text).about(told).post.id;
        let date = TODAY.saturating_sub(2.days());
        let told_then = overheard::digest::Told { post, date, owners: 1 };
        let digest = market.digest_for(&mara(), TODAY, &[told_then]);
        let other = if told == "on-call" { "cloud cost" } else { "on-call" };
        assert_eq!(order(&digest)[0], other);
        let turn = |topic| weight(&digest, topic, Reason::Rotation).unwrap_or(0.0);
        assert!(turn(other) > turn(told));
    }
}

#[test]
fn the_points_of_public_talk_stand_in_the_order_of_their_sums() {
    let digest = super::market::busy().digest();
    let public = digest.blocks.iter().find(|block| block.knowledge == Knowledge::Public).unwrap();
    let sums: Vec<f64> = public
        .points
        .iter()
        .map(|point| point.rank.iter().map(|weighed| weighed.weight).sum())
        .collect();
    assert!(sums.is_sorted_by(|a, b| a >= b), "{sums:?}");
    assert!(public.points.iter().all(|point| !point.rank.is_empty()));
}

#[test]
fn a_thousand_claims_give_five_points_of_five_topics_and_no_two_of_one_claim() {
    let mut market = Market::silent();
    let topics: Vec<Topic> = (0..20)
        .map(|n| Topic { name: format!("topic {n}"), ..market.ruleset.topics[0].clone() })
        .collect();
    market.ruleset = Ruleset::of(topics);
    for n in 0..6 {
        market.source(&format!("source{n}"), VOICES[n % VOICES.len()]);
    }
    for number in 0..1_000 {
        let (topic, claim) = (number % 20, number % 60);
        let text = format!(
            "Firm {number} at number {number} pays {} for thing {claim} of matter {topic}, say {} of its {} clerks.",
            number * 7,
            number * 3,
            number * 11
        );
        market
            .say(&format!("source{}", number / 60 % 6), 1, claim, &text)
            .about(&format!("topic {topic}"));
    }
    let mut reader = mara();
    reader.topics.clear();
    let digest = market.digest_for(&reader, TODAY, &[]);
    let points = &digest.blocks[0].points;
    assert_eq!(points.len(), 5);
    let mut topics: Vec<&str> = points.iter().map(|point| point.topic.as_str()).collect();
    topics.dedup();
    assert!(topics.len() >= 3, "{topics:?}");
    for (n, point) in points.iter().enumerate() {
        let leads = |p: &overheard::digest::Point| -> Vec<_> {
            p.evidence.stories.iter().map(|story| story[0]).collect()
        };
        let own = leads(point);
        assert!(points[n + 1..].iter().all(|other| !leads(other).iter().any(|l| own.contains(l))));
    }
}

#[test]
fn what_is_known_of_a_claim_in_words_only_brings_it_before_thirty_others() {
    let mut market = Market::silent();
    let topics: Vec<Topic> = (0..30)
        .map(|n| Topic { name: format!("topic {n}"), ..market.ruleset.topics[0].clone() })
        .collect();
    market.ruleset = Ruleset::of(topics);
    for (n, voice) in VOICES.into_iter().enumerate() {
        market.source(&format!("source{n}"), voice);
    }
    let mut number = 0;
    let mut say = |topic: usize, days: i64| {
        for source in 0..3 {
            number += 1;
            let text = format!(
                "Firm {number} at number {number} pays {} for thing {topic} of matter {}, say {} of its {} clerks.",
                number * 7,
                number * 5,
                number * 3,
                number * 11
            );
            market
                .say(&format!("source{source}"), days, topic, &text)
                .about(&format!("topic {topic}"));
        }
    };
    for topic in 0..29 {
        (0..5).for_each(|week| say(topic, 1 + 7 * week));
    }
    // A little older, and never heard before: by what is known of it without its words it is the last.
    say(29, 2);
    let mut reader = mara();
    reader.topics.clear();
    let digest = market.digest_for(&reader, TODAY, &[]);
    assert_eq!(order(&digest)[0], "topic 29");
    assert_eq!(digest.blocks[0].points.len(), 5);
}

const VOICES: [Voice; 3] = [Voice::Press, Voice::Customer, Voice::Blog];
