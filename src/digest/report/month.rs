//! The leaders' month: what others said, what of it was used, and who contributed. Nobody is singled out: a
//! count of fewer than [`FEWEST`] people is not shown, and neither is a total from which one could be told by
//! taking away what is shown.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::Serialize;

use crate::digest::points::{SAME_POINT, overlap};
use crate::digest::{Citation, Digest, Point};
use crate::feedback::{Feedback, Tap};
use crate::source::Knowledge;

/// Fewer people than these are nobody's numbers.
pub const FEWEST: usize = 3;

/// Claims shown: it is one page.
const CLAIMS: usize = 6;
/// Of one topic.
const CLAIMS_OF_A_TOPIC: usize = 2;

/// What the month is made from.
#[derive(Debug, Clone, Copy)]
pub struct MonthInput<'a> {
    /// Its first day.
    pub first: Date,
    /// Every digest of the month, in any order.
    pub digests: &'a [Digest],
    /// Every answer to digests of the month.
    pub feedback: &'a [Feedback],
    /// Names of colleagues who signed a note of theirs, in any order, some more than once.
    pub signed: &'a [String],
    /// Names of readers who wrote a note without a name, or heard the same.
    pub unsigned: &'a [String],
}

/// A month, as those who lead read it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Month {
    /// Its first day.
    pub first: Date,
    /// What others said in public, most independent voices first.
    pub said: Vec<SaidByMany>,
    /// What was used, topic by topic, the most people first.
    pub topics: Vec<TopicUse>,
    /// How often points of these topics were used: of no others.
    pub uses: usize,
    /// Who contributed, by name; never what.
    pub contributors: Vec<String>,
    /// Whether others did without their names, and are fewer than [`FEWEST`]: too few to be named.
    pub are_few: bool,
}

/// A point that was told in the month, as it was told when most stood behind it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SaidByMany {
    /// The date of that digest.
    pub told: Date,
    /// Its words, and what stands behind it; nothing of whom it was told to.
    pub point: Point,
    /// Who said it.
    pub by: Citation,
}

/// How a topic was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TopicUse {
    /// Which.
    pub topic: String,
    /// People who used points of it: never fewer than [`FEWEST`].
    pub people: usize,
    /// How often.
    pub uses: usize,
    /// How often customers agreed and how often they disagreed; none where that would single somebody out.
    pub customers: Option<(usize, usize)>,
}

/// The month.
#[must_use]
pub fn month(input: &MonthInput<'_>) -> Month {
    let mut by_topic: BTreeMap<&String, Vec<&Feedback>> = BTreeMap::new();
    for of in input.feedback.iter().filter(|of| of.tap.is_use()) {
        if let Some(topic) = &of.topic {
            by_topic.entry(topic).or_default().push(of);
        }
    }
    let mut topics: Vec<TopicUse> =
        by_topic.into_iter().filter_map(|(topic, said)| of_topic(topic, &said)).collect();
    topics.sort_by(|a, b| {
        (b.people, b.uses).cmp(&(a.people, a.uses)).then_with(|| a.topic.cmp(&b.topic))
    });
    let signed: BTreeSet<&String> = input.signed.iter().collect();
    // Such a note is a colleague's: with one or two named beside those who sign, everybody knew whose.
    let mut unsigned: BTreeSet<&String> =
        input.unsigned.iter().filter(|name| !signed.contains(name)).collect();
    let are_few = !unsigned.is_empty() && unsigned.len() < FEWEST;
    if are_few {
        unsigned.clear();
    }
    let names: BTreeSet<&String> = signed.union(&unsigned).copied().collect();
    Month {
        first: input.first,
        said: said_by_many(input.digests),
        uses: topics.iter().map(|topic| topic.uses).sum(),
        topics,
        contributors: names.into_iter().cloned().collect(),
        are_few,
    }
}

/// What many say, each claim once.
fn said_by_many(digests: &[Digest]) -> Vec<SaidByMany> {
    let mut told: Vec<SaidByMany> = Vec::new();
    for digest in digests {
        let public = digest.blocks.iter().filter(|block| block.knowledge == Knowledge::Public);
        for point in public.flat_map(|block| &block.points) {
            let Some(by) = digest.citation(point.claim.post) else { continue };
            if point.evidence.owners.len() < FEWEST || point.claim.text.is_empty() {
                continue;
            }
            let point =
                Point { why_you: String::new(), moved: None, rank: Vec::new(), ..point.clone() };
            told.push(SaidByMany { told: digest.date, point, by: by.clone() });
        }
    }
    let key = |of: &SaidByMany| (of.point.evidence.owners.len(), of.told);
    told.sort_by(|a, b| {
        key(b).cmp(&key(a)).then_with(|| a.point.claim.post.cmp(&b.point.claim.post))
    });
    let mut chosen: Vec<SaidByMany> = Vec::new();
    for of in told {
        let again = chosen.iter().any(|known| overlap(&known.point, &of.point) >= SAME_POINT);
        let of_topic = chosen.iter().filter(|known| known.point.topic == of.point.topic).count();
        if !again && of_topic < CLAIMS_OF_A_TOPIC && chosen.len() < CLAIMS {
            chosen.push(of);
        }
    }
    chosen
}

fn of_topic(topic: &str, said: &[&Feedback]) -> Option<TopicUse> {
    let of = |taps: &[Tap]| -> (usize, usize) {
        let said = said.iter().filter(|of| taps.contains(&of.tap));
        let people: BTreeSet<&String> = said.clone().map(|of| &of.reader).collect();
        (said.count(), people.len())
    };
    let (uses, people) = of(&[Tap::Used, Tap::Agreed, Tap::Disagreed]);
    if people < FEWEST {
        return None;
    }
    // Of three parts that make up a whole, one that is hidden is the rest of what is shown: all or none.
    let parts = [Tap::Used, Tap::Agreed, Tap::Disagreed].map(|tap| of(&[tap]));
    let is_fine = parts.iter().all(|(times, people)| *times == 0 || *people >= FEWEST);
    let [_, (agreed, _), (disagreed, _)] = parts;
    let customers = (is_fine && agreed + disagreed > 0).then_some((agreed, disagreed));
    Some(TopicUse { topic: topic.to_owned(), people, uses, customers })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::feedback::{PointRef, Way};
    use crate::post::PostId;

    fn said(reader: usize, topic: &str, tap: Tap) -> Feedback {
        Feedback {
            reader: format!("r{reader}"),
            date: date(2026, 11, 2),
            point: PointRef { block: None, index: 0, post: PostId::from_bytes([1; 16]) },
            tap,
            at: Timestamp::UNIX_EPOCH,
            way: Way::Page,
            topic: Some(topic.to_owned()),
            account: None,
            sources: Vec::new(),
            note: None,
        }
    }

    fn of(feedback: &[Feedback]) -> Month {
        let first = date(2026, 11, 1);
        month(&MonthInput { first, digests: &[], feedback, signed: &[], unsigned: &[] })
    }

    #[test]
    fn contributors_are_named_from_three_on() {
        let names = ["Ada", "Ben", "Ada", "Cleo"].map(str::to_owned);
        let of = |unsigned: &[String]| {
            let signed = ["Jonna".to_owned(), "Kasimir".to_owned()];
            let first = date(2026, 11, 1);
            let (signed, digests, feedback) = (&signed[..], &[][..], &[][..]);
            let month = month(&MonthInput { first, digests, feedback, signed, unsigned });
            (month.contributors.join(" "), month.are_few)
        };
        assert_eq!(of(&names), ("Ada Ben Cleo Jonna Kasimir".to_owned(), false));
        // Those who sign hide nobody.
        assert_eq!(of(&names[..3]), ("Jonna Kasimir".to_owned(), true));
        assert_eq!(of(&[]), ("Jonna Kasimir".to_owned(), false));
        // Nor do those who did both: who is left is one.
        let both = ["Jonna", "Kasimir", "Ada"].map(str::to_owned);
        assert_eq!(of(&both), ("Jonna Kasimir".to_owned(), true));
    }

    #[test]
    fn two_people_are_not_shown_and_no_total_gives_them_away() {
        let mut all: Vec<Feedback> = (0..3).map(|n| said(n, "Fees", Tap::Used)).collect();
        all.extend((0..2).map(|n| said(n, "Outages", Tap::Used)));
        let month = of(&all);
        assert_eq!(month.topics.len(), 1);
        assert_eq!((month.topics[0].people, month.uses), (3, 3));
    }

    #[test]
    fn one_who_disagreed_is_not_told_by_what_is_left_of_the_others() {
        let mut all: Vec<Feedback> = (0..4).map(|n| said(n, "Fees", Tap::Agreed)).collect();
        assert_eq!(of(&all).topics[0].customers, Some((4, 0)));
        all.push(said(9, "Fees", Tap::Disagreed));
        assert_eq!(of(&all).topics[0].customers, None);
    }

    proptest! {
        /// Whoever knows the page and takes shown numbers from each other gets no number that speaks of
        /// one or two people.
        #[test]
        fn no_number_and_no_difference_of_numbers_speaks_of_fewer_than_three(
            answers in proptest::collection::vec((0_usize..8, 0_usize..3, 0_usize..6), 0..60)
        ) {
            let all: Vec<Feedback> = answers
                .iter()
                .map(|&(reader, topic, tap)| said(reader, ["a", "b", "c"][topic], Tap::ALL[tap]))
                .collect();
            let month = of(&all);
            let people = |topic: &str, taps: &[Tap]| {
                let of = all.iter().filter(|of| of.topic.as_deref() == Some(topic));
                let of = of.filter(|of| taps.contains(&of.tap)).map(|of| &of.reader);
                of.collect::<BTreeSet<_>>().len()
            };
            let uses: usize = month.topics.iter().map(|topic| topic.uses).sum();
            prop_assert_eq!(month.uses, uses, "the total holds nothing that is not shown");
            for topic in &month.topics {
                prop_assert!(topic.people >= FEWEST);
                let Some((agreed, disagreed)) = topic.customers else { continue };
                let rest = topic.uses - agreed - disagreed;
                for (shown, tap) in [(agreed, Tap::Agreed), (disagreed, Tap::Disagreed), (rest, Tap::Used)] {
                    prop_assert!(shown == 0 || people(&topic.topic, &[tap]) >= FEWEST);
                }
            }
        }
    }
}
