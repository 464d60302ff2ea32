//! How useful topics and sources were so far, from what readers did with points: it moves ranking, within
//! bounds. Pure.
//!
//! Each topic and source has a share of good answers under a Beta prior, so that a few answers move little
//! and none move nothing. A reader's own answers count whole, those of others a fifth; an answer counts half
//! after [`HALF_LIFE_DAYS`]. A share of one half is a weight of 1; nothing is weighed below [`LEAST`] or above
//! [`MOST`], so that no topic is silenced by those who dislike its news.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::feedback::{Feedback, Tap};
use crate::post::PostId;
use crate::source::SourceId;

/// The smallest weight.
pub const LEAST: f64 = 0.5;
/// The largest weight.
pub const MOST: f64 = 2.0;

/// As if so many good and so many bad answers had come before the first.
const PRIOR: f64 = 4.0;

/// What another's answer counts for.
const OTHERS: f64 = 0.2;

/// After so many days an answer counts half: markets and jobs change within a quarter or two.
const HALF_LIFE_DAYS: f64 = 60.0;

/// A post is no news of an account for anybody where so many readers say that it is of another company; for one who
/// says so it is none at once.
const WRONG_FOR_ALL: usize = 2;

/// Weights of topics and sources for one reader; 1 where nothing is known.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Useful {
    /// By topic.
    pub topics: BTreeMap<String, f64>,
    /// By source.
    pub sources: BTreeMap<SourceId, f64>,
    /// Accounts, and the posts that were said to be of another company.
    pub wrong: BTreeSet<(String, PostId)>,
}

impl Useful {
    /// From what was answered to digests of `today` and before, for one reader; that something is of another
    /// company counts whenever it was said.
    #[must_use]
    pub fn of(feedback: &[Feedback], reader: &str, today: Date) -> Self {
        let share = |of: &Feedback| if of.reader == reader { 1.0 } else { OTHERS };
        let mut said: BTreeMap<(&String, PostId), BTreeSet<&String>> = BTreeMap::new();
        for of in feedback.iter().filter(|of| of.tap == Tap::WrongCompany) {
            if let Some(account) = &of.account {
                said.entry((account, of.point.post)).or_default().insert(&of.reader);
            }
        }
        let counts =
            |by: &BTreeSet<&String>| by.len() >= WRONG_FOR_ALL || by.iter().any(|by| *by == reader);
        let wrong = said.into_iter().filter(|(_, by)| counts(by));
        let wrong = wrong.map(|((account, post), _)| (account.clone(), post)).collect();
        Self { wrong, ..Self::weighed(feedback, today, share) }
    }

    /// Whether a post was said to be of another company than the account.
    #[must_use]
    pub fn is_wrong(&self, account: &str, post: PostId) -> bool {
        !self.wrong.is_empty() && self.wrong.contains(&(account.to_owned(), post))
    }

    /// The same for all readers together, each counting whole: what a topic or a source earned.
    #[must_use]
    pub fn of_all(feedback: &[Feedback], today: Date) -> Self {
        Self::weighed(feedback, today, |_| 1.0)
    }

    /// A topic's weight, from [`LEAST`] to [`MOST`].
    #[must_use]
    pub fn topic(&self, name: &str) -> f64 {
        bounded(self.topics.get(name))
    }

    /// A source's weight, from [`LEAST`] to [`MOST`].
    #[must_use]
    pub fn source(&self, id: &SourceId) -> f64 {
        bounded(self.sources.get(id))
    }

    /// The weight of a point under a topic from these sources: the topic's with the sources' mean, from
    /// [`LEAST`] to [`MOST`].
    #[must_use]
    pub fn point<'s>(&self, topic: &str, sources: impl Iterator<Item = &'s SourceId>) -> f64 {
        let (mut sum, mut number) = (0.0, 0.0);
        for source in sources {
            sum += self.source(source).ln();
            number += 1.0;
        }
        let mean = if number > 0.0 { sum / number } else { 0.0 };
        (self.topic(topic) * mean.exp()).clamp(LEAST, MOST)
    }

    fn weighed(feedback: &[Feedback], today: Date, share: impl Fn(&Feedback) -> f64) -> Self {
        let mut topics: BTreeMap<&String, Answers> = BTreeMap::new();
        let mut sources: BTreeMap<&SourceId, Answers> = BTreeMap::new();
        for of in feedback.iter().filter(|of| of.date <= today) {
            let age_days = f64::from((today - of.date).get_days());
            let weight = share(of) * (-age_days / HALF_LIFE_DAYS).exp2();
            if let Some(topic) = &of.topic {
                topics.entry(topic).or_default().add(of.tap, weight);
            }
            for source in &of.sources {
                sources.entry(source).or_default().add(of.tap, weight);
            }
        }
        Self {
            topics: topics.into_iter().map(|(topic, of)| (topic.clone(), of.weight())).collect(),
            sources: sources.into_iter().map(|(id, of)| (id.clone(), of.weight())).collect(),
            wrong: BTreeSet::new(),
        }
    }
}

/// Whatever stands there, one angry reader ends no topic.
fn bounded(weight: Option<&f64>) -> f64 {
    weight.copied().filter(|weight| weight.is_finite()).unwrap_or(1.0).clamp(LEAST, MOST)
}

#[derive(Debug, Clone, Copy, Default)]
struct Answers {
    good: f64,
    bad: f64,
}

impl Answers {
    fn add(&mut self, tap: Tap, weight: f64) {
        match tap {
            Tap::Used | Tap::Agreed => self.good += weight,
            // It was good enough to be said; whoever denies it says nothing of its use. Somebody who
            // heard the same found it before us.
            Tap::Disagreed | Tap::HeardToo => self.good += weight / 2.0,
            Tap::NotUseful | Tap::WrongCompany => self.bad += weight,
        }
    }

    fn weight(self) -> f64 {
        let share = (self.good + PRIOR) / (self.good + self.bad + 2.0 * PRIOR);
        (2.0 * share - 1.0).exp2().clamp(LEAST, MOST)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::feedback::{PointRef, Way};
    use crate::post::PostId;

    fn answer(reader: &str, tap: Tap, day: i8) -> Feedback {
        Feedback {
            reader: reader.to_owned(),
            date: date(2026, 11, day),
            point: PointRef { block: None, index: 0, post: PostId::from_bytes([1; 16]) },
            tap,
            at: Timestamp::UNIX_EPOCH,
            way: Way::Page,
            topic: Some("Fees".to_owned()),
            account: None,
            sources: vec!["rack".parse().unwrap()],
            note: None,
        }
    }

    fn today() -> Date {
        date(2026, 11, 22)
    }

    #[test]
    fn without_an_answer_nothing_is_moved() {
        let useful = Useful::of(&[], "ada", today());
        assert_eq!((useful.topic("Fees"), useful.source(&"rack".parse().unwrap())), (1.0, 1.0));
    }

    #[test]
    fn ones_own_answer_counts_more_than_anothers_and_an_old_one_less() {
        let of = |reader, day| {
            Useful::of(&[answer(reader, Tap::Used, day)], "ada", today()).topic("Fees")
        };
        assert!(of("ada", 22) > of("ben", 22) && of("ben", 22) > 1.0);
        assert!(of("ada", 22) > of("ada", 1));
        // What was answered later than the digest is of moves it not: made again it is the same.
        assert!((of("ada", 25) - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_customer_who_disagrees_is_no_fault_of_the_topic() {
        let of = |tap| Useful::of(&[answer("ada", tap, 22)], "ada", today()).topic("Fees");
        assert!(
            of(Tap::Disagreed) > 1.0 && of(Tap::NotUseful) < 1.0 && of(Tap::WrongCompany) < 1.0
        );
    }

    #[test]
    fn one_reader_unlinks_a_post_from_an_account_for_themselves_and_two_for_all() {
        let of = |reader: &str| Feedback {
            account: Some("Acme".to_owned()),
            ..answer(reader, Tap::WrongCompany, 22)
        };
        let post = PostId::from_bytes([1; 16]);
        let is_wrong = |said: &[Feedback], reader: &str| {
            Useful::of(said, reader, today()).is_wrong("Acme", post)
        };
        assert!(is_wrong(&[of("ada")], "ada") && !is_wrong(&[of("ada")], "ben"));
        assert!(!is_wrong(&[of("ada"), of("ada")], "ben"), "one reader is one");
        assert!(is_wrong(&[of("ada"), of("eve")], "ben"));
        assert!(!is_wrong(&[answer("ada", Tap::NotUseful, 22)], "ada"));
    }

    fn taps() -> impl Strategy<Value = Vec<(usize, i8, bool)>> {
        proptest::collection::vec((0_usize..6, 1_i8..=22, any::<bool>()), 0..200)
    }

    proptest! {
        #[test]
        fn whatever_is_answered_stays_within_the_bounds(said in taps()) {
            let all: Vec<Feedback> = said
                .iter()
                .map(|&(tap, day, own)| answer(if own { "ada" } else { "ben" }, Tap::ALL[tap], day))
                .collect();
            let useful = Useful::of(&all, "ada", today());
            let rack: SourceId = "rack".parse().unwrap();
            for weight in [
                useful.topic("Fees"), useful.source(&rack), useful.point("Fees", [&rack].into_iter())
            ] {
                prop_assert!((LEAST..=MOST).contains(&weight), "{weight}");
            }
        }

        #[test]
        fn one_more_use_never_lowers_a_topic(said in taps()) {
            let mut all: Vec<Feedback> = said
                .iter()
                .map(|&(tap, day, own)| answer(if own { "ada" } else { "ben" }, Tap::ALL[tap], day))
                .collect();
            let before = Useful::of(&all, "ada", today()).topic("Fees");
            all.push(answer("ada", Tap::Used, 22));
            prop_assert!(Useful::of(&all, "ada", today()).topic("Fees") >= before);
        }
    }

    #[test]
    fn whatever_stands_there_counts_within_bounds_and_by_the_mean_of_the_sources() {
        let (a, b): (SourceId, SourceId) = ("a".parse().unwrap(), "b".parse().unwrap());
        let useful = Useful {
            topics: [("loved".to_owned(), 50.0), ("broken".to_owned(), f64::NAN)].into(),
            sources: [(a.clone(), 0.0)].into(),
            wrong: BTreeSet::new(),
        };
        let of = |topic: &str, sources: &[&SourceId]| useful.point(topic, sources.iter().copied());
        assert!((of("loved", &[&b]) - 2.0).abs() < 1e-9);
        assert!((of("broken", &[]) - 1.0).abs() < 1e-9);
        assert!((of("other", &[&a, &b]) - 0.5_f64.sqrt()).abs() < 1e-9);
    }
}
