//! How good a topic's verdicts are, as labels tell.
//!
//! A post that somebody came upon, or that was asked about because it lies at the threshold, says
//! nothing of the rest. Only posts drawn by chance count here, each against the verdict as it was when
//! it was drawn, before its label could teach anything.

use std::collections::HashMap;

use serde::Serialize;

use super::{Answer, Draw, Label};
use crate::post::PostId;
use crate::verdict::Band;

/// Labelled draws from which on numbers are told.
pub const ENOUGH: usize = 30;

/// The 97.5th percentile of the normal distribution: intervals of 95 in a hundred.
const Z: f64 = 1.959_964;

/// What labels tell of one topic.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measured {
    /// Posts labelled as it.
    pub is: usize,
    /// Posts labelled as not it.
    pub is_not: usize,
    /// Posts drawn by chance.
    pub drawn: usize,
    /// Drawn posts that are labelled: those that count below.
    pub counted: usize,
    /// Of the posts said to be about it, the share that is; none with fewer than 30 counted.
    pub precision: Option<Interval>,
    /// Of the posts about it, the share that was said to be; likewise.
    pub recall: Option<Interval>,
}

/// A share, and between what it lies with 95 in a hundred.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The best guess.
    pub share: f64,
    /// At least.
    pub from: f64,
    /// At most.
    pub until: f64,
}

impl Interval {
    /// Wilson's interval of `right` among `all`.
    #[must_use]
    pub fn wilson(right: usize, all: usize) -> Self {
        if all == 0 {
            return Self { share: 0.0, from: 0.0, until: 1.0 };
        }
        let (n, share) = (all as f64, right as f64 / all as f64);
        let middle = share + Z * Z / (2.0 * n);
        let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        let whole = 1.0 + Z * Z / n;
        Self {
            share,
            from: ((middle - half) / whole).max(0.0),
            until: ((middle + half) / whole).min(1.0),
        }
    }
}

/// What `labels` and `draws` tell of the topic called `name`.
#[must_use]
pub fn measured(name: &str, labels: &[Label], draws: &[Draw]) -> Measured {
    let answers: HashMap<PostId, Answer> = labels
        .iter()
        .filter(|label| label.topic == name)
        .map(|label| (label.post, label.answer))
        .collect();
    let is = answers.values().filter(|answer| **answer == Answer::Is).count();
    let mut all = 0;
    // Each band is a stratum of its own: posts of it were drawn from all there were of it.
    let mut strata = [Stratum::default(); 3];
    for draw in draws.iter().filter(|draw| draw.topic == name) {
        all += 1;
        let stratum = &mut strata[place(draw.said)];
        if stratum.latest.is_none_or(|latest| latest < draw.at) {
            stratum.latest = Some(draw.at);
            stratum.among = draw.among as f64;
        }
        if let Some(answer) = answers.get(&draw.post) {
            stratum.labelled += 1;
            stratum.is += usize::from(*answer == Answer::Is);
        }
    }
    let counted = strata.iter().map(|stratum| stratum.labelled).sum();
    let said = Interval::wilson(strata[0].is, strata[0].labelled);
    let enough = counted >= ENOUGH;
    Measured {
        is,
        is_not: answers.len() - is,
        drawn: all,
        counted,
        precision: (enough && strata[0].labelled > 0).then_some(said),
        recall: enough.then(|| recall(&strata)).flatten(),
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Stratum {
    latest: Option<jiff::Timestamp>,
    among: f64,
    labelled: usize,
    is: usize,
}

impl Stratum {
    /// Posts of it that are about the topic.
    fn about(&self) -> Interval {
        let Interval { share, from, until } = Interval::wilson(self.is, self.labelled);
        let posts = |share: f64| share * self.among;
        Interval { share: posts(share), from: posts(from), until: posts(until) }
    }
}

fn place(band: Band) -> usize {
    match band {
        Band::Yes => 0,
        Band::Unsure => 1,
        Band::No => 2,
    }
}

/// The ends take the worst of every stratum at once: wider than need be, never too narrow.
fn recall(strata: &[Stratum; 3]) -> Option<Interval> {
    let [said, unsure, not] = strata.map(|stratum| stratum.about());
    let share = |said: f64, missed: f64| said / (said + missed);
    let best = share(said.share, unsure.share + not.share);
    (strata[0].labelled > 0 && best.is_finite()).then(|| Interval {
        share: best,
        from: share(said.from, unsure.until + not.until),
        until: share(said.until, unsure.from + not.from),
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;

    fn at() -> Timestamp {
        Timestamp::from_second(1_750_000_000).unwrap()
    }

    fn post(n: usize) -> PostId {
        PostId::from_bytes((n as u128).to_be_bytes())
    }

    fn label(n: usize, is: bool) -> Label {
        let answer = if is { Answer::Is } else { Answer::IsNot };
        Label { topic: "fees".into(), post: post(n), answer, at: at() }
    }

    fn draw(n: usize, said: Band, among: u64) -> Draw {
        Draw { topic: "fees".into(), post: post(n), said, among, at: at() }
    }

    #[test]
    fn labels_that_nobody_drew_measure_nothing() {
        let labels: Vec<Label> = (0..40).map(|n| label(n, n % 3 == 0)).collect();
        let found = measured("fees", &labels, &[]);
        assert_eq!((found.is, found.is_not, found.counted), (14, 26, 0));
        assert!(found.precision.is_none() && found.recall.is_none());
        assert_eq!(measured("other", &labels, &[]).is, 0);
    }

    #[test]
    fn precision_is_of_what_was_said_and_recall_weighs_each_band_by_its_size() {
        let mut labels: Vec<Label> = (0..20).map(|n| label(n, n < 18)).collect();
        labels.extend((20..40).map(|n| label(n, n < 22)));
        let draws: Vec<Draw> = (0..20)
            .map(|n| draw(n, Band::Yes, 100))
            .chain((20..41).map(|n| draw(n, Band::No, 300)))
            .collect();
        let found = measured("fees", &labels, &draws);
        assert_eq!((found.drawn, found.counted), (41, 40));
        let precision = found.precision.unwrap();
        assert!((precision.share - 0.9).abs() < 1e-9, "{precision:?}");
        assert!((precision.from - 0.699).abs() < 1e-3 && (precision.until - 0.972).abs() < 1e-3);
        // 90 of the 100 said to be, 30 of the 300 others.
        let recall = found.recall.unwrap();
        assert!((recall.share - 0.75).abs() < 1e-9, "{recall:?}");
        assert!(recall.from < 0.5 && recall.until > 0.9, "{recall:?}");
    }

    proptest! {
        #[test]
        fn an_interval_holds_its_share_and_narrows(right in 0_usize..50, wrong in 0_usize..50) {
            let one = Interval::wilson(right, right + wrong);
            prop_assert!(0.0 <= one.from && one.from <= one.share + 1e-12);
            prop_assert!(one.share <= one.until + 1e-12 && one.until <= 1.0);
            let more = Interval::wilson(right * 4, (right + wrong) * 4);
            prop_assert!(more.until - more.from <= one.until - one.from + 1e-12);
        }
    }
}
