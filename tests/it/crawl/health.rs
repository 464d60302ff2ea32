use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use overheard::crawl::health::{Health, State, health};
use overheard::source::{Owner, Source, Speaker, Voice};
use overheard::visit::{Failure, FailureKind, GivenUp, Hints, Memory, Moved, Outcome, Visit};
use proptest::prelude::*;

use super::morning;
use super::schedule::KINDS;

fn source() -> Source {
    Source {
        id: "a".parse().unwrap(),
        kind: "feed",
        owner: Owner::named("a"),
        voice: Voice::Blog,
        speaker: Speaker::Owner,
        tags: vec![],
        language: None,
        every: None,
        paused: false,
    }
}

fn days_ago(days: i64) -> Timestamp {
    morning() - SignedDuration::from_hours(24 * days)
}

/// The memory of a source that was visited an hour ago, with posts of these days.
fn visited(outcome: Outcome, posts: &[i64]) -> Memory {
    let at = morning() - SignedDuration::from_hours(1);
    Memory {
        last: Some(Visit { source: source().id, at, requests: 1, bytes: 9, outcome }),
        next_visit: Some(morning() + SignedDuration::from_hours(1)),
        last_success: Some(days_ago(3)),
        recent_posts: posts.iter().map(|days| days_ago(*days)).collect(),
        ..Memory::default()
    }
}

fn failed(kind: FailureKind) -> Memory {
    let failure = Failure { kind, sentence: "a.example says no".into(), retry_after: None };
    Memory { failures: 3, ..visited(Outcome::Failed(failure), &[]) }
}

fn of(memory: &Memory) -> Health {
    health(&source(), memory, morning())
}

#[test]
fn a_source_that_says_something_now_and_then_is_healthy_and_needs_nothing() {
    let read = Outcome::Read {
        posts: 12,
        new: 2,
        skipped: 0,
        why_skipped: None,
        repairs: vec![],
        to_come: 0,
    };
    let found = of(&visited(read, &[1, 4, 9]));
    assert_eq!(found.state, State::Healthy);
    assert_eq!(found.reason, "12 posts, 2 new");
    assert_eq!(found.next_visit, Some(morning() + SignedDuration::from_hours(1)));
    assert_eq!(found.remedy, None);
    assert_eq!(of(&visited(Outcome::Unchanged, &[])).state, State::Healthy);
}

#[test]
fn a_silence_is_unusual_by_the_sources_own_pace() {
    let state = |posts: &[i64]| of(&visited(Outcome::Unchanged, posts)).state;
    // A daily source, silent for a fortnight and a day; a fortnight of holidays is none.
    assert_eq!(state(&[15, 16, 17, 18]), State::Quiet);
    assert_eq!(state(&[13, 14, 15, 16]), State::Healthy);
    // A monthly one is only quiet after months.
    assert_eq!(state(&[80, 110, 140]), State::Healthy);
    assert_eq!(state(&[130, 160, 190]), State::Quiet);
    // One that speaks once a year is not waited for for years.
    assert_eq!(state(&[181, 546, 911]), State::Quiet);
    assert_eq!(state(&[61]), State::Quiet);
    let empty = Outcome::Read {
        posts: 0,
        new: 0,
        skipped: 0,
        why_skipped: None,
        repairs: vec![],
        to_come: 0,
    };
    assert_eq!(of(&visited(empty, &[])).state, State::Quiet);
}

#[test]
fn a_source_of_which_nothing_could_be_read_is_failing_and_not_without_posts() {
    let read_but = |posts, skipped, why: Option<&str>| Outcome::Read {
        posts,
        new: 0,
        skipped,
        why_skipped: why.map(str::to_owned),
        repairs: vec![],
        to_come: 0,
    };
    let read = |posts, skipped| read_but(posts, skipped, Some("it has no link"));
    let found = of(&visited(read(0, 3), &[]));
    assert_eq!(found.state, State::Failing);
    let nothing = "nothing it lists could be read";
    assert_eq!(found.reason, format!("{nothing}: 3 items skipped (mostly: it has no link)"));
    let one = of(&visited(read(0, 1), &[])).reason;
    assert_eq!(one, format!("{nothing}: 1 item skipped (it has no link)"));
    // What was kept before reasons were says none.
    let old = of(&visited(read_but(0, 3, None), &[])).reason;
    assert_eq!(old, format!("{nothing}: 3 items skipped"));
    let healthy = of(&visited(read(2, 1), &[1])).reason;
    assert_eq!(healthy, "2 posts, 0 new; 1 item skipped (it has no link)");
    assert!(found.remedy.unwrap().contains("run --now --source"));
    assert_eq!(of(&visited(read(1, 3), &[])).state, State::Healthy);
    // What it said before is known, and only what is new is looked at.
    assert_eq!(of(&visited(read(0, 1), &[1, 2])).state, State::Healthy);
}

#[test]
fn a_source_of_which_nothing_could_ever_be_read_is_failing_whatever_its_last_visit_found() {
    let read = Outcome::Read {
        posts: 0,
        new: 0,
        skipped: 0,
        why_skipped: None,
        repairs: vec![],
        to_come: 0,
    };
    for outcome in [read, Outcome::Unchanged] {
        let mut memory = visited(outcome, &[]);
        let refused = |mark| GivenUp { mark, why: Some(FailureKind::Refused), at: None, tries: 1 };
        memory.given_up = (0..3).map(refused).collect();
        let found = of(&memory);
        assert_eq!(found.state, State::Failing);
        assert_eq!(
            found.reason,
            "nothing it lists could be read: 3 articles could not be had (refused)"
        );
        assert!(found.remedy.unwrap().contains("run --now --source"));
        assert_ne!(of(&Memory { last_heard: Some(days_ago(9)), ..memory }).state, State::Failing);
    }
}

#[test]
fn s4_every_kind_of_failure_has_a_state_a_reason_and_a_remedy() {
    for kind in KINDS {
        let found = of(&failed(kind));
        let expected = match kind {
            FailureKind::Busy => State::Slowed,
            FailureKind::Refused | FailureKind::Robots | FailureKind::ForbiddenAddress => {
                State::Blocked
            }
            _ => State::Failing,
        };
        assert_eq!(found.state, expected, "{kind:?}");
        assert_eq!(found.reason, "a.example says no (3 times in a row, last read 3 days ago)");
        assert!(found.remedy.is_some() && found.next_visit.is_some(), "{kind:?}");
    }
}

#[test]
fn s2_a_retired_source_is_visited_no_more_and_says_what_would_bring_it_back() {
    let found = of(&Memory { retired: true, ..failed(FailureKind::Gone) });
    assert_eq!((found.state, found.next_visit), (State::Retired, None));
    assert!(found.remedy.unwrap().contains("address"));
}

#[test]
fn what_a_person_paused_or_just_added_is_no_failure() {
    let paused = Source { paused: true, ..source() };
    let found = health(&paused, &failed(FailureKind::Dns), morning());
    assert_eq!((found.state, found.next_visit), (State::Paused, None));
    let new = of(&Memory::default());
    assert_eq!((new.state, new.next_visit), (State::New, Some(morning())));
    // After a change of address the past is kept, but it is no verdict on the new one.
    let moved = Memory { next_visit: None, failures: 0, ..failed(FailureKind::Missing) };
    assert_eq!(of(&moved).state, State::New);
}

#[test]
fn a_source_whose_server_slows_us_down_says_by_how_much() {
    let wish = Source { every: Some(Duration::from_mins(30)), ..source() };
    let asks = Memory {
        fresh_for: Some(Duration::from_mins(45)),
        hints: Hints { interval: Some(Duration::from_hours(6)), ..Hints::default() },
        ..visited(Outcome::Unchanged, &[1])
    };
    let found = health(&wish, &asks, morning());
    assert_eq!(found.state, State::Slowed);
    assert!(found.reason.contains("30 min") && found.reason.contains("6 h"), "{}", found.reason);
    assert_eq!(of(&asks).state, State::Healthy);
    let liar = Memory { validators_lie: true, ..visited(Outcome::Unchanged, &[1]) };
    assert_eq!(of(&liar).state, State::Slowed);
}

#[test]
fn s1_a_source_that_moved_for_good_is_healthy_and_says_where_it_is_read() {
    let moved = |adopted| Memory {
        moved: Some(Moved {
            to: "https://new.example/feed".into(),
            since: days_ago(9),
            times: 9,
            adopted,
            gone: false,
        }),
        ..visited(Outcome::Unchanged, &[1])
    };
    let found = of(&moved(Some(days_ago(1))));
    assert_eq!(found.state, State::Healthy);
    assert!(found.reason.contains("https://new.example/feed") && found.remedy.is_some());
    assert_eq!(of(&moved(None)).remedy, None);
}

#[test]
fn a_health_in_json_has_four_fields_and_states_in_small_letters() {
    let json = serde_json::to_value(of(&failed(FailureKind::Refused))).unwrap();
    assert_eq!(json["state"], "blocked");
    assert_eq!(json["next_visit"], "2026-03-02T07:00:00Z");
    assert_eq!(json.as_object().unwrap().len(), 4);
    for state in State::ALL {
        assert_eq!(serde_json::to_value(state).unwrap(), state.name());
    }
}

proptest! {
    #[test]
    fn any_memory_has_a_health_with_a_reason(
        posts in proptest::collection::vec(-99_999_999_999_i64..200_000_000_000, 0..25),
        failures in any::<u32>(),
        wish in proptest::option::of(any::<u64>()),
        fresh in proptest::option::of(any::<u64>()),
    ) {
        let recent_posts = posts.iter().map(|s| Timestamp::from_second(*s).unwrap()).collect();
        let memory = Memory {
            recent_posts,
            failures,
            fresh_for: fresh.map(Duration::from_secs),
            ..visited(Outcome::Unchanged, &[])
        };
        let source = Source { every: wish.map(Duration::from_secs), ..source() };
        let found = health(&source, &memory, morning());
        prop_assert!(!found.reason.is_empty());
        prop_assert_eq!(found.remedy.is_none(), found.state == State::Healthy);
    }
}
