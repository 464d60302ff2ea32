//! Trends: this window against the four before it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::evidence::Voiced;
use super::{Direction, Heard, Trend, Window, rate_ratio};
use crate::source::SourceId;

/// A baseline shorter than this many windows says nothing about what is usual.
const ENOUGH: f64 = 1.0;

/// "Never seen before" needs a baseline at least this many windows long.
const ENOUGH_FOR_NEW: f64 = 2.0;

/// Which sources were heard before the window, and for how long.
#[derive(Debug)]
pub(super) struct Baseline {
    window: Window,
    /// Sources heard for at least [`ENOUGH`] windows before it, and for how many.
    heard_for: BTreeMap<SourceId, f64>,
}

impl Baseline {
    /// Read off the oldest post of each source: a feed shows its last few items only, and of what came
    /// before them nothing is known.
    pub(super) fn of(heard: &[Heard], window: Window) -> Self {
        let mut since: BTreeMap<SourceId, Timestamp> = BTreeMap::new();
        for heard in heard {
            let first = since.entry(heard.post.source.clone()).or_insert(heard.post.when());
            *first = heard.post.when().min(*first);
        }
        Self::since(&since, window)
    }

    /// The same where it is known since when each source is heard.
    pub(super) fn since(since: &BTreeMap<SourceId, Timestamp>, window: Window) -> Self {
        let length = window.until.duration_since(window.from).as_secs_f64().max(1.0);
        let heard_for = since
            .iter()
            .map(|(source, since)| {
                (source.clone(), window.from.duration_since(*since).as_secs_f64() / length)
            })
            .filter(|&(_, windows)| windows >= ENOUGH)
            .collect();
        Self { window, heard_for }
    }

    /// How the stories in the window compare with those before it. Only sources that were heard
    /// before it count: a source that is new to us makes no trend.
    pub(super) fn trend(&self, stories: &[&Voiced]) -> Trend {
        let counted = stories.iter().filter(|s| self.heard_for.contains_key(&s.lead().post.source));
        let counted: Vec<&Voiced> = counted.copied().collect();
        let windows = round(self.exposure(&counted));
        let (now, before): (Vec<&Voiced>, Vec<&Voiced>) =
            counted.into_iter().partition(|story| story.is_in(self.window));
        let ratio = rate_ratio(now.len() as u32, before.len() as u32, windows)
            .map(|(lower, upper)| (round(lower), upper.map(round)));
        Trend {
            direction: direction(now.len(), before.len(), windows, ratio),
            now: now.len() as u32,
            before: before.len() as u32,
            counted: now.iter().map(|story| story.lead().post.id).collect(),
            earlier: before.iter().map(|story| story.lead().post.id).collect(),
            baseline_windows: windows,
            ratio,
        }
    }

    /// How many windows long the baseline was for those who speak: the mean over the sources of the
    /// stories, each weighing as its rate would if nothing had changed, so that a busy source we have
    /// heard for a week is not measured by the five weeks of a quiet one.
    fn exposure(&self, counted: &[&Voiced]) -> f64 {
        let mut told: BTreeMap<&SourceId, f64> = BTreeMap::new();
        for story in counted {
            *told.entry(&story.lead().post.source).or_default() += 1.0;
        }
        let (mut rates, mut earlier) = (0.0, 0.0);
        for (source, stories) in told {
            let windows = self.heard_for.get(source).copied().unwrap_or(0.0);
            let rate = stories / (1.0 + windows);
            rates += rate;
            earlier += rate * windows;
        }
        if rates > 0.0 { earlier / rates } else { 0.0 }
    }
}

/// To four decimals: more is not known, and JSON does not keep the last bits of a double.
fn round(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

fn direction(
    now: usize,
    before: usize,
    windows: f64,
    ratio: Option<(f64, Option<f64>)>,
) -> Direction {
    let Some((lower, upper)) = ratio.filter(|_| windows >= ENOUGH) else {
        return Direction::TooEarly;
    };
    if before == 0 {
        return if now > 0 && windows >= ENOUGH_FOR_NEW {
            Direction::New
        } else {
            Direction::TooEarly
        };
    }
    if lower > 1.0 {
        Direction::Up
    } else if upper.is_some_and(|upper| upper < 1.0) {
        Direction::Down
    } else {
        Direction::Steady
    }
}
