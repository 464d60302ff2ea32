//! How a source fares: its state, why, when it is visited next, and what would bring it back. Pure.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::owed::is_fruitless;
use super::schedule::{LONGEST, SHORTEST};
use crate::source::Source;
use crate::text::count::count;
use crate::visit::{Failure, FailureKind, Memory, Outcome};

/// A source without a pace of its own is called quiet after so long a silence.
const SILENCE: SignedDuration = SignedDuration::from_hours(24 * 60);
/// No source is called quiet sooner: people have holidays.
const SHORTEST_SILENCE: SignedDuration = SignedDuration::from_hours(24 * 14);
/// Every source is, by then.
const LONGEST_SILENCE: SignedDuration = SignedDuration::from_hours(24 * 180);
/// A silence so many times as long as the usual one between two posts is more than chance.
const UNUSUAL: i32 = 4;
/// Posts needed before a source's own pace is believed.
const POSTS_FOR_A_PACE: usize = 3;

/// The states of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is read, and says something now and then.
    Healthy,
    /// It was never visited.
    New,
    /// It is read, and has said nothing for longer than it used to.
    Quiet,
    /// It is read less often than we would, because its server wants that or makes it necessary.
    Slowed,
    /// The last visit failed, and we try again by ourselves.
    Failing,
    /// Somebody does not let us: the site, its robots.txt, or our own guard. Waiting mends nothing.
    Blocked,
    /// It said that it is gone for good.
    Retired,
    /// A person said not to read it for now.
    Paused,
}

impl State {
    /// Every state, the best first.
    pub const ALL: [Self; 8] = [
        Self::Healthy,
        Self::New,
        Self::Quiet,
        Self::Slowed,
        Self::Failing,
        Self::Blocked,
        Self::Retired,
        Self::Paused,
    ];

    /// The name used in JSON and on the terminal.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::New => "new",
            Self::Quiet => "quiet",
            Self::Slowed => "slowed",
            Self::Failing => "failing",
            Self::Blocked => "blocked",
            Self::Retired => "retired",
            Self::Paused => "paused",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How a source fares, for a marketer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Health {
    /// In a word.
    pub state: State,
    /// Why that is so, in a sentence.
    pub reason: String,
    /// When it may be visited next; in the past where a run is due; absent where none will visit it.
    pub next_visit: Option<Timestamp>,
    /// What would bring it back, in a sentence; absent where there is nothing to mend.
    pub remedy: Option<String>,
}

/// How a source fares, by its settings and by what is remembered of it, at `now`.
///
/// Give it the memory as the present configuration lets it stand
/// ([`super::schedule::as_configured`]): of an address that was just corrected nothing is known yet.
#[must_use]
pub fn health(source: &Source, memory: &Memory, now: Timestamp) -> Health {
    let Found { state, reason, remedy } = found(source, memory, now);
    let next_visit = match state {
        State::Paused | State::Retired => None,
        _ => Some(memory.next_visit.unwrap_or(now)),
    };
    let remedy = match state {
        State::Paused => Some(format!("`overheard sources resume {}` reads it again", source.id)),
        _ => remedy.map(str::to_owned),
    };
    Health { state, reason, next_visit, remedy }
}

/// A state with its reason and remedy.
struct Found {
    state: State,
    reason: String,
    remedy: Option<&'static str>,
}

fn found(source: &Source, memory: &Memory, now: Timestamp) -> Found {
    let failure = memory.last.as_ref().and_then(|last| last.outcome.failure());
    if source.paused {
        let reason = "its entry says `paused = true`".to_owned();
        return Found { state: State::Paused, reason, remedy: None };
    }
    if memory.retired {
        let reason = failure.map_or("it is gone for good (410)", |failure| &failure.sentence);
        return Found {
            state: State::Retired,
            reason: reason.to_owned(),
            remedy: Some("give its entry the address it has now, or remove it"),
        };
    }
    // After a change of address the last visit is one to the old address: no verdict on the new.
    let Some(last) = memory.last.as_ref().filter(|_| memory.next_visit.is_some()) else {
        let reason = "it was not visited yet at this address".to_owned();
        return Found {
            state: State::New,
            reason,
            remedy: Some("nothing to do: the next run reads it"),
        };
    };
    if let Some(failure) = failure {
        return failed(failure, memory, now);
    }
    if is_fruitless(memory)
        && let Some(why) = skipped(&last.outcome).or_else(|| given_up(memory))
    {
        let reason = format!("nothing it lists could be read: {why}");
        let remedy = "mend its entry, or ask the site's owner; then `overheard sources test` with its id tries one, and `overheard run --now --source` with it asks for them again";
        return Found { state: State::Failing, reason, remedy: Some(remedy) };
    }
    if let Some(reason) = quiet(memory, &last.outcome, now) {
        let remedy = "nothing to mend: look whether it goes on somewhere else, or remove it";
        return Found { state: State::Quiet, reason, remedy: Some(remedy) };
    }
    if let Some((reason, remedy)) = slowed(source, memory) {
        return Found { state: State::Slowed, reason, remedy: Some(remedy) };
    }
    let mut reason = match &last.outcome {
        Outcome::Read { posts, new, to_come, .. } => {
            let skipped = skipped(&last.outcome).map(|skipped| format!("; {skipped}"));
            let to_come = (*to_come > 0)
                .then(|| format!("; {} still to be read", count(*to_come, "article", "articles")));
            format!(
                "{}, {new} new{}{}",
                count(*posts, "post", "posts"),
                skipped.unwrap_or_default(),
                to_come.unwrap_or_default()
            )
        }
        _ => "read, and unchanged".to_owned(),
    };
    let moved = memory.moved.as_ref().filter(|moved| moved.adopted.is_some());
    let remedy = moved.map(|moved| {
        reason = format!("{reason}; it has moved for good to {}, and is read there", moved.to);
        "nothing to mend: write the new address into its entry when you are at it"
    });
    Found { state: State::Healthy, reason, remedy }
}

fn failed(failure: &Failure, memory: &Memory, now: Timestamp) -> Found {
    let (state, remedy) = state_and_remedy(failure.kind);
    let times = match memory.failures {
        0 | 1 => String::new(),
        times => format!("{times} times in a row, "),
    };
    let since = match memory.last_success {
        Some(success) => format!("last read {} ago", days(now.duration_since(success))),
        None => "never read yet".to_owned(),
    };
    let reason = format!("{} ({times}{since})", failure.sentence);
    Found { state, reason, remedy: Some(remedy) }
}

/// What a kind of failure makes of a source, and what helps.
const fn state_and_remedy(kind: FailureKind) -> (State, &'static str) {
    use FailureKind as Kind;
    match kind {
        Kind::Busy => (
            State::Slowed,
            "nothing to do: we come back when its server lets us; if it goes on, read fewer of its feeds",
        ),
        Kind::Refused => (
            State::Blocked,
            "ask the site's owner to let our user agent in (`overheard selfcheck` shows how we behave), or remove it",
        ),
        Kind::Robots => (
            State::Blocked,
            "look for a feed of the site, which a person may subscribe to, or ask its owner for leave",
        ),
        Kind::ForbiddenAddress => (
            State::Blocked,
            "correct its address; if a private one is meant, the operator adds its host to allowed_hosts under [fetch] in overheard.toml",
        ),
        Kind::Dns => {
            (State::Failing, "check the spelling of its address; the site may have closed")
        }
        Kind::Connect | Kind::Timeout | Kind::Status | Kind::Protocol => {
            (State::Failing, "nothing to do but wait; if it goes on, open its address in a browser")
        }
        Kind::Tls => (
            State::Failing,
            "if a browser complains as well, tell the site's owner; if none does, check this machine's certificates and clock",
        ),
        Kind::Missing => {
            (State::Failing, "look for its new address on the site, and correct its entry")
        }
        Kind::Gone => (State::Failing, "give its entry the address it has now, or remove it"),
        Kind::TooLarge => {
            (State::Failing, "look for a shorter feed of the site, or raise body_limit_bytes")
        }
        Kind::Redirect => (
            State::Failing,
            "open its address in a browser, and write where it ends into its entry",
        ),
        Kind::NotAFeed => (
            State::Failing,
            "`overheard inspect` shows what is there now: correct its address or its kind",
        ),
    }
}

/// What could not be read of it, and why most of that could not.
fn skipped(outcome: &Outcome) -> Option<String> {
    let Outcome::Read { skipped: skipped @ 1.., why_skipped, .. } = outcome else { return None };
    let items = count(*skipped, "item", "items");
    let mostly = if *skipped > 1 { "mostly: " } else { "" };
    let why = why_skipped.as_ref().map(|why| format!(" ({mostly}{why})"));
    Some(format!("{items} skipped{}", why.unwrap_or_default()))
}

/// How many of its articles could not be had, and why most of these could not.
fn given_up(memory: &Memory) -> Option<String> {
    use FailureKind as Kind;
    let words = |why: Option<Kind>| match why {
        Some(Kind::Refused) => "refused",
        Some(Kind::TooLarge) => "longer than body_limit_bytes",
        Some(Kind::ForbiddenAddress) => "at an address that we never call",
        Some(Kind::Missing | Kind::Gone) => "not there",
        Some(Kind::NotAFeed) => "without an article's text",
        _ => "failed",
    };
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for given_up in &memory.given_up {
        *times.entry(words(given_up.why)).or_default() += 1;
    }
    let (why, _) = times.iter().max_by_key(|(_, times)| **times)?;
    let mostly = if times.len() > 1 { "mostly " } else { "" };
    let articles = count(memory.given_up.len(), "article", "articles");
    Some(format!("{articles} could not be had ({mostly}{why})"))
}

/// Why a source that is read counts as quiet, if it does.
fn quiet(memory: &Memory, last: &Outcome, now: Timestamp) -> Option<String> {
    let Some(newest) = memory.recent_posts.iter().max() else {
        let empty = matches!(last, Outcome::Read { posts: 0, .. }) && memory.last_heard.is_none();
        return empty.then(|| "it can be read, and holds no post".to_owned());
    };
    let silence = now.duration_since(*newest);
    (silence > usual_silence(&memory.recent_posts))
        .then(|| format!("its newest post is {} old, which is long for it", days(silence)))
}

/// The longest silence that is nothing unusual for a source with these posts.
fn usual_silence(recent: &[Timestamp]) -> SignedDuration {
    let (Some(oldest), Some(newest)) = (recent.iter().min(), recent.iter().max()) else {
        return SILENCE;
    };
    if recent.len() < POSTS_FOR_A_PACE {
        return SILENCE;
    }
    let gaps = i32::try_from(recent.len() - 1).unwrap_or(i32::MAX);
    let gap = newest.duration_since(*oldest) / gaps;
    gap.saturating_mul(UNUSUAL).clamp(SHORTEST_SILENCE, LONGEST_SILENCE)
}

/// Why a source that is read is read less often than it would be, if so, and what helps.
fn slowed(source: &Source, memory: &Memory) -> Option<(String, &'static str)> {
    if memory.validators_lie {
        let reason = "its server says \"unchanged\" when there is something new, so that we fetch all of it each time, and less often";
        return Some((
            reason.to_owned(),
            "tell the site's owner that its ETag or Last-Modified is wrong",
        ));
    }
    let wished = source.every?.clamp(SHORTEST, LONGEST);
    let asked = memory.fresh_for.max(memory.hints.interval)?.min(LONGEST);
    (asked > wished).then(|| {
        let reason = format!(
            "you wish to read it every {}; it asks for no more than every {}",
            span(wished),
            span(asked)
        );
        (reason, "nothing to mend: its wish goes before ours; ask its owner if you need it sooner")
    })
}

fn days(span: SignedDuration) -> String {
    match span.as_hours() {
        ..1 => "less than an hour".to_owned(),
        hours @ 1..48 => format!("{hours} h"),
        hours => format!("{} days", hours / 24),
    }
}

fn span(span: Duration) -> String {
    let minutes = span.as_secs() / 60;
    if minutes >= 120 && minutes.is_multiple_of(60) {
        format!("{} h", minutes / 60)
    } else {
        format!("{minutes} min")
    }
}
