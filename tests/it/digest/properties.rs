//! What holds of the evidence of every market.

use std::collections::BTreeSet;

use overheard::digest::{Digest, Strength, strength};
use overheard::post::Relation;
use overheard::source::{Owner, Voice};
use overheard::verdict::SentimentLabel;
use proptest::prelude::*;

use super::evidence::every_number_can_be_recounted;
use super::market::Market;

/// One post of a generated market: source, days ago, claim, feeling, whether it denies, whose words it
/// repeats, and how.
type Line = (usize, i64, usize, u8, bool, usize, u8);

const VOICES: [Voice; 6] =
    [Voice::Press, Voice::Customer, Voice::Blog, Voice::Analyst, Voice::Vendor, Voice::Social];

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let line = (0_usize..10, 0_i64..34, 0_usize..4, 0_u8..3, any::<bool>(), 0_usize..40, 0_u8..6);
    prop::collection::vec(line, 1..40)
}

fn market(lines: &[Line]) -> Market {
    let mut market = Market::silent();
    for (n, voice) in VOICES.iter().cycle().take(10).enumerate() {
        market.source(&format!("source{n}"), *voice);
    }
    for (number, &(source, days, claim, feeling, denies, repeats, how)) in lines.iter().enumerate()
    {
        let own = if denies {
            format!(
                "Firm {number} of town {number}: talk of egress fees of kind {claim} in week {number} is overblown."
            )
        } else {
            format!(
                "Firm {number} of town {number}: our egress fees of kind {claim} rose in week {number}."
            )
        };
        let before = market
            .posts
            .get(repeats % (number + 1))
            .map(|spoken| (spoken.post.said.text.clone(), spoken.post.said.url.clone().unwrap()));
        // Every third passes on what somebody said before.
        let (text, relation) = match (how, before) {
            (0, Some((text, _))) => (text, Relation::Original),
            (1, Some((text, url))) => (text, Relation::Boost(url)),
            (2, Some((_, url))) => (own, Relation::Quote(url)),
            _ => (own, Relation::Original),
        };
        let label = [SentimentLabel::Negative, SentimentLabel::Neutral, SentimentLabel::Positive]
            [usize::from(feeling)];
        let said = market.say(&format!("source{source}"), days, claim, &text);
        said.about("cloud cost")
            .feeling(label)
            .by(&format!("Author{}", number % 7))
            .relation(relation);
    }
    market
}

fn owners_of(digest: &Digest) -> BTreeSet<&Owner> {
    let points = digest.blocks.iter().flat_map(|block| &block.points);
    points.flat_map(|p| p.evidence.owners.iter().chain(&p.evidence.dissenting)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_order_of_posts_changes_nothing(lines in lines(), seed in any::<u64>()) {
        let mut market = market(&lines);
        let before = market.digest();
        every_number_can_be_recounted(&market, &before);
        let mut state = seed;
        for index in (1..market.posts.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            market.posts.swap(index, usize::try_from(state >> 33).unwrap() % (index + 1));
        }
        prop_assert_eq!(market.digest(), before);
    }

    #[test]
    fn nobody_is_on_both_sides_and_nobody_counts_who_only_passed_on(lines in lines()) {
        let market = market(&lines);
        let digest = market.digest();
        let heard = market.heard();
        let speaks: BTreeSet<Owner> = heard
            .iter()
            .filter(|heard| matches!(heard.post.said.relation, Relation::Original | Relation::Reply(_)))
            .map(overheard::digest::owner_of)
            .collect();
        for point in digest.blocks.iter().flat_map(|block| &block.points) {
            let for_it: BTreeSet<_> = point.evidence.owners.iter().collect();
            let against: BTreeSet<_> = point.evidence.dissenting.iter().collect();
            prop_assert!(for_it.is_disjoint(&against));
            prop_assert!(for_it.iter().chain(&against).all(|owner| speaks.contains(owner)));
            let expected = strength(for_it.len(), point.evidence.voices.len());
            prop_assert_eq!(point.evidence.strength, expected);
        }
    }

    #[test]
    fn losing_a_post_adds_no_owner(lines in lines(), lost in 0_usize..40) {
        // Original posts only: where an original is lost, its first reprint speaks for it.
        let lines: Vec<Line> =
            lines.into_iter().map(|(a, b, c, d, e, f, _)| (a, b, c, d, e, f, 5)).collect();
        let mut market = market(&lines);
        let all = market.digest();
        let every: BTreeSet<Owner> = market.heard().iter().map(overheard::digest::owner_of).collect();
        let lost = market.posts.remove(lost % market.posts.len());
        let fewer = market.digest();
        prop_assert!(owners_of(&fewer).into_iter().all(|owner| every.contains(owner)));
        let stories = |digest: &Digest| digest.listening.stories;
        prop_assert!(stories(&fewer) <= stories(&all), "{lost:?}", lost = lost.post.id);
        prop_assert!(fewer.listening.posts <= all.listening.posts);
    }
}

#[test]
fn more_owners_or_kinds_of_voice_never_make_it_weaker() {
    for owners in 0..12 {
        for voices in 0..12 {
            let here = strength(owners, voices);
            assert!(strength(owners + 1, voices) >= here && strength(owners, voices + 1) >= here);
        }
    }
    assert_eq!(strength(0, 0), Strength::Anecdote);
    assert_eq!(strength(5, 2), Strength::Pattern);
    assert_eq!(strength(50, 1), Strength::Emerging);
}
