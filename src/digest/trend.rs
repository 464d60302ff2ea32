//! Trends: this window against the four before it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::evidence::Voiced;
use super::make::BASELINE_WINDOWS;
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
    /// Read off the oldest post of each source.
    pub(super) fn of(heard: &[Heard], window: Window) -> Self {
        let mut since: BTreeMap<&SourceId, Timestamp> = BTreeMap::new();
        for heard in heard {
            let first = since.entry(&heard.post.source).or_insert(heard.post.when());
            *first = heard.post.when().min(*first);
        }
        let length = window.until.duration_since(window.from).as_secs_f64().max(1.0);
        let heard_for = since
            .into_iter()
            .map(|(source, since)| {
                let windows = window.from.duration_since(since).as_secs_f64() / length;
                // A weekly source is heard for all of a baseline whose first week it speaks in.
                let all = windows > f64::from(BASELINE_WINDOWS) - 1.0;
                (source.clone(), if all { f64::from(BASELINE_WINDOWS) } else { windows })
            })
            .filter(|&(_, windows)| windows >= ENOUGH)
            .collect();
        Self { window, heard_for }
    }

    /// How the stories in the window compare with those before it. Only sources that were heard
    /// before it count: a source that is new to us makes no trend.
    pub(super) fn trend(&self, stories: &[&Voiced]) -> Trend {
        let sources = self.heard_for.len().max(1) as f64;
        let windows = round(self.heard_for.values().sum::<f64>() / sources);
        let counted = stories.iter().filter(|s| self.heard_for.contains_key(&s.lead().post.source));
        let (now, before): (Vec<&Voiced>, Vec<&Voiced>) =
            counted.copied().partition(|story| story.is_in(self.window));
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
