//! Trends: this window against the four before it.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::evidence::Voiced;
use super::{BASELINE_WINDOWS, Direction, Heard, Trend, Window, rate_ratio};
use crate::source::SourceId;

/// A baseline shorter than this many windows says nothing about what is usual.
const ENOUGH: f64 = 1.0;

/// "Never seen before" needs a baseline at least this many windows long.
const ENOUGH_FOR_NEW: f64 = 2.0;

/// A source that was heard for less of the window than this makes no trend.
const ENOUGH_NOW: f64 = 0.5;

/// Outages that are shorter say nothing of a day.
const LONG: SignedDuration = SignedDuration::from_hours(12);

/// A week: shorter windows are compared with the same hours of the same weekdays before.
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The stretches in which each source could not be heard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outages(BTreeMap<SourceId, Vec<Window>>);

impl Outages {
    /// Notes a stretch in which a source could not be heard. What was said in it counts for no trend, and
    /// neither do its days: much of it may never have reached us.
    pub fn add(&mut self, source: &SourceId, stretch: Window) {
        if stretch.until.duration_since(stretch.from) >= LONG {
            self.0.entry(source.clone()).or_default().push(stretch);
        }
    }

    fn of(&self, source: &SourceId) -> &[Window] {
        self.0.get(source).map_or(&[], Vec::as_slice)
    }
}

/// For how long a source was heard, in windows.
#[derive(Debug, Clone, Copy)]
struct Exposure {
    now: f64,
    before: f64,
}

/// Which sources were heard before the window, and for how long.
#[derive(Debug)]
pub(super) struct Baseline {
    window: Window,
    /// Sources heard for at least [`ENOUGH`] windows before it.
    heard_for: HashMap<SourceId, Exposure>,
    outages: Outages,
}

impl Baseline {
    /// Read off the oldest post of each source: a feed shows its last few items only, and of what came
    /// before them nothing is known.
    pub(super) fn of(heard: &[Heard], window: Window, outages: &Outages) -> Self {
        let mut since: BTreeMap<SourceId, Timestamp> = BTreeMap::new();
        for heard in heard {
            let (source, when) = (&heard.post.source, heard.post.when());
            match since.get_mut(source) {
                Some(first) => *first = when.min(*first),
                None => drop(since.insert(source.clone(), when)),
            }
        }
        Self::since(&since, window, outages)
    }

    /// The same where it is known since when each source is heard.
    pub(super) fn since(
        since: &BTreeMap<SourceId, Timestamp>,
        window: Window,
        outages: &Outages,
    ) -> Self {
        let length = window.until.duration_since(window.from).as_secs_f64().max(1.0);
        let heard_for = since
            .iter()
            .map(|(source, &since)| {
                let silent = joined(outages.of(source));
                let heard = |stretch: Window| {
                    let lost: f64 =
                        silent.iter().map(|silence| seconds_of_both(*silence, stretch)).sum();
                    (seconds(stretch) - lost).max(0.0) / length
                };
                let before = earlier(window, since).into_iter().map(heard).sum();
                (source.clone(), Exposure { now: heard(window), before })
            })
            .filter(|(_, heard)| heard.before >= ENOUGH && heard.now >= ENOUGH_NOW)
            .collect();
        Self { window, heard_for, outages: outages.clone() }
    }

    /// Whether a story counts for a trend: its source was heard before, and when it was said; and that was
    /// in the window or in a stretch the window is compared with.
    fn counts(&self, story: &Voiced) -> bool {
        let source = &story.lead().post.source;
        let is_in = |stretch: &Window| stretch.from <= story.when && story.when < stretch.until;
        self.heard_for.contains_key(source)
            && !self.outages.of(source).iter().any(is_in)
            && (story.is_in(self.window) || is_compared(self.window, story.when))
    }

    /// How the stories in the window compare with those before it. Only sources that were heard
    /// before it count: a source that is new to us makes no trend.
    pub(super) fn trend(&self, stories: &[&Voiced]) -> Trend {
        let counted = stories.iter().filter(|story| self.counts(story));
        let counted: Vec<&Voiced> = counted.copied().collect();
        let (windows, windows_before) = self.exposure(&counted);
        let (now, before): (Vec<&Voiced>, Vec<&Voiced>) =
            counted.into_iter().partition(|story| story.is_in(self.window));
        let ratio = rate_ratio(now.len() as u32, before.len() as u32, windows)
            .map(|(lower, upper)| (round(lower), upper.map(round)));
        Trend {
            direction: direction(now.len(), before.len(), windows_before, ratio),
            now: now.len() as u32,
            before: before.len() as u32,
            counted: now.iter().map(|story| story.lead().post.id).collect(),
            earlier: before.iter().map(|story| story.lead().post.id).collect(),
            baseline_windows: windows,
            windows_before,
            ratio,
        }
    }

    /// How many windows long the baseline was for those who speak, for one window of theirs now, and by the
    /// clock: over the sources of the stories, each weighing as its rate would if nothing had changed, so that a
    /// busy source we have heard for a week is not measured by the five weeks of a quiet one. A source that was
    /// heard for half of this window has a baseline twice as long for one of its own.
    fn exposure(&self, counted: &[&Voiced]) -> (f64, f64) {
        let mut told: BTreeMap<&SourceId, f64> = BTreeMap::new();
        for story in counted {
            *told.entry(&story.lead().post.source).or_default() += 1.0;
        }
        let (mut now, mut earlier, mut rates) = (0.0, 0.0, 0.0);
        for (source, stories) in told {
            let Some(heard) = self.heard_for.get(source) else { continue };
            let rate = stories / (heard.now + heard.before);
            now += rate * heard.now;
            earlier += rate * heard.before;
            rates += rate;
        }
        if now > 0.0 { (round(earlier / now), round(earlier / rates)) } else { (0.0, 0.0) }
    }
}

/// The stretches a window is compared with, from the moment a source is heard: all the time before it; for
/// one shorter than a week, the same hours of the same weekdays of the weeks before.
fn earlier(window: Window, since: Timestamp) -> Vec<Window> {
    if window.until.duration_since(window.from) >= WEEK {
        return vec![Window { from: since, until: window.from.max(since) }];
    }
    let weeks = (1..=i32::from(BASELINE_WINDOWS)).filter_map(|weeks| {
        let back = WEEK.saturating_mul(weeks);
        let (from, until) =
            (window.from.checked_sub(back).ok()?, window.until.checked_sub(back).ok()?);
        Some(Window { from: from.max(since), until: until.max(since) })
    });
    weeks.collect()
}

/// Whether a moment before a window is in a stretch the window is compared with.
fn is_compared(window: Window, when: Timestamp) -> bool {
    earlier(window, Timestamp::MIN)
        .iter()
        .any(|stretch| stretch.from <= when && when < stretch.until)
}

/// Stretches that overlap, as one.
fn joined(stretches: &[Window]) -> Vec<Window> {
    let mut sorted = stretches.to_vec();
    sorted.sort_by_key(|stretch| (stretch.from, stretch.until));
    let mut joined: Vec<Window> = Vec::new();
    for stretch in sorted {
        match joined.last_mut().filter(|last| stretch.from <= last.until) {
            Some(last) => last.until = last.until.max(stretch.until),
            None => joined.push(stretch),
        }
    }
    joined
}

fn seconds(stretch: Window) -> f64 {
    stretch.until.duration_since(stretch.from).as_secs_f64().max(0.0)
}

fn seconds_of_both(a: Window, b: Window) -> f64 {
    seconds(Window { from: a.from.max(b.from), until: a.until.min(b.until) })
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
