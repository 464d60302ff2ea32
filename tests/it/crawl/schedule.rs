use std::time::Duration;

use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp};
use overheard::crawl::schedule::{
    Asked, LONGEST, SHORTEST, WITH_VALIDATORS, WITHOUT_VALIDATORS, host_quiet_until, is_due,
    next_visit,
};
use overheard::source::SourceId;
use overheard::visit::{Failure, FailureKind, Hints, Memory, Outcome, Start, Validators, Visit};
use proptest::prelude::*;

use super::morning;

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

fn source(id: &str) -> SourceId {
    id.parse().unwrap()
}

fn visit(outcome: Outcome) -> Visit {
    Visit { source: source("a"), at: morning(), requests: 1, bytes: 0, outcome }
}

/// The memory of a source that was just read and sends validators.
fn read() -> Memory {
    Memory {
        validators: Validators { etag: Some("\"a\"".into()), last_modified: None },
        last: Some(visit(Outcome::Unchanged)),
        ..Memory::default()
    }
}

/// The memory of a source that failed so, this many times in a row.
fn failed(kind: FailureKind, failures: u32, retry_after: Option<Duration>) -> Memory {
    let failure = Failure { kind, sentence: String::new(), retry_after };
    Memory { failures, last: Some(visit(Outcome::Failed(failure))), ..read() }
}

fn wait(memory: &Memory, asked: &Asked) -> Duration {
    wait_of("a", memory, asked)
}

fn wait_of(id: &str, memory: &Memory, asked: &Asked) -> Duration {
    let next = next_visit(&source(id), memory, asked, morning());
    Duration::try_from(next.duration_since(morning())).unwrap()
}

/// Asserts that a wait is `least`, or up to a share of it later.
#[track_caller]
fn about(wait: Duration, least: Duration, share: u32) {
    assert!(wait >= least && wait <= least + least / share, "{wait:?} is not about {least:?}");
}

#[test]
fn t1_the_default_is_hourly_with_validators_and_6_hourly_without() {
    about(wait(&read(), &Asked::default()), WITH_VALIDATORS, 10);
    let without = Memory { validators: Validators::default(), ..read() };
    about(wait(&without, &Asked::default()), WITHOUT_VALIDATORS, 10);
    let liar = Memory { validators_lie: true, ..read() };
    about(wait(&liar, &Asked::default()), WITHOUT_VALIDATORS, 10);
}

#[test]
fn t1_the_longest_wish_counts_within_the_clamps() {
    let asked = |every: u64, fresh_for: u64, interval: u64| Asked {
        every: Some(Duration::from_mins(every)),
        fresh_for: Some(Duration::from_mins(fresh_for)),
        hints: Hints { interval: Some(Duration::from_mins(interval)), ..Hints::default() },
    };
    for (asked, minutes) in [
        (asked(1, 2, 3), 15),
        (asked(30, 20, 3), 30),
        (asked(30, 90, 3), 90),
        (asked(30, 90, 200), 200),
        (asked(30, 90, 2_000_000), 24 * 60),
    ] {
        about(wait(&read(), &asked), Duration::from_mins(minutes), 10);
    }
}

#[test]
fn t2_hours_and_days_to_skip_are_skipped() {
    // The morning is a Monday, 6 o'clock GMT.
    let asked = |skip_hours: Vec<u8>, skip_days: Vec<Weekday>| Asked {
        every: Some(HOUR),
        hints: Hints { interval: None, skip_hours, skip_days },
        ..Asked::default()
    };
    let at = Duration::from_hours;
    about(wait(&read(), &asked(vec![7, 8], vec![])), at(3), 30);
    about(wait(&read(), &asked(vec![], vec![Weekday::Monday, Weekday::Tuesday])), at(42), 30);
    about(wait(&read(), &asked((0..24).filter(|hour| *hour != 5).collect(), vec![])), at(23), 30);
    // A feed that never wants to be read is not taken at its word.
    about(wait(&read(), &asked((0..24).collect(), vec![])), HOUR, 10);
}

#[test]
fn t3_the_jitter_is_the_sources_own_and_always_the_same() {
    let waits: Vec<Duration> =
        (0..50).map(|n| wait_of(&format!("s{n}"), &read(), &Asked::default())).collect();
    assert_eq!(waits[0], wait_of("s0", &read(), &Asked::default()));
    let mut different = waits.clone();
    different.sort_unstable();
    different.dedup();
    assert!(different.len() > 45);
    for wait in waits {
        about(wait, WITH_VALIDATORS, 10);
    }
}

#[test]
fn t3_what_was_read_recently_is_not_due() {
    let now = morning();
    assert!(is_due(&Memory::default(), now));
    let read = Memory { next_visit: Some(now + SignedDuration::from_secs(1)), ..read() };
    assert!(!is_due(&read, now));
    assert!(is_due(&read, now + SignedDuration::from_secs(1)));
    assert!(!is_due(&Memory { retired: true, ..Memory::default() }, now));
}

#[test]
fn t4_retry_after_is_kept_and_clamped_to_a_day() {
    let busy = |seconds| failed(FailureKind::Busy, 1, Some(Duration::from_secs(seconds)));
    about(wait(&busy(7200), &Asked::default()), 2 * HOUR, 4);
    assert_eq!(wait(&busy(u64::MAX), &Asked::default()), DAY);
    // Come back at once, it says; not before the source's own time.
    about(wait(&busy(0), &Asked::default()), WITH_VALIDATORS, 4);
}

#[test]
fn t4_without_retry_after_the_wait_doubles_from_an_hour() {
    for (failures, hours) in [(1, 1), (2, 2), (3, 4), (5, 16), (6, 24), (4_000_000_000, 24)] {
        let memory = failed(FailureKind::Busy, failures, None);
        about(wait(&memory, &Asked::default()), hours * HOUR, 4);
    }
}

#[test]
fn t4_the_quiet_of_a_host_outlives_the_process() {
    let busy = failed(FailureKind::Busy, 1, Some(Duration::from_mins(5)));
    assert_eq!(host_quiet_until(&busy), Some(morning() + SignedDuration::from_mins(5)));
    let unsaid = failed(FailureKind::Busy, 2, None);
    assert_eq!(host_quiet_until(&unsaid), Some(morning() + SignedDuration::from_hours(2)));
    assert_eq!(host_quiet_until(&failed(FailureKind::Status, 2, None)), None);
    assert_eq!(host_quiet_until(&read()), None);
}

#[test]
fn t5_the_sources_of_a_failing_host_spread_out() {
    let memory = failed(FailureKind::Connect, 20, None);
    let mut waits: Vec<u64> =
        (0..40).map(|n| wait_of(&format!("s{n}"), &memory, &Asked::default()).as_secs()).collect();
    waits.sort_unstable();
    assert!(waits[39] - waits[0] > 3 * 3600, "{waits:?}");
}

#[test]
fn t6_a_busy_source_is_asked_more_often_and_a_silent_one_less() {
    let posts = |every: SignedDuration, since: SignedDuration| Memory {
        recent_posts: (0..10).map(|n| morning() - since - every * n).collect(),
        ..read()
    };
    let zero = SignedDuration::ZERO;
    let busy = wait(&posts(SignedDuration::from_mins(10), zero), &Asked::default());
    about(busy, SHORTEST, 10);
    let daily = wait(&posts(SignedDuration::from_hours(24), zero), &Asked::default());
    assert!(daily > 4 * HOUR && daily < 7 * HOUR, "{daily:?}");
    let asleep = posts(SignedDuration::from_mins(10), SignedDuration::from_hours(24 * 100));
    assert_eq!(wait(&asleep, &Asked::default()), LONGEST);
    // Asking a source that sends everything every time is not cheap, however busy it is.
    let dear =
        Memory { validators: Validators::default(), ..posts(SignedDuration::from_mins(10), zero) };
    about(wait(&dear, &Asked::default()), WITHOUT_VALIDATORS / 4, 10);
}

#[test]
fn s2_gone_is_not_asked_again_missing_over_weeks_refused_over_days() {
    let gone = Memory { retired: true, ..failed(FailureKind::Gone, 1, None) };
    assert!(wait(&gone, &Asked::default()) >= 300 * DAY);
    about(wait(&failed(FailureKind::Missing, 9, None), &Asked::default()), 21 * DAY, 4);
    about(wait(&failed(FailureKind::Refused, 1, None), &Asked::default()), DAY, 4);
    about(wait(&failed(FailureKind::Refused, 9, None), &Asked::default()), 14 * DAY, 4);
}

pub(super) const KINDS: [FailureKind; 15] = [
    FailureKind::Dns,
    FailureKind::Connect,
    FailureKind::Tls,
    FailureKind::Timeout,
    FailureKind::Status,
    FailureKind::Missing,
    FailureKind::Busy,
    FailureKind::Refused,
    FailureKind::Gone,
    FailureKind::TooLarge,
    FailureKind::Redirect,
    FailureKind::NotAFeed,
    FailureKind::Robots,
    FailureKind::ForbiddenAddress,
    FailureKind::Protocol,
];

fn any_duration() -> impl Strategy<Value = Option<Duration>> {
    proptest::option::of(prop_oneof![
        (0..200_000_u64).prop_map(Duration::from_secs),
        any::<u64>().prop_map(Duration::from_secs),
    ])
}

fn any_asked(skips: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Asked> {
    (any_duration(), any_duration(), any_duration(), skips).prop_map(
        |(every, fresh_for, interval, skip_hours)| Asked {
            every,
            fresh_for,
            hints: Hints { interval, skip_hours, skip_days: vec![] },
        },
    )
}

fn any_memory(outcome: impl Strategy<Value = Outcome>) -> impl Strategy<Value = Memory> {
    let posts = proptest::collection::vec(-4_000_000_000_i64..2_000_000_000, 0..25);
    (outcome, posts, any::<u32>(), any::<bool>(), any::<bool>()).prop_map(
        |(outcome, posts, failures, lie, etag)| Memory {
            last: Some(visit(outcome)),
            recent_posts: posts.into_iter().map(|s| Timestamp::from_second(s).unwrap()).collect(),
            failures,
            validators_lie: lie,
            validators: Validators { etag: etag.then(String::new), last_modified: None },
            ..Memory::default()
        },
    )
}

fn any_failure() -> impl Strategy<Value = Outcome> {
    (proptest::sample::select(&KINDS[..]), any_duration()).prop_map(|(kind, retry_after)| {
        Outcome::Failed(Failure { kind, sentence: String::new(), retry_after })
    })
}

proptest! {
    #[test]
    fn t1_a_working_source_is_never_visited_early_nor_outside_the_clamps(
        id in "[a-z0-9]{1,12}",
        memory in any_memory(Just(Outcome::Unchanged)),
        asked in any_asked(Just(vec![])),
    ) {
        let wait = wait_of(&id, &memory, &asked);
        prop_assert!((SHORTEST..=LONGEST).contains(&wait));
        let wishes = [asked.every, asked.fresh_for, asked.hints.interval];
        for wish in wishes.into_iter().flatten() {
            prop_assert!(wait >= wish.min(LONGEST));
        }
    }

    #[test]
    fn t5_a_failing_source_is_never_tried_again_at_once_nor_given_up(
        id in "[a-z0-9]{1,12}",
        memory in any_memory(any_failure()),
        asked in any_asked(Just(vec![])),
    ) {
        let wait = wait_of(&id, &memory, &asked);
        prop_assert!(wait >= SHORTEST);
        prop_assert!(wait <= 38 * DAY);
        let Some(Visit { outcome: Outcome::Failed(failure), .. }) = memory.last else { return Ok(()) };
        match failure.retry_after {
            Some(asked_to_wait) => prop_assert!(wait >= asked_to_wait.min(LONGEST) && wait <= LONGEST),
            None => prop_assert!(wait >= HOUR),
        }
    }

    #[test]
    fn t2_no_visit_falls_into_an_hour_to_skip(
        id in "[a-z0-9]{1,12}",
        memory in any_memory(prop_oneof![Just(Outcome::Unchanged), any_failure()]),
        asked in any_asked(proptest::collection::vec(0..24_u8, 0..23)),
    ) {
        let next = next_visit(&source(&id), &memory, &asked, morning());
        let hour = next.to_zoned(jiff::tz::TimeZone::UTC).hour().cast_unsigned();
        prop_assert!(!asked.hints.skip_hours.contains(&hour));
        let without_skips = Asked { hints: Hints { skip_hours: vec![], ..asked.hints.clone() }, ..asked };
        prop_assert!(next >= next_visit(&source(&id), &memory, &without_skips, morning()));
    }
}

fn start(url: &str) -> Start {
    Start { kind: "feed".into(), url: url.into() }
}

#[test]
fn a_new_address_or_kind_is_asked_at_once_and_forgets_what_the_old_one_deserved() {
    let now = morning();
    let before = start("https://a.example/feed");
    let memory = Memory {
        url: Some("https://a.example/feed".into()),
        body_hash: Some("00".into()),
        next_visit: Some(now + SignedDuration::from_hours(9)),
        retired: true,
        start: Some(before.clone()),
        last_success: Some(now),
        gap: true,
        ..failed(FailureKind::Gone, 7, None)
    };
    let kind = Start { kind: "page".into(), ..before.clone() };
    for changed in [start("https://a.example/new"), kind] {
        let fresh = memory.clone().for_start(changed.clone());
        assert!(is_due(&fresh, now), "{changed:?}");
        assert_eq!((fresh.failures, &fresh.body_hash, &fresh.url), (0, &None, &None));
        assert_eq!(fresh.validators, Validators::default());
        assert_eq!((fresh.last_success, &fresh.last), (memory.last_success, &memory.last));
        assert!(fresh.gap);
        assert_eq!(fresh.start, Some(changed));
    }
    assert_eq!(memory.clone().for_start(before), memory);
}

#[test]
fn t3_what_is_configured_as_before_is_not_asked_early() {
    let now = morning();
    let memory = Memory { next_visit: Some(now + SignedDuration::from_mins(1)), ..read() };
    let written_before_starts_were = memory.clone().for_start(start("https://a.example/feed"));
    assert!(!is_due(&written_before_starts_were, now));
    assert_eq!(written_before_starts_were.validators, memory.validators);
    let again = written_before_starts_were.clone().for_start(start("https://a.example/feed"));
    assert_eq!(again, written_before_starts_were);
}

#[test]
fn a_memory_stored_before_gaps_and_starts_were_remembered_is_read() {
    let mut value = serde_json::to_value(read()).unwrap();
    let fields = value.as_object_mut().unwrap();
    assert!(fields.remove("gap").is_some() && fields.remove("start").is_some());
    assert_eq!(serde_json::from_value::<Memory>(value).unwrap(), read());
}
